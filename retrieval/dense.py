"""The dense index: embeddings in FAISS, memory-mapped. The one door to `faiss`.

Up to `EXACT_UP_TO` chunks every embedding is compared. Beyond, an inverted file (IVF; Sivic and Zisserman 2003,
doi:10.1109/ICCV.2003.1238663) groups them around k-means centroids, and a search looks into the groups nearest to the
query. Either way the embeddings are stored as float16 and scores are inner products of those.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.cores import physical_cores
from retrieval.errors import IndexDamaged
from retrieval.filters import Mask

EXACT_UP_TO = 100_000
"""Chunks up to which the search is exact."""
_EXACT = "SQfp16"
_PROBES = 128
"""Groups that a search looks into; 64 of 1,024 found 94 % of the ten nearest."""
_LISTS_PER_ROOT = 4
"""Groups for each square root of the number of chunks, rounded to a power of two: 4,096 for a million."""
_POINTS_PER_LIST = 64
"""Embeddings on which a centroid is fitted: a quarter of FAISS's default, and so of its time."""
_ROUNDS = 8
"""Of k-means."""
_BLOCK = 2**16
"""Embeddings added at a time."""

Positions = NDArray[np.int64]
Scores = NDArray[np.float32]


def write_dense(path: Path, vectors: NDArray[np.float16], exact_up_to: int = EXACT_UP_TO) -> None:
    """Write (n, d) normalised vectors as a FAISS index.

    Raises:
        OSError: The file could not be written, as on a full disk.
    """
    faiss = _faiss()
    faiss.omp_set_num_threads(physical_cores())
    factory = _EXACT if len(vectors) <= exact_up_to else f"IVF{_lists(len(vectors))},{_EXACT}"
    index = faiss.index_factory(vectors.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
    index.train(_prepare(faiss, index, vectors))
    for start in range(0, len(vectors), _BLOCK):
        index.add(vectors[start : start + _BLOCK].astype(np.float32))
    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:  # which is how FAISS reports a short write
        raise OSError(errno.ENOSPC, f"{path} could not be written") from error


def _lists(chunks: int) -> int:
    return int(2 ** round(np.log2(_LISTS_PER_ROOT * np.sqrt(chunks))))


def _prepare(faiss: Any, index: Any, vectors: NDArray[np.float16]) -> NDArray[np.float32]:
    """What to train on: evenly spaced vectors, as many as the centroids need; an exact index learns nothing."""
    wanted = 1
    if (groups := faiss.try_extract_index_ivf(index)) is not None:
        groups.cp.niter, groups.cp.max_points_per_centroid = _ROUNDS, _POINTS_PER_LIST
        groups.by_residual = False  # keep the embedding itself, not its difference to the centroid
        wanted = groups.nlist * _POINTS_PER_LIST
    return vectors[:: max(1, len(vectors) // wanted)].astype(np.float32)


class DenseIndex:
    """A FAISS file, opened without reading it: pages come in as a search touches them."""

    def __init__(self, path: Path) -> None:
        faiss = _faiss()
        faiss.omp_set_num_threads(1)  # one query at a time is bound by memory; more threads only wait for each other
        try:
            self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise IndexDamaged(f"{path} cannot be read; run `footnote index` to repair it") from error
        self._groups = faiss.try_extract_index_ivf(self._index)
        if self._groups is not None:
            self._index.make_direct_map()

    @property
    def exact(self) -> bool:
        """Whether every embedding is compared."""
        return self._groups is None

    def search(self, query: NDArray[np.float32], k: int, mask: Mask | None = None) -> tuple[Positions, Scores]:
        """Positions and cosines of the k nearest chunks, best first; k of them wherever `mask` allows so many.

        Equal cosines are in the order of positions. A filter costs no recall: the fewer chunks it allows, the more
        groups are looked into.
        """
        allowed = self._index.ntotal if mask is None else int(np.count_nonzero(mask))
        k = min(k, allowed)
        if k == 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        probes = 0 if self._groups is None else -(-_PROBES * self._index.ntotal // allowed)
        positions, scores = self._search(query, k, mask, probes)
        if len(positions) < k:
            positions, scores = self._search(query, k, mask, self._groups.nlist)
        best = np.lexsort((positions, -scores))
        return positions[best], scores[best]

    def _search(self, query: NDArray[np.float32], k: int, mask: Mask | None, probes: int) -> tuple[Positions, Scores]:
        faiss = _faiss()
        chosen = {}
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            chosen["sel"] = faiss.IDSelectorBitmap(bits)
        if self._groups is None:
            parameters = faiss.SearchParameters(**chosen)
        else:
            parameters = faiss.SearchParametersIVF(nprobe=min(probes, self._groups.nlist), **chosen)
        scores, positions = self._index.search(query[None, :], k, params=parameters)
        found = positions[0] >= 0
        return positions[0][found], scores[0][found]

    def scores_at(self, query: NDArray[np.float32], positions: Positions) -> Scores:
        """Cosines of the query and the chunks at (n,) positions."""
        return (self.vectors_at(positions) @ query).astype(np.float32)

    def vectors_at(self, positions: Positions) -> NDArray[np.float32]:
        """(n, d) embeddings of the chunks at (n,) positions, as they are stored."""
        if not len(positions):
            return np.empty((0, self._index.d), dtype=np.float32)
        vectors: NDArray[np.float32] = self._index.reconstruct_batch(positions)
        return vectors


def _faiss() -> Any:
    """The library; its own type hints describe the C++ signatures that its Python side replaces."""
    import faiss

    return faiss
