"""The ledger of a run: every passage that was found, under a key that a model can cite."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from agent.answer import CitationKind
from corpus import Chunk, Note
from retrieval.hit import Hit

_LETTERS: Final[dict[CitationKind, str]] = {"note": "n", "web": "w", "tool": "t"}
"""Where a passage is from → the letter of its key."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that a calculation took from the passage `key`: the place of its sentence in the passage's text."""

    key: str
    note_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that may be cited.

    Attributes:
        key: `n1`, `n2`, ... for notes, `w1`, ... for web pages, `t1`, ... for what tools said; unique in a ledger.
        start: Offset of the passage in its note's (or page's) text.
        score: Of the search that found it; comparable within that search.
        ranks: Its place in each ranking of the search that found it (`bm25`, `dense`), where it has one.
        figures: What a calculation stands on; its text is the equation. Empty for anything else.
    """

    key: str
    kind: CitationKind
    note_id: str
    title: str
    source: str
    heading: tuple[str, ...]
    start: int
    end: int
    text: str
    score: float = 0.0
    ranks: Mapping[str, int] = field(default_factory=dict, hash=False)
    figures: tuple[Figure, ...] = ()


_BRANCH_KEYS = 100
"""Keys that an agent beside others has for itself: more than its budget of steps lets it find."""


@dataclass(slots=True)
class Ledger:
    """Evidence in the order in which it was found; the same passage keeps its first key. Safe from many threads."""

    _by_key: dict[str, Evidence] = field(default_factory=dict)
    _by_place: dict[tuple[str, int, int], str] = field(default_factory=dict)
    _counts: Counter[CitationKind] = field(default_factory=Counter)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _before: int = 0

    def enter_hits(self, hits: Iterable[Hit]) -> list[Evidence]:
        """Evidence for each hit, in order."""
        return [
            self._enter(
                "note",
                one.chunk,
                one.title,
                one.source,
                heading=one.chunk.heading,
                rating=(one.score, one.ranks),
            )
            for one in hits
        ]

    def enter_span(self, note: Note, start: int, end: int, heading: tuple[str, ...]) -> Evidence:
        """Evidence for a part of a note that was read."""
        chunk = Chunk(note.note_id, note.text[start:end], start, end, heading)
        return self._enter("note", chunk, note.title, note.source, heading=heading)

    def enter_web(self, url: str, title: str, text: str, start: int = 0) -> Evidence:
        """Evidence for `text`, which begins at `start` of the page's text."""
        return self._enter("web", Chunk(url, text, start, start + len(text)), title, url)

    def enter_output(self, call: str, text: str) -> Evidence:
        """Evidence for what a tool said when it was called so."""
        return self._enter("tool", Chunk(call, text, 0, len(text)), call, call)

    def enter_calculation(self, equation: str, figures: Iterable[Figure]) -> Evidence:
        """Evidence for what was computed from figures of other passages."""
        chunk = Chunk(equation, equation, 0, len(equation))
        return self._enter("tool", chunk, "Calculation", "calculate", figures=tuple(dict.fromkeys(figures)))

    def branch(self, number: int) -> Ledger:
        """A part of this ledger for the agent `number` of several that work side by side.

        Its keys begin at a hundred times `number`, so that they do not depend on which agent was faster.
        """
        return Ledger(_by_key=self._by_key, _lock=self._lock, _before=_BRANCH_KEYS * number)

    def _enter(
        self,
        kind: CitationKind,
        chunk: Chunk,
        title: str,
        source: str,
        heading: tuple[str, ...] = (),
        rating: tuple[float, Mapping[str, int]] = (0.0, {}),
        figures: tuple[Figure, ...] = (),
    ) -> Evidence:
        place = (chunk.note_id, chunk.start, chunk.end)
        with self._lock:
            if place not in self._by_place:
                self._counts[kind] += 1
                key = f"{_LETTERS[kind]}{self._before + self._counts[kind]}"
                self._by_place[place] = key
                self._by_key[key] = Evidence(
                    key,
                    kind,
                    chunk.note_id,
                    title,
                    source,
                    heading,
                    chunk.start,
                    chunk.end,
                    chunk.text,
                    *rating,
                    figures,
                )
            return self._by_key[self._by_place[place]]

    def get(self, key: str) -> Evidence | None:
        """The evidence under `key`, or None for a key that was never given out."""
        return self._by_key.get(key)

    def __iter__(self) -> Iterator[Evidence]:
        with self._lock:
            return iter(list(self._by_key.values()))

    def __len__(self) -> int:
        return len(self._by_key)
