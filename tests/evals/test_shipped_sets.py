"""The sets that ship with footnote fit the notes that ship with it."""

from dataclasses import replace

import pytest

from corpus import Note, shipped_notes
from evals.judgements import check_notes, resolve_evidence
from evals.question_sets import leaking_notes
from evals.set_readers import read_set, shipped_sets


@pytest.fixture(scope="module")
def notes():
    return [note for note in shipped_notes() if isinstance(note, Note)]


@pytest.mark.parametrize("name", shipped_sets())
def test_every_judged_span_is_where_the_words_of_its_evidence_stand(name, notes):
    question_set = read_set(name)
    check_notes(question_set, notes)
    moved = [
        question.id
        for question in question_set.questions
        if question.quotes and resolve_evidence(replace(question, evidence=question.quotes), notes) != question.places
    ]
    assert moved == []


def test_ml_notes_is_large_enough_and_its_splits_share_no_note():
    question_set = read_set("ml_notes")
    assert len(question_set.questions) >= 250
    assert sum(not question.answerable for question in question_set.questions) >= 50
    assert leaking_notes(question_set) == ()


def test_smoke_is_taken_from_the_part_of_ml_notes_that_may_be_tuned_on():
    dev = {question.id: question.text for question in read_set("ml_notes").select(split="dev").questions}
    smoke = {question.id: question.text for question in read_set("smoke").questions}
    assert len(smoke) == 40
    assert smoke.items() <= dev.items()
