"""The benchmark measures searches that find the same, on chunks that come back with the same seed."""

import numpy as np

from evals.benchmarks.lexical import _ours, _rank_bm25, make_chunks, make_queries, measure, opening_seconds, report
from retrieval.tokens import stem


def test_the_same_seed_gives_the_same_chunks_and_queries():
    chunks = make_chunks(30, 1)
    assert chunks == make_chunks(30, 1) != make_chunks(30, 2)
    assert all(set(query) <= set().union(*chunks) for query in make_queries(chunks, 5, 1))


def test_systems_agree_and_the_table_has_a_line_for_each():
    chunks = make_chunks(200, 1)
    stems = [list(map(stem, words)) for words in chunks]
    systems = [_ours("ours", chunks, bigrams=False), _rank_bm25(stems)]
    seconds, scores = measure(systems, make_queries(chunks, 4, 1))
    for ours, reference in zip(scores["ours"], scores["rank_bm25"], strict=True):
        np.testing.assert_allclose(ours, reference, atol=1e-5)
    lines = report(systems, seconds)
    assert [line.split("|")[1].strip() for line in lines[2:]] == ["ours", "rank_bm25"]
    assert systems[0].index is not None
    assert opening_seconds(systems[0].index) > 0
