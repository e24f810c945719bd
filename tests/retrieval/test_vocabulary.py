"""Strings and their numbers."""

from hypothesis import given
from hypothesis import strategies as st

from retrieval.vocabulary import UNKNOWN, Vocabulary


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=8), unique=True, max_size=30))
def test_every_string_is_found_under_its_number_and_no_other_is(strings):
    vocabulary, numbers = Vocabulary.build(strings)
    assert len(vocabulary) == len(strings)
    assert sorted(numbers.tolist()) == list(range(len(strings)))
    assert vocabulary.find(strings) == numbers.tolist()
    assert [vocabulary[number] for number in numbers.tolist()] == strings
    assert vocabulary.find([string + "\N{BULLET}" * 9 for string in strings]) == [UNKNOWN] * len(strings)


def test_strings_with_the_same_hash_are_told_apart():
    # "plumless" and "buckeroo" are a well-known pair with equal CRC-32
    vocabulary, numbers = Vocabulary.build(["plumless", "other", "buckeroo"])
    assert vocabulary.hashes[numbers[0]] == vocabulary.hashes[numbers[2]]
    assert vocabulary.find(["buckeroo", "plumless"]) == [numbers[2], numbers[0]]


def test_an_empty_vocabulary_knows_nothing():
    vocabulary, _ = Vocabulary.build([])
    assert vocabulary.find(["word"]) == [UNKNOWN]
    assert vocabulary.find([]) == []
