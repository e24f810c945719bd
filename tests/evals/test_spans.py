"""Spans of notes, held equal to sets of characters."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from evals.spans import common_length, length, merged, overlaps

spans = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 12), st.integers(0, 12)), max_size=6)


def characters(some_spans):
    return {(note_id, at) for note_id, start, end in some_spans for at in range(start, end)}


@given(spans, spans)
def test_lengths_count_every_character_once(left, right):
    assert length(merged(left)) == len(characters(left))
    assert common_length(merged(left), merged(right)) == len(characters(left) & characters(right))


@given(spans)
def test_merged_intervals_are_sorted_and_apart(some_spans):
    for intervals in merged(some_spans).values():
        assert all(end < start for (_, end), (start, _) in pairwise(intervals))


@given(spans, st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 12), st.integers(0, 12)))
def test_a_span_overlaps_when_a_character_is_shared(some_spans, span):
    assert overlaps(span, merged(some_spans)) == bool(characters([span]) & characters(some_spans))
