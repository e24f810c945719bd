"""The refusal rule is fitted as its docstring says."""

import numpy as np
import pytest

from agent.refusal import SupportFeatures
from evals.fit_refusal import NEAR_MISSES, Example, curve, fit_threshold, held_out, rates
from evals.set_readers import read_set


def example(number, value, *, answerable, left_out=False):
    return Example(f"q{number}", SupportFeatures(value, 1.0, *[0.5] * 5), answerable, left_out)


@pytest.fixture
def examples():
    generator = np.random.default_rng(0)
    good = [example(n, v, answerable=True) for n, v in enumerate(generator.normal(0.7, 0.1, 40))]
    bad = [example(n + 40, v, answerable=False) for n, v in enumerate(generator.normal(0.3, 0.1, 20))]
    near = [example(n, 0.5, answerable=False, left_out=True) for n in range(40)]
    return [*good, *bad, *near]


def test_the_threshold_refuses_the_share_that_was_asked_for(examples):
    rule = fit_threshold(examples, 0.1)
    refused = [rule.refuses(one.features) for one in examples if one.answerable]
    assert np.mean(refused) == pytest.approx(0.1, abs=0.03)
    assert rule.weights["cosine"] > 0
    assert "known" not in rule.weights


def test_chances_of_held_out_questions_still_tell(examples):
    chances = held_out(examples)
    answerable = np.array([one.answerable for one in examples])
    real = np.array([not one.left_out for one in examples])
    assert chances[answerable].mean() > chances[~answerable & real].mean() + 0.2
    assert "100.0% at 5%" in curve(examples, chances)


def test_questions_without_their_passages_are_no_part_of_the_rates(examples):
    assert "of 40 answerable" in rates(fit_threshold(examples), examples)
    assert "of 20 unanswerable" in rates(fit_threshold(examples), examples)


def test_near_misses_are_unanswerable_and_in_no_set():
    near = read_set(NEAR_MISSES).questions
    assert len(near) > 50
    assert not any(question.answerable for question in near)
    assert not {question.text for question in near} & {question.text for question in read_set("ml_notes").questions}


def test_rates_name_only_what_there_is(examples):
    rule = fit_threshold(examples)
    assert "of 20 unanswerable" in rates(rule, [one for one in examples if not one.answerable])
    assert " answerable" not in rates(rule, [one for one in examples if not one.answerable])
