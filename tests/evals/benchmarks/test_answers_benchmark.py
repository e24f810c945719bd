"""The benchmark of answers counts what it says it counts, on a note and three questions of known outcome."""

import pytest

from agent import Assistant, Settings
from corpus import Note
from evals.benchmarks.answers import ask, table
from evals.question_sets import Question
from retrieval import Index
from tests.fakes import HashingEncoder

TEXT = (
    "# Dropout\n\nDropout was proposed by Hinton. Its usual rate is 0.5 for dense layers."
    " The usual rate is 0.1 for other layers. Bananas are yellow."
)
QUESTIONS = (
    Question("right", "Which rate is usual for dropout in dense layers?", "fact", patterns=(r"0\.5",)),
    Question("wrong", "Who proposed dropout?", "fact", patterns=("Srivastava",)),
    Question("unknown", "zzz qqq xxx?", "unanswerable", answerable=False),
)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    index = Index.create(tmp_path_factory.mktemp("answers") / "index", HashingEncoder())
    index.update([Note("dropout.md", "Dropout", TEXT, "dropout.md", "markdown")])
    with Assistant.open(index, "extractive", Settings.from_environment({})) as assistant:
        return [ask(assistant, question) for question in QUESTIONS]


def test_each_question_is_asked_twice_and_every_quote_is_verbatim(asked):
    for one in asked:
        assert min(one.seconds) > 0
        assert one.verbatim == len(one.answer.citations)
    assert [one.answer.refused for one in asked] == [False, False, True]


def test_shorter_answers_have_fewer_sentences(asked):
    assert [len(one.shorter) for one in asked] == [2, 2, 0]
    assert len(asked[0].shorter[0]) < len(asked[0].shorter[1])
    assert asked[0].shorter[0].endswith("0.5 for dense layers.")


def test_the_table_counts_right_answers_and_refusals(asked):
    lines = table(asked)
    assert lines[0] == "right with at most 1 sentences: 50.0% of 2"
    assert "refused, of the unanswerable: 100.0% of 1" in lines
    assert "refused, of the answerable: 0.0% of 2" in lines
    assert "refusals that are right: 1 of 1" in lines
    quotes = sum(len(one.answer.citations) for one in asked)
    assert f"verbatim quotes: {quotes} of {quotes}" in lines


def test_a_refusal_is_a_wrong_answer(asked):
    refused = asked[2]
    as_answerable = type(refused)(QUESTIONS[0], refused.answer, refused.seconds, refused.shorter, refused.verbatim)
    assert table([as_answerable])[0] == "right with at most 1 sentences: 0.0% of 1"
