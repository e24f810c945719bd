"""What a search returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from corpus import Chunk

Mode = Literal["hybrid", "bm25", "dense"]
MODES: tuple[Mode, ...] = ("hybrid", "bm25", "dense")


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a search found.

    Attributes:
        rank: 1 is best.
        score: Higher is better; comparable within one search only.
        chunk: The passage, a verbatim span of its note.
        title: Of the note.
        source: Where a reader finds the note.
        ranks: The chunk's place in the rankings that were fused (`bm25`, `dense`), where it has one.
        cosine: Similarity of query and chunk in the encoder's space; None where nothing was encoded.
        metadata: Of the note.
    """

    rank: int
    score: float
    chunk: Chunk
    title: str
    source: str
    ranks: Mapping[str, int] = field(default_factory=dict)
    cosine: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def location(self) -> str:
        """Title and heading path for people, the title once: `Attention › Scaling`."""
        parts = [self.title, *(part for part in self.chunk.heading if part != self.title)]
        return " › ".join(parts)
