"""The k chunks with the largest sums of scores, without adding up what cannot matter.

MaxScore (Turtle and Flood 1995, doi:10.1016/0306-4573(95)00020-H): columns are added from the highest ceiling down.
Once k chunks have reached more than the ceilings that are left, no chunk outside the columns added so far can come in;
then the long columns that remain are looked up for the few chunks that still can. The sums are those of adding
everything, in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.postings import Column, Positions, Scores, in_order

Mask = NDArray[np.bool_]
_SLACK = 1 - 1e-5
"""What a bound is multiplied by: sums of float32 are off by less than one part in 100,000."""
_LOOK_UP_COST = 64
"""Entries of a column that can be added in the time of one binary search in it."""
_SWEEP_COST = 8
"""Chunks that can be swept over in the time in which one entry is gathered, compared and cleared."""
_WORTH_A_BOUND = 100_000
"""Entries left from which on it pays to find out whether they matter: fewer are added in less time."""
_STRIDE = 61
"""Every so manieth chunk is looked at to estimate how many reach a bound; a prime, so that no pattern is hit."""
_SAMPLE = 4096
"""Entries of a column at most among which a bound is looked for."""


class Accumulators:
    """Arrays of zeros that are handed out and taken back, so that a query need not make one; safe between threads.

    They are as long as `size` rounded up to a multiple of eight, so that they can be looked through in eights.
    """

    def __init__(self, size: int) -> None:
        self.size = -(-size // 8) * 8
        self._free: list[Scores] = []

    def take(self) -> Scores:
        """An array of zeros."""
        try:
            return self._free.pop()
        except IndexError:
            return np.zeros(self.size, dtype=np.float32)

    def give_back(self, zeros: Scores) -> None:
        """Take back an array that holds zeros only."""
        self._free.append(zeros)


def sums(columns: Sequence[Column], n_chunks: int) -> Scores:
    """(n_chunks,) the sum of each chunk's scores, 0 where it has none of the terms."""
    totals = np.zeros(n_chunks, dtype=np.float32)
    for column in in_order(columns):
        np.add.at(totals, column.chunks, column.weighted())
    return totals


def sums_at(columns: Sequence[Column], positions: NDArray[np.integer]) -> Scores:
    """The same sums for some chunks only, in the order of `positions`."""
    wanted = positions.astype(np.int32, copy=False)
    totals = np.zeros(len(wanted), dtype=np.float32)
    for column in in_order(columns):
        column.add_at(wanted, totals)
    return totals


def best(columns: Sequence[Column], accumulators: Accumulators, k: int, mask: Mask | None) -> tuple[Positions, Scores]:
    """The k chunks that share a term and have the largest sums: by sum, then by position.

    Args:
        columns: The columns of the query's terms.
        accumulators: For as many chunks as there are.
        k: Fewer come back where fewer share a term.
        mask: (chunks,) which chunks are allowed; None allows all.
    """
    columns = in_order(column for column in columns if len(column.chunks))
    if k < 1 or not columns:
        return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
    if columns[-1].ceiling <= 0:  # an idf is 0 or negative, as it can be in a handful of chunks
        return _order(*_add_all(columns, mask), k)
    entries = sum(len(column.chunks) for column in columns)
    if mask is not None and np.count_nonzero(mask) * len(columns) * _LOOK_UP_COST < entries:
        allowed = np.flatnonzero(mask).astype(np.int32)
        totals = sums_at(columns, allowed)
        return _order(allowed[totals > 0], totals[totals > 0], k)
    totals = accumulators.take()
    if entries * _SWEEP_COST < len(totals):
        found = _gather(columns, totals, mask)
    else:
        found = _max_score(columns, totals, k, mask)
        totals.fill(0)
    accumulators.give_back(totals)
    return _order(*found, k)


def _order(positions: Positions, totals: Scores, k: int) -> tuple[Positions, Scores]:
    if len(totals) > k:
        kept = np.flatnonzero(totals >= np.partition(totals, len(totals) - k)[len(totals) - k])
        positions, totals = positions[kept], totals[kept]
    order = np.lexsort((positions, -totals))[:k]
    return positions[order], totals[order]


def _add_all(columns: Sequence[Column], mask: Mask | None) -> tuple[Positions, Scores]:
    """Every chunk that shares a term, whatever the sign of its sum."""
    positions = np.flatnonzero(np.bincount(np.concatenate([column.chunks for column in columns]))).astype(np.int32)
    if mask is not None:
        positions = positions[mask[positions]]
    return positions, sums_at(columns, positions)


def _gather(columns: Sequence[Column], totals: Scores, mask: Mask | None) -> tuple[Positions, Scores]:
    """Every chunk that shares a term, with its sum; `totals` is all zeros before and after."""
    for column in columns:
        np.add.at(totals, column.chunks, column.weighted())
    parts = []
    for column in columns:
        reached = totals[column.chunks]
        totals[column.chunks] = 0  # so that a later column does not name the same chunks
        kept = np.flatnonzero(reached if mask is None else (reached > 0) & mask[column.chunks])
        parts.append((column.chunks[kept], reached[kept]))
    return np.concatenate([positions for positions, _ in parts]), np.concatenate([sums for _, sums in parts])


def _max_score(columns: Sequence[Column], totals: Scores, k: int, mask: Mask | None) -> tuple[Positions, Scores]:
    """The k best chunks and some more, unordered, with their sums; all scores are positive, `totals` is written to."""
    ceilings = _sums_from([column.ceiling for column in columns])
    entries = _sums_from([len(column.chunks) for column in columns])
    probe = next((column for column in columns if len(column.chunks) >= k), columns[0])
    bound = 0.0
    for used, column in enumerate(columns):
        if used and entries[used] > _WORTH_A_BOUND:
            bound = _raise_bound(bound, totals, columns[used - 1].chunks, k, mask)
            bound = _raise_bound(bound, totals, probe.chunks, k, mask)
            needed = bound - ceilings[used]
            if needed > 0 and _estimate(totals, needed) * (len(columns) - used) * _LOOK_UP_COST < entries[used]:
                positions = _sweep(totals, needed, mask)
                return _look_up(columns[used:], positions, totals, k, bound)
        np.add.at(totals, column.chunks, column.weighted())
    bound = _raise_bound(bound, totals, probe.chunks, k, mask)
    positions = _sweep(totals, bound, mask)
    return positions, totals[positions]


def _estimate(totals: Scores, bound: float) -> int:
    """About how many chunks reach the bound."""
    return int(np.count_nonzero(totals[::_STRIDE] >= bound)) * _STRIDE


def _sums_from(values: Sequence[float]) -> list[float]:
    """The sum of the values from each place on."""
    return np.cumsum(values[::-1])[::-1].tolist()  # type: ignore[no-any-return]


def _sweep(totals: Scores, bound: float, mask: Mask | None) -> Positions:
    """Positions of the allowed chunks whose sum is positive and reaches the bound, ascending."""
    reaches = totals >= bound if bound > 0 else totals > 0
    eights = np.flatnonzero(reaches.view(np.uint64) != 0)  # most groups of eight have none: half the time
    near = (eights[:, None] * 8 + np.arange(8)).ravel()
    positions = near[reaches[near]]
    if mask is not None:
        positions = positions[mask[positions]]
    return np.asarray(positions, dtype=np.int32)


def _look_up(
    columns: Sequence[Column], positions: Positions, totals: Scores, k: int, bound: float
) -> tuple[Positions, Scores]:
    """Those of `positions` that can be among the k best, with what `columns` add to their sums."""
    ceilings = _sums_from([column.ceiling for column in columns])
    partial = totals[positions]
    for column, left in zip(columns, ceilings, strict=True):
        if len(partial) > k:
            bound = max(bound, float(np.partition(partial, len(partial) - k)[len(partial) - k]) * _SLACK)
            kept = np.flatnonzero(partial >= bound - left)
            positions, partial = positions[kept], partial[kept]
        column.add_at(positions, partial)
    return positions, partial


def _raise_bound(bound: float, totals: Scores, chunks: Positions, k: int, mask: Mask | None) -> float:
    """A sum that k chunks reach for certain, given a smaller one and chunks that may reach more."""
    sample = chunks[:: 1 + len(chunks) // _SAMPLE]
    reached = totals[sample]
    reached = reached[reached > bound if mask is None else (reached > bound) & mask[sample]]
    if len(reached) < k:
        return bound
    return float(np.partition(reached, len(reached) - k)[len(reached) - k]) * _SLACK
