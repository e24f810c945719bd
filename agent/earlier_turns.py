"""What a model is told about the earlier turns of a conversation: a summary of bounded length."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from agent.answer import Answer
from corpus.sentences import sentence_spans

CountTokens = Callable[[str], int]

_PIECE: Final = re.compile(r"[A-Za-z]{1,4}|\d|[^\sA-Za-z\d]")
"""At least one a token: no tokeniser in use cuts English words into shorter pieces on average."""
_MARK: Final = re.compile(r"\s*(?:\[\d+\])+")


def cautious_count(text: str) -> int:
    """An upper estimate of the tokens of `text`, for models whose tokeniser is not at hand."""
    return len(_PIECE.findall(text))


def summarise(turns: Sequence[Answer], most_tokens: int, count: CountTokens = cautious_count) -> str:
    """Questions with the first sentence of their answers, oldest first, in at most `most_tokens` tokens.

    Older turns are left out first. Citation marks are left out too: they name passages of other runs.
    """
    kept: list[str] = []
    for turn in reversed(turns):
        lines = [_turn_text(turn), *kept]
        if count("\n".join(lines)) > most_tokens:
            break
        kept = lines
    return "\n".join(kept)


def _turn_text(turn: Answer) -> str:
    asked = " ".join(turn.question.split())
    if turn.refused:
        return f"Asked: {asked}\nAnswered: not in the notes"
    text = " ".join(_MARK.sub("", turn.text).split())
    spans = sentence_spans(text)
    return f"Asked: {asked}\nAnswered: {text[: spans[0][1]] if spans else text}"
