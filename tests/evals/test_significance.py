"""Tests of differences: exact values by counting, rates by seeded simulation."""

from itertools import product
from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.errors import MeasureError
from evals.significance import (
    bootstrap_interval,
    compare,
    detectable_effect,
    holm,
    mcnemar_exact,
    paired_randomisation,
    unmatched,
    wins_ties_losses,
)

FEW = 1_000
"""Resamples in simulations: enough for a rejection rate, fast enough for hundreds of runs."""


def test_randomisation_counts_every_sign_pattern_of_few_questions():
    # Differences 3, 1, 1: of 8 sign patterns, +++ and --- reach |5|.
    assert paired_randomisation([0, 0, 0], [3, 1, 1]) == 2 / 8
    # Differences 2, 1, -1: |sum| = 2 is reached unless 2 and both ones cancel: +-- and -++.
    assert paired_randomisation([0, 0, 1], [2, 1, 0]) == 6 / 8


def test_questions_without_a_difference_do_not_change_the_p_value():
    assert paired_randomisation([0, 0, 0] + [0.3] * 500, [3, 1, 1] + [0.3] * 500) == 2 / 8
    assert paired_randomisation([0.1, 0.2], [0.1, 0.2]) == 1


small = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=9)


@given(small)
def test_the_exact_p_value_is_that_of_brute_force(pairs):
    a, b = zip(*pairs, strict=True)
    differences = [y - x for x, y in pairs]
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True))) for signs in product((1, -1), repeat=len(a))
    ]
    expected = sum(total >= abs(sum(differences)) for total in sums) / len(sums)
    assert paired_randomisation(a, b) == pytest.approx(expected)


def test_sampled_and_exact_p_values_agree():
    rng = np.random.default_rng(3)
    a, b = rng.random(13), rng.random(13) + 0.1
    exact = paired_randomisation(a, b, resamples=2**13)
    sampled = paired_randomisation(a, b, resamples=2**13 - 1)
    assert sampled != exact
    assert sampled == pytest.approx(exact, abs=4 * sqrt(exact * (1 - exact) / 2**13))


@pytest.mark.parametrize(
    ("wins", "losses", "expected"),
    [
        (0, 0, 1),
        (1, 0, 1),
        (6, 0, 2 / 2**6),
        (1, 7, 2 * (1 + 8) / 2**8),
        (10, 3, 2 * (1 + 13 + comb(13, 2) + comb(13, 3)) / 2**13),
        (5, 5, 1),
    ],
)
def test_mcnemar_is_a_binomial_tail_over_the_questions_that_changed(wins, losses, expected):
    a = [0] * wins + [1] * losses + [1, 1, 0]
    b = [1] * wins + [0] * losses + [1, 1, 0]
    assert mcnemar_exact(a, b) == pytest.approx(expected)
    assert mcnemar_exact(b, a) == mcnemar_exact(a, b)
    assert paired_randomisation(a, b, resamples=2**13) == pytest.approx(expected)  # both flip a coin a changed question


def test_mcnemar_does_not_overflow_with_thousands_of_changes():
    assert mcnemar_exact([0] * 3000, [1] * 3000) == 0  # 2 / 2**3000 is below the smallest float
    assert mcnemar_exact([0] * 2000 + [1] * 2000, [1] * 2000 + [0] * 2000) == 1


def test_mcnemar_refuses_graded_values():
    with pytest.raises(MeasureError, match="0 or 1"):
        mcnemar_exact([0, 0.5], [1, 1])


@pytest.mark.parametrize(
    ("p_values", "expected"),
    [
        ({"a": 0.01, "b": 0.04, "c": 0.03}, {"a": 3 * 0.01, "b": 2 * 0.03, "c": 2 * 0.03}),
        ({"a": 0.2, "b": 0.6}, {"a": 2 * 0.2, "b": 0.6}),
        ({"a": 0.6, "b": 0.7}, {"a": 1, "b": 1}),
        ({}, {}),
    ],
)
def test_holm_multiplies_by_what_is_left_and_never_falls(p_values, expected):
    assert holm(p_values) == pytest.approx(expected)
    assert list(holm(p_values)) == list(p_values)


def test_wins_ties_and_losses_are_those_of_b():
    assert wins_ties_losses([0, 0.5, 1, 0.1 + 0.2], [1, 0.5, 0.5, 0.3]) == (1, 2, 1)


def test_an_interval_without_spread_is_the_difference():
    assert bootstrap_interval([0.25] * 9, [0.5] * 9) == (0.25, 0.25)
    assert bootstrap_interval([0.25], [0.5]) == (0.25, 0.25)


def test_the_same_seed_gives_the_same_numbers_and_another_one_others():
    rng = np.random.default_rng(0)
    a, b = rng.random(50), rng.random(50)
    assert bootstrap_interval(a, b, seed=1) == bootstrap_interval(a, b, seed=1) != bootstrap_interval(a, b, seed=2)
    assert paired_randomisation(a, b, seed=1) == paired_randomisation(a, b, seed=1)


def test_more_questions_than_fit_in_one_block_lose_no_resample():
    n = 700  # 10,000 × 700 random numbers are four blocks
    rng = np.random.default_rng(0)
    a, b = np.zeros(n), rng.normal(1, 0.5, n)
    assert paired_randomisation(a, b) == 1 / (1 + 10_000)
    assert paired_randomisation(a, np.tile([0.5, -0.5], n // 2)) == 1  # every resample is as extreme as no difference
    error = b.std(ddof=1) / sqrt(n)
    expected = (b.mean() - 1.96 * error, b.mean() + 1.96 * error)
    assert bootstrap_interval(a, b) == pytest.approx(expected, abs=0.1 * error)


@pytest.mark.parametrize("function", [paired_randomisation, bootstrap_interval, wins_ties_losses, detectable_effect])
@pytest.mark.parametrize(("a", "b"), [([1], [1, 2]), ([], []), ([float("nan")], [1.0]), ([[1.0]], [[1.0]])])
def test_values_that_do_not_pair_are_refused(function, a, b):
    with pytest.raises(MeasureError, match="paired values"):
        function(a, b)


def two_runs(rng, n, *, effect=0.0):
    """Two noisy runs over questions of different difficulty, `b` better by `effect` in the mean."""
    difficulty = rng.normal(0.5, 0.2, n)
    return difficulty + rng.normal(0, 0.1, n), difficulty + rng.normal(effect, 0.1, n)


def rejection_rate(effect, *, n, trials, seed):
    rng = np.random.default_rng(seed)
    p_values = [paired_randomisation(*two_runs(rng, n, effect=effect), resamples=FEW, seed=t) for t in range(trials)]
    return np.mean(np.array(p_values) < 0.05)


def within_chance(rate, trials, *, deviations=3.5):
    """How far an observed share may lie from `rate` by chance."""
    return pytest.approx(rate, abs=deviations * sqrt(rate * (1 - rate) / trials))


def test_runs_that_differ_by_chance_are_called_different_at_the_nominal_rate():
    assert rejection_rate(0.0, n=60, trials=800, seed=1) == within_chance(0.05, 800)


def test_the_detectable_effect_is_found_with_the_power_that_it_promises():
    n, deviation = 60, 0.1 * sqrt(2)
    t_975, t_80 = 2.0010, 0.8477  # Student's quantiles with 59 degrees of freedom
    effect = (t_975 + t_80) * deviation / sqrt(n)
    assert rejection_rate(effect, n=n, trials=600, seed=2) == within_chance(0.80, 600)


def test_the_detectable_effect_is_its_formula():
    differences = np.array([0.0, 0.1, -0.1, 0.3, 0.2])
    t_975, t_80 = 2.776445, 0.940965  # with 4 degrees of freedom
    expected = (t_975 + t_80) * differences.std(ddof=1) / sqrt(5)
    assert detectable_effect([0] * 5, differences) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("a", "b"), [([0.5], [1.0]), ([0.5, 0.7], [0.5, 0.7]), ([0, 0], [1, 1])])
def test_the_detectable_effect_is_unknown_without_spread(a, b):
    assert detectable_effect(a, b) is None


def test_intervals_cover_the_true_difference_at_the_nominal_rate():
    rng, trials, effect = np.random.default_rng(4), 600, 0.03
    intervals = [bootstrap_interval(*two_runs(rng, 80, effect=effect), resamples=FEW, seed=t) for t in range(trials)]
    covered = np.mean([low <= effect <= high for low, high in intervals])
    assert covered == within_chance(0.95, trials)


def yes_no_run(rng, questions, right):
    return {f"q{number}": float(rng.random() < right) for number in range(questions)}


def test_a_planted_regression_is_found_and_the_untouched_measure_stays_quiet():
    rng = np.random.default_rng(5)
    a, b = two_runs(rng, 200, effect=-0.05)
    right = yes_no_run(rng, 200, 0.8)
    broken = {question: 0.0 if number % 6 == 0 else value for number, (question, value) in enumerate(right.items())}
    latency = dict(zip(right, rng.random(200).tolist(), strict=True))
    before = {"nDCG@10": dict(zip(right, a.tolist(), strict=True)), "accuracy": right, "share": latency}
    after = {"nDCG@10": dict(zip(right, b.tolist(), strict=True)), "accuracy": broken, "share": latency}
    ndcg, accuracy, share = compare(before, after)
    assert (ndcg.test, accuracy.test) == ("randomisation", "mcnemar")
    for one in (ndcg, accuracy):
        assert one.difference < 0
        assert one.high < 0
        assert one.p_holm < 0.05
    assert (share.p_value, share.p_holm, share.ties, share.difference) == (1, 1, 200, 0)
    assert (share.low, share.high, share.detectable) == (0, 0, None)
    assert accuracy.wins == 0
    assert accuracy.losses == sum(value > 0 for number, value in enumerate(right.values()) if number % 6 == 0)


def test_yes_no_measures_stay_within_the_nominal_rate_by_chance():
    rng, trials = np.random.default_rng(6), 400
    p_values = [mcnemar_exact(*(list(yes_no_run(rng, 100, 0.7).values()) for _ in range(2))) for _ in range(trials)]
    rate = np.mean(np.array(p_values) < 0.05)
    assert 0 < rate < 0.05 + 3 * sqrt(0.05 * 0.95 / trials)  # an exact test of counts is below the nominal rate


def test_questions_are_aligned_by_id_and_the_others_are_listed():
    a = {"f1": {"q2": 0.5, "q1": 0.0, "old": 1.0}, "only a": {"q1": 1.0}, "apart": {"q1": 1.0}}
    b = {"f1": {"q1": 1.0, "q2": 0.5, "new": 0.0}, "only b": {"q1": 1.0}, "apart": {"q2": 1.0}}
    (one,) = compare(a, b)
    assert (one.measure, one.n, one.mean_a, one.mean_b) == ("f1", 2, (0.5 + 0) / 2, (0.5 + 1) / 2)
    assert (one.wins, one.ties, one.losses) == (1, 1, 0)
    assert unmatched(a, b) == (("old",), ("new",))


def test_holm_runs_over_the_measures_that_are_compared_together():
    zeros, ones = dict.fromkeys("abcdefgh", 0.0), dict.fromkeys("abcdefgh", 1.0)
    alone = compare({"x": zeros}, {"x": ones})[0]
    together = compare({"x": zeros, "y": zeros}, {"x": ones, "y": zeros})[0]
    assert alone.p_holm == alone.p_value == 2 / 2**8
    assert together.p_holm == 2 * 2 / 2**8
