"""Whether a difference between two runs over the same questions is more than chance.

`a` and `b` hold the values of one measure, aligned by question; every difference is `b - a`. All randomness comes from
the seed that is given, so the same runs always compare alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from evals.errors import MeasureError

RESAMPLES = 10_000
"""Draws of the randomisation test and the bootstrap: a p-value near 0.05 is then known to within ±0.004."""
SEED = 2007
"""Any fixed number does; it is fixed so that a report can be repeated."""
LEVEL = 0.95
POWER = 0.80
"""The customary chance of finding an effect that is there (Cohen 1988)."""
TIE = 1e-9
"""Values closer than this are ties: far below one question's share in any measure, far above rounding."""
_BLOCK = 2_000_000
"""Random numbers drawn at once: 16 MB as float64, however many questions there are."""

Values = Sequence[float] | npt.NDArray[np.float64]
_Array = npt.NDArray[np.float64]


def paired_randomisation(a: Values, b: Values, *, resamples: int = RESAMPLES, seed: int = SEED) -> float:
    """Two-sided p-value of the mean difference when the two runs may swap places in every question.

    Fisher's test as Smucker et al. 2007 (doi:10.1145/1321440.1321528) recommend it. Questions without a difference
    change no sum and are left out; when all sign patterns of the others number at most `resamples`, they are counted
    exactly, else `(1 + at least as extreme) / (1 + resamples)` (Phipson & Smyth 2010, doi:10.2202/1544-6115.1585).
    1 when nothing differs.
    """
    differences = _differences(a, b)
    differences = differences[np.abs(differences) > TIE]
    if not len(differences):
        return 1.0
    threshold = abs(differences.sum()) - TIE * np.abs(differences).sum()
    if 2 ** len(differences) <= resamples:
        return float(np.mean(np.abs(_all_signed_sums(differences)) >= threshold))
    blocks = _random_signed_sums(differences, resamples, np.random.default_rng(seed))
    extreme = sum(int(np.count_nonzero(np.abs(sums) >= threshold)) for sums in blocks)
    return (1 + extreme) / (1 + resamples)


def bootstrap_interval(
    a: Values, b: Values, *, resamples: int = RESAMPLES, seed: int = SEED, level: float = LEVEL
) -> tuple[float, float]:
    """The percentile interval of the mean difference over questions drawn with replacement.

    Efron & Tibshirani 1993, chapter 13. A single question gives an interval without width.
    """
    differences = _differences(a, b)
    rng, n = np.random.default_rng(seed), len(differences)
    means = [differences.take(rng.integers(0, n, size=(rows, n))).mean(axis=1) for rows in _block_rows(resamples, n)]
    low, high = np.quantile(np.concatenate(means), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def mcnemar_exact(a: Values, b: Values) -> float:
    """Two-sided exact p-value for yes/no values: how likely the split of the questions that changed is by a fair coin.

    `min(1, 2 · P[Binomial(changed, ½) ≤ the smaller side])`; 1 when nothing changed.
    McNemar 1947, doi:10.1007/BF02295996.

    Raises:
        MeasureError: A value is neither 0 nor 1.
    """
    if not (_is_yes_no(a) and _is_yes_no(b)):
        raise MeasureError("McNemar's test needs values that are 0 or 1; use the randomisation test for others")
    wins, _, losses = wins_ties_losses(a, b)
    changed = wins + losses
    term = tail = 1  # binomial coefficients of `changed`, each from the one before
    for k in range(min(wins, losses)):
        term = term * (changed - k) // (k + 1)
        tail += term
    p_value: float = 2 * tail / 2**changed
    return min(1.0, p_value)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """The p-values adjusted for being several: rejecting those below α keeps the family's error below α.

    The smallest of m is multiplied by m, the next by m - 1, and so on, never falling, at most 1.
    Holm 1979, https://www.jstor.org/stable/4615733.
    """
    adjusted: dict[str, float] = {}
    floor = 0.0
    for rank, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        floor = max(floor, min(1.0, p_values[name] * (len(p_values) - rank)))
        adjusted[name] = floor
    return {name: adjusted[name] for name in p_values}


def wins_ties_losses(a: Values, b: Values) -> tuple[int, int, int]:
    """In how many questions `b` is above, level with, and below `a`."""
    differences = _differences(a, b)
    wins, losses = int((differences > TIE).sum()), int((differences < -TIE).sum())
    return wins, len(differences) - wins - losses, losses


def detectable_effect(a: Values, b: Values, *, power: float = POWER, level: float = LEVEL) -> float | None:
    """The smallest true mean difference that a two-sided paired test of this many questions finds with `power`.

    `(t(1 - α/2) + t(power)) · s / √n` with n - 1 degrees of freedom and s the observed deviation of the differences;
    see Card et al. 2020, doi:10.18653/v1/2020.emnlp-main.745. None when the runs never differ by different amounts:
    then s says nothing.
    """
    from scipy.special import stdtrit

    differences = _differences(a, b)
    n = len(differences)
    if n < 2 or np.ptp(differences) <= TIE:
        return None
    quantiles = stdtrit(n - 1, (1 + level) / 2) + stdtrit(n - 1, power)
    return float(quantiles * differences.std(ddof=1) / math.sqrt(n))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure of two runs over the questions that both have.

    Attributes:
        n: Questions compared.
        low: Lower end of the bootstrap interval of the mean difference.
        high: Its upper end.
        test: What gave the p-value: McNemar's test where all values are 0 or 1.
        p_holm: The p-value adjusted over all measures that were compared together.
        detectable: The smallest mean difference that these questions could show, None when unknown.
    """

    measure: str
    n: int
    mean_a: float
    mean_b: float
    low: float
    high: float
    test: Literal["randomisation", "mcnemar"]
    p_value: float
    p_holm: float
    wins: int
    ties: int
    losses: int
    detectable: float | None

    @property
    def difference(self) -> float:
        """Mean of `b - a`: above 0, b is better."""
        return self.mean_b - self.mean_a


Scores = Mapping[str, Mapping[str, float]]
"""Measure name → question id → value; a question that a measure does not apply to is absent."""


def compare(a: Scores, b: Scores, *, resamples: int = RESAMPLES, seed: int = SEED) -> tuple[Comparison, ...]:
    """One comparison for each measure that both runs have, in the order of `a`, with Holm's adjustment over all.

    Questions are aligned by id; those that only one run has are left out (`unmatched` lists them), and so is a
    measure without a common question.
    """
    common = {name: sorted(a[name].keys() & b[name].keys()) for name in a if name in b}
    compared = [
        _compare_one(name, [a[name][q] for q in ids], [b[name][q] for q in ids], resamples=resamples, seed=seed)
        for name, ids in common.items()
        if ids
    ]
    adjusted = holm({one.measure: one.p_value for one in compared})
    return tuple(replace(one, p_holm=adjusted[one.measure]) for one in compared)


def unmatched(a: Scores, b: Scores) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of the questions that only `a` has in any measure, and of those that only `b` has, sorted."""
    in_a, in_b = ({question for values in scores.values() for question in values} for scores in (a, b))
    return tuple(sorted(in_a - in_b)), tuple(sorted(in_b - in_a))


def _compare_one(measure: str, a: Values, b: Values, *, resamples: int, seed: int) -> Comparison:
    yes_no = _is_yes_no(a) and _is_yes_no(b)
    low, high = bootstrap_interval(a, b, resamples=resamples, seed=seed)
    p_value = mcnemar_exact(a, b) if yes_no else paired_randomisation(a, b, resamples=resamples, seed=seed)
    wins, ties, losses = wins_ties_losses(a, b)
    return Comparison(
        measure=measure,
        n=len(a),
        mean_a=float(np.mean(a)),
        mean_b=float(np.mean(b)),
        low=low,
        high=high,
        test="mcnemar" if yes_no else "randomisation",
        p_value=p_value,
        p_holm=p_value,
        wins=wins,
        ties=ties,
        losses=losses,
        detectable=detectable_effect(a, b),
    )


def _differences(a: Values, b: Values) -> _Array:
    left, right = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if left.shape != right.shape or left.ndim != 1 or not len(left):
        raise MeasureError(f"paired values must be two equally long lists, not {left.shape} and {right.shape}")
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise MeasureError("paired values must be finite; leave out the questions that a measure does not apply to")
    differences: _Array = right - left
    return differences


def _is_yes_no(values: Values) -> bool:
    return bool(np.isin(np.asarray(values, np.float64), (0.0, 1.0)).all())


def _all_signed_sums(differences: _Array) -> _Array:
    """The sum under each of the 2^n sign patterns."""
    sums = np.zeros(1)
    for difference in differences:
        sums = np.concatenate([sums + difference, sums - difference])
    return sums


def _random_signed_sums(differences: _Array, resamples: int, rng: np.random.Generator) -> Iterator[_Array]:
    """Sums under random sign patterns, in blocks: all of it minus twice what flips."""
    n = len(differences)
    for rows in _block_rows(resamples, n):
        drawn = rng.integers(0, 256, size=(rows, -(-n // 8)), dtype=np.uint8)
        flips = np.unpackbits(drawn, axis=1, count=n)
        yield differences.sum() - 2.0 * (flips @ differences)


def _block_rows(resamples: int, n: int) -> Iterator[int]:
    """How many draws of n numbers each block takes, `resamples` in all."""
    rows = max(1, _BLOCK // n)
    while resamples > 0:
        yield min(rows, resamples)
        resamples -= rows
