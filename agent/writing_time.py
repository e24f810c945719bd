"""How long a model may take for an answer, and how much it can be given to read in that time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from agent.evidence import Evidence
from corpus.sentences import sentence_spans

Clock = Callable[[], float]

_MOST_CHARACTERS: Final = 9_000
"""Of passages in a prompt: about 2,500 tokens, which small local models read in seconds."""
_LEAST_CHARACTERS: Final = 600
"""Of passages in a prompt, however slow the machine: less answers nothing, and quoting takes over when time is up."""
_WORTH_CUTTING: Final = 300
"""Characters of a passage below which its beginning is not worth showing."""
_READING_SHARE: Final = 0.4
"""Of the time, for reading: what is written needs the rest, and may be sent back once."""
_CHARACTERS_A_TOKEN: Final = 3
"""Of notes on machine learning; 3.6 was counted on the shipped ones, formulas and code have fewer."""
_RESERVED: Final = 1_200
"""Tokens of the window: instructions, question, a text of four sentences, and its repair."""
_WARM_UP: Final = 1
"""Pieces of a first prompt that are not timed: they wait for memory, and took 10 times as long as the next ones."""
_PIECES: Final = (128, 256, 512, 1024, 2048)
"""Tokens; two cores read 128 at once with a quarter more work for each than 256, and 512 gains no more; a GPU reads
2,048 in the time of 128."""
_PIECE_SECONDS: Final = 2
"""A model of 30 layers looks every 70 ms whether its text is still wanted."""
_SHORTEST: Final = 32
"""Tokens; what it takes to read fewer says little about reading."""


class Stopwatch:
    """Counts down the seconds of one answer, the repair of its sentences included."""

    def __init__(self, seconds: float, clock: Clock = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return self._clock() >= self._end


class ReadingSpeed:
    """How fast a local model reads prompts on this machine, from the pieces that it has read so far.

    Attributes:
        tokens_a_second: None before the second piece.
    """

    def __init__(self, clock: Clock = time.perf_counter) -> None:
        self.tokens_a_second: float | None = None
        self._clock = clock
        self._timed = 0

    @property
    def piece(self) -> int:
        """Tokens to read at once: those of some seconds, so that one layer of many takes less than 100 ms."""
        most = _PIECE_SECONDS * (self.tokens_a_second or 0.0)
        return max((size for size in _PIECES if size <= most), default=_PIECES[0])

    @contextmanager
    def reading(self, tokens: int) -> Iterator[None]:
        """Time the block, which reads so many tokens; the last pieces count most."""
        started = self._clock()
        yield
        taken = max(self._clock() - started, 1e-6)
        if tokens < _SHORTEST:
            return
        self._timed += 1
        if self._timed > _WARM_UP:
            known = self.tokens_a_second
            self.tokens_a_second = tokens / taken if known is None else (known + tokens / taken) / 2


def readable_characters(seconds: float, tokens_a_second: float | None, window: int | None = None) -> int:
    """Characters of passages that can be read so that time, and room in the window, are left for writing.

    Speed and window may be unknown.
    """
    tokens = [_MOST_CHARACTERS / _CHARACTERS_A_TOKEN]
    if tokens_a_second is not None:
        tokens.append(seconds * _READING_SHARE * tokens_a_second)
    if window is not None:
        tokens.append(window - _RESERVED)
    return max(_LEAST_CHARACTERS, int(min(tokens) * _CHARACTERS_A_TOKEN))


def fitting(passages: Sequence[Evidence], room: int) -> list[Evidence]:
    """The first passages that fit so many characters; the last one may be cut behind a sentence. At least one."""
    kept: list[Evidence] = []
    for passage in passages:
        if len(passage.text) <= room:
            kept.append(passage)
            room -= len(passage.text)
            continue
        if room >= _WORTH_CUTTING or not kept:
            kept.append(_beginning(passage, room))
        break
    return kept


def _beginning(passage: Evidence, room: int) -> Evidence:
    """The sentences at the head of a passage that fit, or its first characters where none does."""
    ends = [end for _, end in sentence_spans(passage.text) if end <= room]
    end = ends[-1] if ends else room
    return replace(passage, text=passage.text[:end], end=passage.start + end)
