"""Texts become ids and batches; nothing that a text can hold stops that."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.encoder_tokens import Tokeniser, plan_batches, replace_surrogates
from tests.fakes import write_word_tokeniser

CLS, SEP, UNKNOWN = 2, 3, 1


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write_word_tokeniser(tmp_path_factory.mktemp("tokeniser") / "tokenizer.json", ["a", "b", "c"])


def test_ids_are_cut_with_their_special_tokens(file):
    assert Tokeniser(file, 4).ids(["a", "a b c", ""]) == [[CLS, 4, SEP], [CLS, 4, 5, SEP], [CLS, SEP]]


def test_tokens_know_their_words_and_places(file):
    (tokens,) = Tokeniser(file, 8).tokens(["é\ud800  b, x".replace("\ud800", "\ufffd")])
    assert tokens.ids.tolist() == [CLS, UNKNOWN, 5, UNKNOWN, UNKNOWN, SEP]
    assert tokens.words.tolist() == [-1, 0, 1, 2, 3, -1]
    assert tokens.offsets.tolist() == [[0, 0], [0, 2], [4, 5], [5, 6], [7, 8], [0, 0]]


def test_filling_is_masked(file):
    padded = Tokeniser(file, 8).pad([[2, 4, 3], [2, 3], []])
    assert padded.ids.tolist() == [[2, 4, 3], [2, 3, 0], [0, 0, 0]]
    assert padded.mask.tolist() == [[1, 1, 1], [1, 1, 0], [0, 0, 0]]
    assert padded.ids.dtype == padded.mask.dtype == np.int64


def test_a_batch_of_empty_texts_is_one_token_wide(file):
    assert Tokeniser(file, 8).pad([[], []]).ids.shape == (2, 1)


@given(st.lists(st.integers(0, 0x10FFFF).map(chr), max_size=30).map("".join))
def test_any_text_is_tokenised_once_its_surrogates_are_replaced(file, text):
    clean = replace_surrogates(text)
    assert len(clean) == len(text)
    assert all(a == b or 0xD800 <= ord(a) <= 0xDFFF for a, b in zip(text, clean, strict=True))
    (ids,) = Tokeniser(file, 8).ids([clean])
    assert ids[0] == CLS
    assert ids[-1] == SEP


@given(st.lists(st.integers(0, 600), max_size=60), st.integers(1, 4096))
def test_batches_hold_every_text_once_longest_first_within_the_budget(lengths, budget):
    plan = plan_batches(lengths, budget)
    flat = [place for places in plan for place in places.tolist()]
    assert flat == sorted(range(len(lengths)), key=lambda place: -lengths[place])
    for places in plan:
        assert len(places) == 1 or len(places) * lengths[places[0]] <= budget


def test_a_batch_is_filled_as_far_as_the_budget_goes():
    assert [places.tolist() for places in plan_batches([3, 9, 4, 9, 1], 18)] == [[1, 3], [2, 0, 4]]
