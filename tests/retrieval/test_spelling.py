"""What misspelt words are taken for, and which words are left alone."""

import random
import string

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA
from spellchecker import SpellChecker

from retrieval.spelling import Speller, WordList, symbols_in

ENGLISH = SpellChecker()
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
        "xorm",  # another first letter, and short
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
        ({"laser": 50, "later": 5}, "laqer", "laser"),  # the more frequent one
        ({"bound": 3, "round": 4}, "bround", "bound"),  # the one with the same first letter
        ({"form": 3, "four": 5}, "fomr", "form"),  # the one with two letters swapped
        ({"norms": 1, "forms": 1}, "xnorms", "norms"),  # another first letter, in a long word
        ({"mean": 1, "mead": 1}, "meax", "mean"),  # equally probable: always the same one
    ],
)
def test_among_equally_near_words_the_more_probable_one_is_meant(counts, typed, meant):
    for words in (list(counts), list(counts)[::-1]):
        assert Speller(WordList.build(words, np.array([counts[word] for word in words]))).suggest(typed) == meant


@pytest.mark.parametrize(
    ("word", "near"),
    [("cones", "codes"), ("subspaces", "substates"), ("qualify", "quality"), ("davis", "david"), ("merlin", "derlin")],
)
def test_a_word_or_name_of_english_is_left_alone_however_near_one_of_the_corpus_is(word, near):
    speller = Speller(WordList.build([near], np.array([1000])))
    assert speller.suggest(word) is None
    assert speller.suggest(near[:2] + "x" + near[2:]) == near


def test_a_word_finds_its_british_or_american_spelling():
    speller = Speller(WordList.build(["quantisation", "colour"], np.array([9, 9])))
    assert (speller.suggest("quantization"), speller.suggest("color")) == ("quantisation", "colour")


def test_a_short_word_that_only_dictionaries_know_can_be_a_slip():
    speller = Speller(WordList.build(["space", "loops"], np.array([9, 9])))
    assert (speller.suggest("spae"), speller.suggest("lops")) == ("space", "loops")


@pytest.mark.parametrize(
    ("query", "symbols"),
    [
        ("CCL19 is absent within dLNs.", {"ccl", "dln", "dlns"}),
        ("Results for PRAM's and for OPMLs", {"pram", "opml", "opmls"}),
        ("Has Backus used PyTroch?", set()),  # a name that begins so, and one that is long enough to be misspelt
        ("WHAT IS A GRADEINT", set()),
        ("", set()),
    ],
)
def test_symbols_are_short_words_with_capitals_inside(query, symbols):
    assert symbols_in(query) == symbols


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
    assume(len(typed) >= 6 or typed[0] == word[0])
    if len(typed) >= 4 and typed.isalpha() and typed not in ENGLISH:
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
