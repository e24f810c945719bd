"""Question sets as records: selecting, leaks between splits, digests of notes."""

from dataclasses import replace

import pytest

from corpus import Note
from evals.question_sets import Place, Question, QuestionSet, Quote, digest_notes, leaking_notes

ROPE = Question("q1", "What does RoPE rotate?", "fact", "dev", evidence=(Place("rope.md", 0, 5), Quote("rotates")))
ADAM = Question("q2", "What does Adam adapt?", "typo", "test", evidence=(Place("adam.md", 3, 9),))
BREAD = Question("q3", "How is bread baked?", "unanswerable", "test", answerable=False)
SET = QuestionSet("small", "1", "CC0-1.0", (ROPE, ADAM, BREAD))


def note(note_id, text):
    return Note(note_id, note_id, text, note_id)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, (ROPE, ADAM, BREAD)),
        ({"split": "test"}, (ADAM, BREAD)),
        ({"kinds": ["fact", "typo"]}, (ROPE, ADAM)),
        ({"split": "test", "kinds": ["fact"]}, ()),
    ],
)
def test_a_selection_keeps_the_order_and_the_set(chosen, expected):
    assert SET.select(**chosen) == replace(SET, questions=expected)


def test_evidence_is_told_apart_by_its_form():
    assert (ROPE.places, ROPE.quotes) == ((Place("rope.md", 0, 5),), (Quote("rotates"),))
    assert SET.judged_note_ids() == ("adam.md", "rope.md")


@pytest.mark.parametrize(("place", "key"), [(Place("a.md"), "a.md"), (Place("a.md", 3, 9), "a.md@3-9")])
def test_a_place_is_called_like_a_chunk(place, key):
    assert place.key == key


def test_a_note_that_is_judged_in_two_splits_leaks():
    shared = replace(ADAM, evidence=(Place("adam.md", 0, 1), Place("rope.md", 7, 9)))
    assert leaking_notes(SET) == ()
    assert leaking_notes(replace(SET, questions=(ROPE, shared, BREAD))) == ("rope.md",)


def test_the_digest_of_notes_sees_ids_and_texts_of_the_judged_ones_in_any_order():
    notes = [note("a", "one"), note("b", "two"), note("c", "three")]
    digest = digest_notes(notes, ["a", "b"])
    assert digest_notes(notes[::-1], ["b", "a"]) == digest
    assert digest_notes([*notes[:2], note("c", "changed")], ["a", "b"]) == digest
    assert digest_notes([note("a", "one!"), *notes[1:]], ["a", "b"]) != digest
    assert digest_notes([note("a", "on"), note("b", "etwo")], ["a", "b"]) != digest
    assert digest_notes(notes[:1], ["a", "b"]) != digest
