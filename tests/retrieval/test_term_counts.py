"""What is kept of a chunk for the lexical index."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import IndexDamaged
from retrieval.term_counts import STRETCH_END, TermCounts, count_fields, count_terms, decode_counts, encode_counts
from retrieval.tokens import find_words


def as_dict(counts):
    return dict(zip(counts.words, counts.counts.tolist(), strict=True))


def stretches(counts):
    """The path as words, one list a field."""
    fields, field = [], []
    for place in counts.path.tolist():
        if place == STRETCH_END:
            fields.append(field)
            field = []
        else:
            field.append(counts.words[place])
    return fields


def test_title_counts_three_times_and_heading_and_text_once():
    counts = decode_counts(count_terms("Dropout", ("Regularisation", "Dropout layers"), "Layers drop units."))
    assert as_dict(counts) == {"dropout": 3 + 1, "regularisation": 1, "layers": 1 + 1, "drop": 1, "units": 1}


def test_neighbours_end_at_the_end_of_a_field():
    counts = decode_counts(count_terms("Weight decay", ("Adam",), "Weight decay helps."))
    assert stretches(counts) == [["weight", "decay"], ["adam"], ["weight", "decay", "helps"]]


def test_other_forms_are_counted_but_are_no_neighbours():
    counts = decode_counts(count_terms("", (), "k-means"))
    assert as_dict(counts) == {"k": 1, "means": 1, "kmeans": 1}
    assert stretches(counts) == [[], ["k", "means"]]


def test_an_empty_chunk_has_no_words():
    assert as_dict(decode_counts(count_terms("", (), " \n "))) == {}


@pytest.mark.parametrize("repeats", [32_767, 32_768, 100_000])
def test_large_counts_survive(repeats):
    counts = decode_counts(encode_counts(count_fields([("loss", repeats)])))
    assert as_dict(counts) == {"loss": repeats}


def test_many_words_survive():
    words = [f"w{number}" for number in range(40_000)]
    counts = TermCounts(words, np.ones(len(words)), np.array([39_999, 0, STRETCH_END]))
    decoded = decode_counts(encode_counts(counts))
    assert decoded.words == words
    assert decoded.path.tolist() == [39_999, 0, STRETCH_END]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=40), st.integers(1, 5)), max_size=4))
def test_decoding_gives_back_the_words_and_paths_of_the_fields(fields):
    decoded = decode_counts(encode_counts(count_fields(fields)))
    expected = Counter()
    for text, repeats in fields:
        words = find_words(text)
        for word in (*words.path, *words.forms):
            expected[word] += repeats
    assert as_dict(decoded) == expected
    assert stretches(decoded) == [list(find_words(text).path) for text, _ in fields]


@pytest.mark.parametrize("cut", [0, 5, 12, -1])
def test_bytes_that_are_no_record_are_refused(cut):
    record = count_terms("Weight decay", (), "two words")
    with pytest.raises(IndexDamaged, match="footnote index"):
        decode_counts(record[:cut] if cut >= 0 else record.replace(b" ", b"_"))
