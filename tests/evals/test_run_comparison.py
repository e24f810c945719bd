"""Two runs side by side: a planted regression is found, the same system twice is not called different."""

import numpy as np
import pytest

from evals.errors import MeasureError
from evals.report import summary_markdown
from evals.run_comparison import aligned_words, compare_runs, comparison_markdown
from evals.run_folder import Selection
from evals.significance import compare
from tests.evals.run_samples import question, record, written_run

QUESTIONS = tuple(question(number) for number in range(60))
WRONG = "It says something else."


def run_with(folder, wrong):
    return written_run(
        folder,
        QUESTIONS,
        [record(f"q{n}", text=WRONG if n in wrong else record("").answer["answer"]) for n in range(60)],
    )


def test_a_planted_regression_is_found_and_its_questions_are_named(tmp_path):
    a, b = run_with(tmp_path / "a", wrong={1}), run_with(tmp_path / "b", wrong=range(1, 15))
    found = compare_runs(a, b)
    right = next(one for one in found.measures if one.measure == "right")
    assert right.test == "mcnemar"
    assert (right.wins, right.losses) == (0, 13)
    assert right.p_value == pytest.approx(2 * 0.5**13)
    assert right.p_holm < 0.05
    assert right.high < 0
    assert {one.question_id for one in found.changed} == {f"q{n}" for n in range(2, 15)}
    assert "- -" in comparison_markdown(found)


def test_the_same_run_twice_differs_in_nothing(tmp_path):
    a, b = run_with(tmp_path / "a", wrong={1}), run_with(tmp_path / "b", wrong={1})
    found = compare_runs(a, b)
    assert found.differing == {}
    assert found.changed == ()
    assert {one.p_holm for one in found.measures} == {1.0}


def test_the_same_system_twice_is_called_different_at_most_at_the_nominal_rate():
    rng = np.random.default_rng(0)
    trials, alarms = 200, 0
    for _ in range(trials):
        a, b = (dict(enumerate(rng.random(60).tolist())) for _ in range(2))
        (one,) = compare(
            {"F1": {str(k): v for k, v in a.items()}}, {"F1": {str(k): v for k, v in b.items()}}, resamples=1000
        )
        alarms += one.p_value < 0.05
    # 5 % of 200 is 10, with a standard deviation of 3.1: beyond 20 the test would be broken
    assert alarms <= 20
    assert alarms >= 1


def test_questions_that_only_one_run_has_are_listed(tmp_path):
    a = run_with(tmp_path / "a", wrong=())
    b = written_run(tmp_path / "b", QUESTIONS[:50], [record(f"q{n}") for n in range(50)])
    found = compare_runs(a, b)
    assert len(found.only_a) == 10
    assert found.only_b == ()
    assert "Only A has 10 questions: q50" in comparison_markdown(found)


def test_runs_over_different_questions_cannot_be_compared(tmp_path):
    a = run_with(tmp_path / "a", wrong=())
    b = written_run(tmp_path / "b", [question(100)], [record("q100")])
    with pytest.raises(MeasureError, match="no question in common"):
        compare_runs(a, b)


def test_a_part_of_a_set_is_never_compared_silently_with_all_of_it(tmp_path):
    questions = [question(1), question(2), question(3)]
    a = written_run(tmp_path / "a", questions, [record(one.question.id) for one in questions])
    part = Selection(split="test", limit=1, only=("fact",))
    b = written_run(tmp_path / "b", questions[:1], [record("q1")], selection=part)
    found = compare_runs(a, b)
    assert b.header.selection == part
    assert found.differing["questions"] == ("all", "split test, only fact, at most 1 questions")
    assert aligned_words(found) == "aligned on 1 questions; left out: 2 only in A"
    assert "Aligned on 1 questions" in comparison_markdown(found)
    assert "Asked: split test, only fact, at most 1 questions." in summary_markdown(b)
