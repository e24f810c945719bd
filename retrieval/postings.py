"""BM25 scores in columns: for each term the chunks that have it, and the score of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.int32]
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Column:
    """One term of a query.

    Attributes:
        chunks: Positions of the chunks that have it, ascending.
        scores: The score of each.
        weight: What the scores are multiplied by.
        ceiling: The largest weighted score.
    """

    chunks: Positions
    scores: Scores
    weight: float
    ceiling: float

    def weighted(self) -> Scores:
        """The scores times the weight."""
        return self.scores if self.weight == 1 else self.scores * np.float32(self.weight)

    def add_at(self, positions: NDArray[np.integer], totals: Scores) -> None:
        """Add to `totals` the weighted score of each of `positions`."""
        places = np.searchsorted(self.chunks, positions)
        places[places == len(self.chunks)] = 0
        found = np.flatnonzero(self.chunks[places] == positions)
        totals[found] += self.scores[places[found]] * np.float32(self.weight)


@dataclass(frozen=True, slots=True)
class Postings:
    """The columns of one family of terms (stems, or bigrams), by the number of the term.

    Attributes:
        starts: (terms + 1,) where each column begins in `chunks` and `scores`.
        chunks: Positions of chunks, ascending in each column.
        scores: The BM25 score of each.
        ceilings: (terms,) the largest score of each column.
    """

    starts: NDArray[np.int64]
    chunks: Positions
    scores: Scores
    ceilings: Scores

    def column(self, term: int, weight: float) -> Column:
        """The column of a term."""
        part = slice(int(self.starts[term]), int(self.starts[term + 1]))
        return Column(self.chunks[part], self.scores[part], weight, float(self.ceilings[term]) * weight)


def in_order(columns: Iterable[Column]) -> list[Column]:
    """The columns in the order in which they are added up, so that every way of adding rounds alike."""
    return sorted(columns, key=lambda column: (-column.ceiling, len(column.chunks), column.weight))
