"""Sentences are encoded once, and what is kept stays close to what the encoder made; searches are made once."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from agent.remembering import Recent, RememberingEncoder, RememberingSearch
from tests.fakes import HashingEncoder

TEXTS = ["dropout sets activations to zero", "attention scores are divided", "dropout sets activations to zero"]


class CountingEncoder(HashingEncoder):
    def __init__(self):
        self.encoded = []

    def encode_tokens(self, texts, *, query=False):
        self.encoded.extend(texts)
        return super().encode_tokens(texts, query=query)


def test_a_text_is_encoded_once_and_keeps_its_place():
    encoder = CountingEncoder()
    remembering = RememberingEncoder(lambda: encoder)
    first = remembering.encode(TEXTS)
    assert encoder.encoded == TEXTS[:2]
    assert np.array_equal(remembering.encode(TEXTS[::-1]), first[::-1])
    assert encoder.encoded == TEXTS[:2]
    assert np.abs(first - HashingEncoder().encode(TEXTS)).max() < 1e-3
    assert len(remembering.states(TEXTS[:2])) == 2
    assert encoder.encoded == TEXTS[:2]


def test_no_text_is_no_vector():
    assert RememberingEncoder(HashingEncoder).encode([]).shape == (0, HashingEncoder.dimension)


def test_states_are_kept_to_two_digits():
    remembering = RememberingEncoder(HashingEncoder)
    for _ in range(2):
        (states,) = remembering.states(TEXTS[:1])
        exact = HashingEncoder().encode_tokens(TEXTS[:1])[0].states
        assert np.abs(states - exact).max() <= 0.5 / 127 + 1e-6


def test_words_come_with_the_states_of_their_tokens():
    words = RememberingEncoder(HashingEncoder).words("what is dropout?")
    assert [word for word, _ in words] == ["what", "is", "dropout?"]
    assert all(states.shape == (1, HashingEncoder.dimension) for _, states in words)


def test_what_was_asked_for_longest_ago_is_forgotten_first():
    recent = Recent(2)
    made = []

    def make(texts):
        made.extend(texts)
        return texts

    for texts in (["a"], ["b"], ["a"], ["c"], ["a"], ["b"]):
        assert recent.get(texts, make) == texts
    assert made == ["a", "b", "c", "b"]


def test_more_texts_than_are_kept_come_back_all_the_same():
    assert Recent(1).get(["a", "b", "c"], lambda texts: texts) == ["a", "b", "c"]


class SlowIndex:
    generation = 1

    def __init__(self):
        self.searched = []

    def search(self, query, k, *, where=None):
        self.searched.append((query, k, where))
        time.sleep(0.05)
        if not query:
            raise ValueError("nothing was asked")
        return [query]


def test_a_search_is_made_once_for_all_that_ask():
    index = SlowIndex()
    search = RememberingSearch(index)
    asked = [("dropout", 8, None)] * 4 + [("dropout", 8, {"must": []}), ("dropout", 3, None)]
    with ThreadPoolExecutor(len(asked)) as pool:
        found = list(pool.map(lambda one: search(*one), asked))
    assert found == [["dropout"]] * len(asked)
    assert len(index.searched) == 3
    index.generation = 2
    search("dropout", 8)
    assert len(index.searched) == 4


def test_a_search_that_fails_fails_for_all_that_ask():
    search = RememberingSearch(SlowIndex())
    for _ in range(2):
        with pytest.raises(ValueError, match="nothing was asked"):
            search("", 8)
