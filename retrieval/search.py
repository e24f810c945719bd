"""A search, in the order in which a person would explain it: analyse, score both, fuse, filter, cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.dense import DenseIndex
from retrieval.encoder import EncodedText, Encoder
from retrieval.filters import Mask
from retrieval.fusion import convex_combination, order, reciprocal_rank_fusion
from retrieval.hit import Mode
from retrieval.late_interaction import LateInteraction
from retrieval.lexical import LexicalIndex, PreparedQuery
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
    late: LateInteraction | None
    settings: SearchSettings

    def search(
        self, query: PreparedQuery, k: int, mode: Mode, encoder: Encoder | None, mask: Mask | None = None
    ) -> Ranking:
        """The k best chunks for `query` among those that `mask` allows; an encoder is needed unless `mode` is bm25."""
        depth = max(k, self.settings.candidates)
        if mode == "bm25" or encoder is None:
            by_words, word_scores = self._by_words(query, depth, mask)
            return _cut(by_words, word_scores, k, {"bm25": by_words})
        if mode == "dense":
            by_meaning, cosines = self.dense.search(encoder.encode_query(query.text), depth, mask)
            return _cut(by_meaning, cosines, k, {"dense": by_meaning}, cosines)
        by_words, _ = self._by_words(query, depth, mask)
        (encoded,) = encoder.encode_tokens([query.text], query=True)
        by_meaning, _ = self.dense.search(encoded.embedding, depth, mask)
        return self._fuse(query, encoded, by_words, by_meaning, k)

    def _by_words(self, query: PreparedQuery, depth: int, mask: Mask | None) -> tuple[Positions, Scores]:
        positions, scores = self.lexical.search(query, depth, mask)
        return positions.astype(np.int64), scores

    def _fuse(
        self, query: PreparedQuery, encoded: EncodedText, by_words: Positions, by_meaning: Positions, k: int
    ) -> Ranking:
        candidates = np.union1d(by_words, by_meaning)
        cosines = self.dense.scores_at(encoded.embedding, candidates)
        if self.settings.fusion == "rrf":
            fused = reciprocal_rank_fusion([by_words.tolist(), by_meaning.tolist()])
            scores = np.array([fused[position] for position in candidates.tolist()], dtype=np.float32)
        else:
            lexical = self.lexical.scores_at(query, candidates)
            scores = convex_combination(cosines, lexical, self.settings.dense_weight, self.lexical.enough(query))
            scores = self._rerank(query.text, encoded, candidates, scores)
        return _cut(candidates, scores, k, {"bm25": by_words, "dense": by_meaning}, cosines)

    def _rerank(self, query: str, encoded: EncodedText, candidates: Positions, scores: Scores) -> Scores:
        """The scores, the late interaction mixed into the best of them; those below stay below."""
        share = self.settings.late_weight
        if self.late is None or not share:
            return scores
        best = order(scores, candidates)[: self.settings.reranked]
        mixed = (1 - share) * scores
        tokens = self.late.prepare(encoded, query, self.lexical.rarity)
        mixed[best] += share * self.late.scores(tokens, candidates[best])
        return mixed.astype(np.float32)


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
