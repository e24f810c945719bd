"""Asking: every question once, errors on record, several at a time, and nothing twice that the cache knows."""

import threading
from dataclasses import replace

import pytest

from evals.record_cache import RecordCache
from evals.run_folder import RecordWriter, read_records
from evals.runner import RunProgress, ask_questions
from tests.evals.run_samples import SETUP, question, record

QUESTIONS = tuple(question(number) for number in range(9))


class Listener:
    """Answers every question but one, and remembers what it was asked."""

    def __init__(self, broken=""):
        self.asked = []
        self.broken = broken
        self._lock = threading.Lock()

    def ask(self, one):
        with self._lock:
            self.asked.append(one.id)
        if one.id == self.broken:
            raise RuntimeError("the model\nis gone")
        return record(one.id)


def asked(tmp_path, subject, *, finished=None, **options):
    path = tmp_path / "records.jsonl"
    with RecordWriter(path) as writer:
        ask_questions(QUESTIONS, subject, writer, finished=finished or {}, **options)
    return read_records(path)


@pytest.mark.parametrize("workers", [1, 4])
def test_every_question_is_asked_once_and_an_error_costs_only_its_question(tmp_path, workers):
    subject, seen = Listener(broken="q4"), []
    records = asked(tmp_path, subject, workers=workers, progress=seen.append)
    assert sorted(subject.asked) == [one.question.id for one in QUESTIONS]
    assert {name for name, one in records.items() if one.error} == {"q4"}
    assert records["q4"].error == "RuntimeError: the model is gone"
    assert seen[0] == RunProgress(0, 9, 0)
    assert seen[-1] == RunProgress(9, 9, 1)


def test_what_is_finished_is_not_asked_again_but_errors_are(tmp_path):
    subject = Listener()
    finished = {"q0": record("q0"), "q1": record("q1", error="OSError: gone")}
    asked(tmp_path, subject, finished=finished)
    assert subject.asked == [one.question.id for one in QUESTIONS[1:]]


def test_the_cache_answers_for_the_same_setup_only_and_never_with_an_error(tmp_path):
    cache = RecordCache(tmp_path / "cache", SETUP)
    asked(tmp_path, Listener(broken="q4"), cache=cache)
    again = Listener()
    records = asked(tmp_path, again, cache=cache)
    assert again.asked == ["q4"]
    assert records["q0"] == replace(record("q0"), cached=True)
    for other in (replace(SETUP, model="smollm2"), replace(SETUP, settings={}), replace(SETUP, index="x")):
        anew = Listener()
        asked(tmp_path, anew, cache=RecordCache(tmp_path / "cache", other))
        assert len(anew.asked) == len(QUESTIONS)


def test_the_cache_tells_questions_apart_by_their_words_and_earlier_turns(tmp_path):
    cache = RecordCache(tmp_path / "cache", SETUP)
    cache.put(QUESTIONS[0].question, record("q0"))
    assert cache.get(replace(QUESTIONS[0].question, id="renamed")).question_id == "renamed"
    assert cache.get(replace(QUESTIONS[0].question, history=("before",))) is None
    next((tmp_path / "cache").rglob("*.json")).write_text("{")
    assert cache.get(QUESTIONS[0].question) is None
