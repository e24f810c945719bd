"""What records are worth, by hand."""

import pytest

from evals.scoring import costs_of, first_relevant_rank, scores_of
from evals.summary import NOT_FOUND, summarise
from tests.evals.run_samples import question, record, written_run

ASKED, SILENT = question(1), question(2, answerable=False)


def scored(judged, one):
    return {name: values[judged.question.id] for name, values in scores_of([judged], {one.question_id: one}).items()}


def test_a_right_answer_from_the_right_place():
    scores = scored(ASKED, record("q1"))
    assert {scores[name] for name in ("right", "answered", "nDCG@10", "MRR@10", "MAP@100", "recall@5")} == {1.0}
    assert scores["citation precision"] == scores["citation recall"] == 1.0
    assert scores["F1"] == pytest.approx(2 * 1 / (5 + 1))  # one of five words is the one of the reference
    assert [scores[f"grounded {level}"] for level in ("L0", "L1", "L2")] == [1.0, 1.0, 1.0]


def test_an_error_counts_as_wrong_in_everything_that_its_question_counts_in():
    right, failed = scored(ASKED, record("q1")), scored(ASKED, record("q1", error="OSError: gone"))
    assert failed == dict.fromkeys(right, 0.0)
    assert scored(SILENT, record("q2", error="OSError: gone")) == {"refused": 0.0, "right": 0.0}


def test_refusals_are_right_only_where_the_notes_are_silent():
    assert scored(SILENT, record("q2", refused=True)) == {"refused": 1.0, "right": 1.0}
    refused = scored(ASKED, record("q1", refused=True))
    assert (refused["answered"], refused["right"], refused["F1"], refused["citation recall"]) == (0, 0, 0, 0)
    assert "grounded L0" not in refused


def test_a_level_that_was_not_reached_is_not_passed():
    scores = scored(ASKED, record("q1", levels={"L0": "the sentence cites nothing"}))
    assert scores["grounded L0"] == 0


def test_a_passage_that_was_not_found():
    scores = scored(ASKED, record("q1", found=False))
    assert scores["nDCG@10"] == scores["recall@20"] == 0
    assert first_relevant_rank(ASKED.question, record("q1", found=False)) is None


@pytest.mark.parametrize(("confidence", "sure"), [(0.9, True), (0.2, False), (None, False)])
def test_an_answer_counts_as_sure_where_its_reader_is_not_warned(confidence, sure):
    given = record("q1")
    given.answer["confidence"] = confidence
    assert ("right when sure" in scored(ASKED, given)) is sure
    wrong = record("q1", text="Nothing of the kind.")
    wrong.answer["confidence"] = 0.9
    assert scored(ASKED, wrong)["right when sure"] == 0.0


def test_costs_leave_errors_out():
    assert costs_of([record("q1"), record("q2", error="x")]) == {
        "seconds": [0.2],
        "first words": [0.1],
        "tokens": [7.0],
        "steps": [1.0],
        "tool errors": [0.0],
    }


def test_a_summary_counts_what_became_of_every_question(tmp_path):
    questions = [ASKED, SILENT, question(3), question(4)]
    records = [record("q1"), record("q2", refused=True), record("q3", error="x")]
    summary = summarise(written_run(tmp_path, questions, records))
    assert (summary.questions, summary.errors, summary.unfinished) == (4, 1, 1)
    means = {one.measure: (one.n, one.mean) for one in summary.means}
    assert means["right"] == (3, pytest.approx(2 / 3))
    assert summary.ranks["1"] == 1
    assert summary.ranks[NOT_FOUND] == 1
    assert (summary.refusals.precision, summary.refusals.recall, summary.refusals.false_refusal_rate) == (1, 1, 0)
    assert {one.kind: one.n for one in summary.slices} == {"fact": 2, "unanswerable": 1}
