"""A query is encoded once, a passage each time."""

import numpy as np

from retrieval import recent_queries
from retrieval.recent_queries import RecentQueries
from tests.fakes import HashingEncoder


class Counting(HashingEncoder):
    def __init__(self):
        self.calls = 0

    def encode_tokens(self, texts, *, query=False):
        self.calls += 1
        return super().encode_tokens(texts, query=query)


def test_a_query_is_encoded_once_and_is_what_the_encoder_gives():
    encoder = Counting()
    recent = RecentQueries(encoder)
    first, again = (recent.encode_tokens(["why dropout"], query=True)[0] for _ in range(2))
    assert encoder.calls == 1
    assert first is again
    assert np.array_equal(first.states, HashingEncoder().encode_tokens(["why dropout"])[0].states)


def test_passages_and_several_texts_are_not_remembered():
    encoder = Counting()
    recent = RecentQueries(encoder)
    for _ in range(2):
        recent.encode_tokens(["why"])
        recent.encode_tokens(["why", "how"], query=True)
    assert encoder.calls == 4


def test_the_oldest_query_is_forgotten(monkeypatch):
    monkeypatch.setattr(recent_queries, "_REMEMBERED", 2)
    encoder = Counting()
    recent = RecentQueries(encoder)
    for text in ("a", "b", "a", "c", "a", "b"):
        recent.encode_tokens([text], query=True)
    assert encoder.calls == 4
