"""The fast selection finds what adding everything finds."""

import numpy as np
import pytest

from retrieval.postings import Column
from retrieval.top_k import Accumulators, best, sums, sums_at

CHUNKS = 60_001
"""More than one sample of a column, enough for pruning to pay, and no multiple of eight."""


def make_columns(generator, sizes, *, distinct_scores=0, sign=1.0):
    columns = []
    for size in sizes:
        chunks = np.sort(generator.choice(CHUNKS, size, replace=False)).astype(np.int32)
        scores = generator.random(size) + 0.01
        if distinct_scores:
            scores = np.ceil(scores * distinct_scores) / distinct_scores
        scores = (sign * scores * np.log(CHUNKS / size + 1)).astype(np.float32)
        weight = float(generator.choice([1.0, 0.3, 2.0]))
        columns.append(Column(chunks, scores, weight, float(scores.max()) * weight))
    return columns


def brute_force(columns, k, mask):
    totals = sums(columns, CHUNKS)
    sharing = np.zeros(CHUNKS, dtype=bool)
    for column in columns:
        sharing[column.chunks] = True
    candidates = np.flatnonzero(sharing if mask is None else sharing & mask)
    order = np.lexsort((candidates, -totals[candidates]))[:k]
    return candidates[order], totals[candidates[order]]


@pytest.mark.parametrize("k", [1, 10, 300])
@pytest.mark.parametrize("share", [None, 0.5, 0.001, 0.0])
@pytest.mark.parametrize(
    "sizes",
    [
        (20,),
        (1, 55_000),
        (3, 8, 40, 200),
        (300, 6_000, 55_000, 59_000),
        (15_000, 15_000, 15_000),
        (12, 400, 900, 52_000, 54_000, 60_001),
    ],
)
def test_selection_equals_sorting_all_sums(sizes, share, k):
    generator = np.random.default_rng(sum(sizes) + k)
    accumulators = Accumulators(CHUNKS)
    for distinct_scores in (0, 3):
        columns = make_columns(generator, sizes, distinct_scores=distinct_scores)
        mask = None if share is None else generator.random(CHUNKS) < share
        positions, totals = best(columns, accumulators, k, mask)
        expected, expected_totals = brute_force(columns, k, mask)
        assert positions.tolist() == expected.tolist()
        assert totals.tolist() == expected_totals.tolist()
        assert not accumulators.take().any()


def test_chunks_with_zero_or_negative_sums_are_found_too():
    generator = np.random.default_rng(1)
    columns = make_columns(generator, (40, 60), sign=-1.0) + make_columns(generator, (30,))
    mask = generator.random(CHUNKS) < 0.5
    for allowed in (None, mask):
        positions, _ = best(columns, Accumulators(CHUNKS), 200, allowed)
        assert positions.tolist() == brute_force(columns, 200, allowed)[0].tolist()


def test_sums_at_some_positions_are_those_of_all():
    columns = make_columns(np.random.default_rng(2), (50, 3_000, 45_000))
    positions = np.array([60_000, 3, 3, 57_000, 0])
    assert sums_at(columns, positions).tolist() == sums(columns, CHUNKS)[positions].tolist()


@pytest.mark.parametrize(("sizes", "k"), [((), 5), ((30,), 0), ((30,), -1)])
def test_nothing_asked_nothing_found(sizes, k):
    positions, totals = best(make_columns(np.random.default_rng(3), sizes), Accumulators(CHUNKS), k, None)
    assert (len(positions), len(totals)) == (0, 0)
