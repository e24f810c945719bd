"""Two rankings to one.

Convex combination (Bruch, Gai and Ingber, An Analysis of Fusion Functions for Hybrid Retrieval, 2022,
doi:10.1145/3596512): `w * dense' + (1 - w) * lexical'`, where `'` is min-max normalisation over the candidates. Where
even the best passage holds little of the question, as of one in other words than the notes', its lexical score is not
stretched all the way to 1: words then count for less.
Reciprocal rank fusion (Cormack, Clarke and Buettcher, 2009, doi:10.1145/1571941.1572114): `sum of 1 / (k + rank)`.
Ties are broken by position, so the order is total.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RRF_K = 60
"""The constant of the paper: how little a first place counts more than a second."""


def min_max(scores: NDArray[np.float32], least: float = 0.0) -> NDArray[np.float32]:
    """Scores moved and stretched to [0, 1]; all alike become 0.

    Args:
        scores: Of the candidates.
        least: The range that is stretched to [0, 1] where that of the scores is smaller.
    """
    if not len(scores):
        return scores
    low, high = float(scores.min()), float(scores.max())
    if high <= low:
        return np.zeros_like(scores)
    return ((scores - low) / max(high - low, least)).astype(np.float32)


def convex_combination(
    dense: NDArray[np.float32], lexical: NDArray[np.float32], dense_weight: float, least: float = 0.0
) -> NDArray[np.float32]:
    """Fused scores in [0, 1] of n candidates, from (n,) dense and (n,) lexical scores of the same candidates.

    `least` is the lexical score below which the best passage holds too little to count in full.
    """
    return (dense_weight * min_max(dense) + (1 - dense_weight) * min_max(lexical, least)).astype(np.float32)


def reciprocal_rank_fusion(rankings: Sequence[Sequence[int]], k: int = RRF_K) -> dict[int, float]:
    """Fused score of each position that occurs in a ranking; ranks count from 1."""
    fused: dict[int, float] = {}
    for ranking in rankings:
        for rank, position in enumerate(ranking, start=1):
            fused[position] = fused.get(position, 0.0) + 1.0 / (k + rank)
    return fused


def order(scores: NDArray[np.float32], positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices that sort n candidates by score, best first, equal scores by position."""
    return np.lexsort((positions, -scores))
