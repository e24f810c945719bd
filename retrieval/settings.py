"""The dials of a search, in one frozen record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """The dials of a search.

    Attributes:
        dense_weight: Share of the dense score in the fusion.
        candidates: Chunks taken from each ranking before they are fused.
        reranked: Candidates, best first, that late interaction looks at.
        late_weight: Share of the late interaction in their scores; 0 turns it off.
        fusion: `convex` or `rrf`; the convex combination was better on seven of eight public sets.
        correct_spelling: Whether a word that no passage has is searched for as the similar one that was probably meant.
    """

    dense_weight: float = 0.5
    candidates: int = 200
    reranked: int = 20
    late_weight: float = 1 / 3
    fusion: str = "convex"
    correct_spelling: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.dense_weight <= 1:
            raise ValueError(f"a dense weight lies between 0 and 1, not {self.dense_weight!r}")
        if not 0 <= self.late_weight < 1:
            raise ValueError(f"the weight of late interaction is at least 0 and below 1, not {self.late_weight!r}")
        if self.fusion not in ("convex", "rrf"):
            raise ValueError(f"fusion is 'convex' or 'rrf', not {self.fusion!r}")
