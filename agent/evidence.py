"""The ledger of a run: every passage that was found, under a key that a model can cite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from agent.answer import CitationKind
from retrieval.hit import Hit


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that may be cited.

    Attributes:
        key: `n1`, `n2`, ... for notes, `w1`, ... for web pages; unique in a ledger.
        start: Offset of the passage in its note's (or page's) text.
        score: Of the search that found it; comparable within that search.
        cosine: Similarity to the query, where it was computed.
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
    cosine: float | None = None


@dataclass(slots=True)
class Ledger:
    """Evidence in the order in which it was found; the same passage keeps its first key."""

    _by_key: dict[str, Evidence] = field(default_factory=dict)
    _by_place: dict[tuple[str, int, int], str] = field(default_factory=dict)

    def enter_hits(self, hits: Iterable[Hit]) -> list[Evidence]:
        """Evidence for each hit, in order."""
        return [self._enter_hit(hit) for hit in hits]

    def _enter_hit(self, hit: Hit) -> Evidence:
        chunk = hit.chunk
        place = (chunk.note_id, chunk.start, chunk.end)
        if place not in self._by_place:
            key = f"n{len(self._by_key) + 1}"
            self._by_place[place] = key
            self._by_key[key] = Evidence(
                key,
                "note",
                *place[:1],
                hit.title,
                hit.source,
                chunk.heading,
                *place[1:],
                chunk.text,
                hit.score,
                hit.cosine,
            )
        return self._by_key[self._by_place[place]]

    def get(self, key: str) -> Evidence | None:
        """The evidence under `key`, or None for a key that was never given out."""
        return self._by_key.get(key)

    def __iter__(self) -> Iterator[Evidence]:
        return iter(self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)
