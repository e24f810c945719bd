"""What misspelt words are taken for, and which words are left alone."""

import random
import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from retrieval.spelling import Speller, WordList

COUNTS = {
    "separable": 4,
    "separately": 9,
    "gradient": 50,
    "gradients": 30,
    "learning": 80,
    "leaning": 2,
    "form": 30,
    "from": 1,
    "norm": 6,
    "transformer": 40,
    "transformed": 3,
    "réseau": 2,
    "сеть": 3,
    "word2vec": 8,
    "l2": 9,
}


@pytest.fixture(scope="module")
def speller():
    return Speller(WordList.build(list(COUNTS), np.array(list(COUNTS.values()))))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("seperable", "separable"),
        ("gradeint", "gradient"),
        ("gradiant", "gradient"),
        ("lerning", "learning"),  # as near to `leaning`, which is rarer
        ("fomr", "form"),  # two letters swapped
        ("tranfsormer", "transformer"),
        ("trasformre", "transformer"),  # two edits
        ("reseau", "réseau"),
        ("сетб", "сеть"),
    ],
)
def test_the_near_word_is_suggested(speller, typed, meant):
    assert speller.suggest(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "nor",  # too short for an edit
        "nxxm",  # two edits, but fewer than eight letters
        "zradienxt",  # two edits and another first letter
        "l3",
        "word3vec",
        "2024",
        "photosynthesis",
        "",
    ],
)
def test_short_words_codes_and_far_words_are_left_alone(speller, typed):
    assert speller.suggest(typed) is None


@pytest.mark.parametrize(
    ("counts", "typed", "meant"),
    [
        ({"laser": 50, "later": 5}, "laxer", "laser"),  # the more frequent one
        ({"bound": 3, "round": 4}, "bround", "bound"),  # the one with the same first letter
        ({"form": 3, "four": 5}, "fomr", "form"),  # the one with two letters swapped
        ({"mean": 1, "lean": 1}, "xean", "mean"),  # equally probable: always the same one
    ],
)
def test_among_equally_near_words_the_more_probable_one_is_meant(counts, typed, meant):
    for words in (list(counts), list(counts)[::-1]):
        assert Speller(WordList.build(words, np.array([counts[word] for word in words]))).suggest(typed) == meant


def test_without_words_there_are_no_suggestions():
    assert Speller(WordList.build([], np.empty(0, np.int64))).suggest("gradient") is None


def test_words_with_digits_are_not_offered():
    assert Speller(WordList.build(["conv2d"], np.array([9]))).suggest("convd") is None


def edited(word, generator):
    """`word` with one random edit."""
    at = generator.randrange(len(word) - 1)
    letter = generator.choice(string.ascii_lowercase)
    return generator.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
    )


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(word for word in COUNTS if word.isalpha())), st.integers(0, 10**6))
def test_one_edit_always_finds_a_word_one_edit_away(speller, word, seed):
    typed = edited(word, random.Random(seed))
    if len(typed) >= 4 and typed.isalpha():
        suggestion = speller.suggest(typed)
        assert suggestion is not None
        assert OSA.distance(typed, suggestion) <= 1


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=12))
def test_suggestions_are_words_of_the_list_within_two_edits(speller, typed):
    suggestion = speller.suggest(typed)
    assert suggestion is None or (suggestion in COUNTS and OSA.distance(typed, suggestion) <= 2)


def test_what_was_suggested_is_remembered_within_bounds(speller):
    first = speller.suggest("gradeint")
    for number in range(300):
        speller.suggest("x" * 4 + string.ascii_lowercase[number % 26] * (1 + number // 26))
    assert speller.suggest("gradeint") == first
