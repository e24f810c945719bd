"""Scores computed once are those of rank-bm25."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from retrieval.okapi import Occurrences, okapi_scores

WORDS = "abcdefgh"


def occurrences_of(chunks):
    """Term by term, in the order of `WORDS`."""
    starts, positions, counts = [0], [], []
    for word in WORDS:
        having = [at for at, chunk in enumerate(chunks) if word in chunk]
        positions += having
        counts += [chunks[at].count(word) for at in having]
        starts.append(len(positions))
    lengths = np.array([len(chunk) for chunk in chunks], dtype=np.int64)
    return Occurrences(np.array(starts), np.array(positions, np.int32), np.array(counts, np.int32), lengths)


def dense_scores(chunks):
    """(words, chunks) from the entries of the words that occur."""
    terms = occurrences_of(chunks)
    present = np.flatnonzero(np.diff(terms.starts))
    used = Occurrences(np.append(terms.starts[present], len(terms.chunks)), terms.chunks, terms.counts, terms.lengths)
    dense = np.zeros((len(WORDS), len(chunks)))
    dense[np.repeat(present, np.diff(used.starts)), terms.chunks] = okapi_scores(used)
    return dense


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=12), min_size=1, max_size=12).filter(any))
def test_every_entry_has_the_score_of_rank_bm25(chunks):
    reference = BM25Okapi(chunks)
    expected = np.array([reference.get_scores([word]) for word in WORDS])
    np.testing.assert_allclose(dense_scores(chunks), expected, atol=1e-5)


def test_a_word_in_most_chunks_gets_a_quarter_of_the_mean_idf():
    chunks = [["a", "b"], ["a", "c"], ["a", "d"]]
    idf_of_a, idf_of_others = np.log(0.5) - np.log(3.5), np.log(2.5) - np.log(1.5)
    floor = 0.25 * (idf_of_a + 3 * idf_of_others) / 4
    # all chunks are of the mean length, so f * (k1 + 1) / (f + k1) = 2.5 / 2.5 with f = 1
    assert dense_scores(chunks)[0] == pytest.approx([floor] * 3)
    assert dense_scores(chunks)[1] == pytest.approx([idf_of_others, 0, 0])


def test_a_large_count_saturates():
    chunks = [["a"] * 40_000, ["b"], ["c"], ["d"]]
    assert dense_scores(chunks)[0][0] == pytest.approx(BM25Okapi(chunks).get_scores(["a"])[0], abs=1e-5)


def test_no_entries_no_scores():
    nothing = np.empty(0, np.int32)
    assert len(okapi_scores(Occurrences(np.zeros(1, np.int64), nothing, nothing, np.zeros(3, np.int64)))) == 0
