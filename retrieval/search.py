"""A search, in the order in which a person would explain it: analyse, score both, fuse, filter, cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.dense import DenseIndex
from retrieval.encoder import Encoder
from retrieval.filters import Mask
from retrieval.fusion import convex_combination, order, reciprocal_rank_fusion
from retrieval.hit import Mode
from retrieval.lexical import LexicalIndex
from retrieval.settings import SearchSettings

Positions = NDArray[np.int64]
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best chunks of a search: (n,) positions and scores, best first, and each one's place in the parts."""

    positions: Positions
    scores: Scores
    ranks: tuple[dict[str, int], ...]
    cosines: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Searcher:
    """Both indexes of one generation; stateless, so that many threads may search at once."""

    lexical: LexicalIndex
    dense: DenseIndex
    settings: SearchSettings

    def search(self, query: str, k: int, mode: Mode, encoder: Encoder | None, mask: Mask | None = None) -> Ranking:
        """The k best chunks for `query` among those that `mask` allows; an encoder is needed unless `mode` is bm25."""
        depth = max(k, self.settings.candidates)
        by_words, word_scores = self._by_words(query, depth, mask) if mode != "dense" else _nothing()
        vector = encoder.encode_query(query) if encoder is not None and mode != "bm25" else None
        by_meaning, cosines = self.dense.search(vector, depth, mask) if vector is not None else _nothing()
        if mode == "bm25" or vector is None:
            return _cut(by_words, word_scores, k, {"bm25": by_words})
        if mode == "dense":
            return _cut(by_meaning, cosines, k, {"dense": by_meaning}, cosines)
        return self._fuse(query, vector, by_words, by_meaning, k)

    def _by_words(self, query: str, depth: int, mask: Mask | None) -> tuple[Positions, Scores]:
        positions, scores = self.lexical.search(query, depth, mask)
        return positions.astype(np.int64), scores

    def _fuse(
        self, query: str, vector: NDArray[np.float32], by_words: Positions, by_meaning: Positions, k: int
    ) -> Ranking:
        candidates = np.union1d(by_words, by_meaning)
        cosines = self.dense.scores_at(vector, candidates)
        if self.settings.fusion == "rrf":
            fused = reciprocal_rank_fusion([by_words.tolist(), by_meaning.tolist()])
            scores = np.array([fused[position] for position in candidates.tolist()], dtype=np.float32)
        else:
            scores = convex_combination(cosines, self.lexical.scores_at(query, candidates), self.settings.dense_weight)
        return _cut(candidates, scores, k, {"bm25": by_words, "dense": by_meaning}, cosines)


def _nothing() -> tuple[Positions, Scores]:
    return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)


def _cut(
    positions: Positions, scores: Scores, k: int, parts: dict[str, Positions], cosines: Scores | None = None
) -> Ranking:
    """The k best, in the total order, with the place that each has in the rankings of `parts`."""
    best = order(scores, positions)[:k]
    places = {name: {int(p): rank for rank, p in enumerate(ranking, start=1)} for name, ranking in parts.items()}
    ranks = tuple(
        {name: ranks[int(position)] for name, ranks in places.items() if int(position) in ranks}
        for position in positions[best]
    )
    known = tuple(float(cosines[at]) if cosines is not None else None for at in best)
    return Ranking(positions[best], scores[best], ranks, known)
