"""BM25 scores of every term in every chunk that has it, computed once.

`rank_bm25.BM25Okapi` defines them: `idf(t) * f * (k1 + 1) / (f + k1 * (1 - b + b * length / mean length))` with
`idf(t) = ln(N - n + 0.5) - ln(n + 0.5)`, where a negative idf becomes `epsilon` times the mean idf (Robertson and
Zaragoza 2009, doi:10.1561/1500000019; the floor as in Trotman et al. 2014, doi:10.1145/2682862.2682863).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 2**22
"""Entries scored at a time, so that temporary arrays stay below 100 MB."""


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Which term occurs how often in which chunk, term by term.

    Attributes:
        starts: (terms + 1,) where each term begins in the next two.
        chunks: Positions of the chunks that have the term, ascending.
        counts: How often each of them has it, at least once.
        lengths: (chunks,) how many terms each chunk has, repetitions included.
    """

    starts: NDArray[np.int64]
    chunks: NDArray[np.int32]
    counts: NDArray[np.int32]
    lengths: NDArray[np.int64]


def okapi_scores(terms: Occurrences) -> NDArray[np.float32]:
    """The BM25 score of each entry of `terms`, in its order."""
    if not len(terms.chunks):
        return np.empty(0, dtype=np.float32)
    okapi = _okapi()
    chunk_counts = np.diff(terms.starts)
    scores = np.repeat(_idf(chunk_counts, len(terms.lengths), okapi.epsilon).astype(np.float32), chunk_counts)
    lengths, length_rank = np.unique(terms.lengths, return_inverse=True)
    counts = np.flatnonzero(np.bincount(terms.counts))
    count_rank = np.searchsorted(counts, np.arange(counts[-1] + 1))
    factors = _saturation(okapi, counts.tolist(), lengths, float(terms.lengths.mean()))
    for start in range(0, len(scores), _BLOCK):
        block = slice(start, start + _BLOCK)
        scores[block] *= factors[count_rank[terms.counts[block]], length_rank[terms.chunks[block]]]
    return scores


def _okapi() -> Any:
    """A `BM25Okapi` with its default k1, b and epsilon; it insists on one text, which nothing asks for."""
    from rank_bm25 import BM25Okapi

    return BM25Okapi([[""]])


def _idf(chunk_counts: NDArray[np.int64], n_chunks: int, epsilon: float) -> NDArray[np.float64]:
    """Each term's inverse document frequency, from the number of chunks that have it."""
    idf: NDArray[np.float64] = np.log(n_chunks - chunk_counts + 0.5) - np.log(chunk_counts + 0.5)
    return np.where(idf < 0, epsilon * idf.mean(), idf)


def _saturation(
    okapi: Any, counts: Sequence[int], lengths: NDArray[np.int64], mean_length: float
) -> NDArray[np.float32]:
    """(counts, lengths) what a score is multiplied by for a term that occurs so often in a chunk so long.

    Chunks share few counts and lengths. So `BM25Okapi` scores one stand-in chunk of each length, in which the word `f`
    occurs f times and weighs 1.
    """
    okapi.corpus_size, okapi.avgdl, okapi.doc_len = len(lengths), mean_length, lengths
    okapi.doc_freqs = [{count: count for count in counts}] * len(lengths)
    okapi.idf = dict.fromkeys(counts, 1.0)
    return np.stack([okapi.get_scores([count]) for count in counts]).astype(np.float32)
