"""Logistic regression for a handful of features, fitted by Newton's method, and the area under the ROC curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_MOST_STEPS: Final = 100
_SMALL_STEP: Final = 1e-10


@dataclass(frozen=True, slots=True)
class Logistic:
    """A fitted model: `weights` one a feature, and a bias."""

    weights: Floats
    bias: float

    def scores(self, features: Floats) -> Floats:
        """The log odds of each row."""
        scores: Floats = features @ self.weights + self.bias
        return scores


def fit(features: Floats, labels: Flags, penalty: float = 1.0) -> Logistic:
    """The model of the rows and their labels.

    Args:
        features: Shape (n, d).
        labels: Shape (n,).
        penalty: Of the squared weights, halved; the bias is free. Above zero, so that separable rows have a solution.
    """
    rows = np.hstack([features, np.ones((len(features), 1))])
    ridge = np.diag([penalty] * features.shape[1] + [0.0])
    weights = np.zeros(rows.shape[1])
    for _ in range(_MOST_STEPS):
        chances = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (chances - labels) + ridge @ weights
        curvature = rows.T @ (rows * (chances * (1 - chances))[:, None]) + ridge
        step = np.linalg.solve(curvature, slope)
        weights = weights - step
        if np.abs(step).max() < _SMALL_STEP:
            break
    return Logistic(weights[:-1], float(weights[-1]))


def cross_validated(features: Floats, labels: Flags, folds: int, seed: int) -> Floats:
    """The score of each row by a model that was fitted to the other folds; each fold has its share of both labels."""
    generator = np.random.default_rng(seed)
    fold = np.empty(len(labels), dtype=np.int64)
    for label in (False, True):
        rows = np.flatnonzero(labels == label)
        fold[generator.permutation(rows)] = np.arange(len(rows)) % folds
    scores = np.empty(len(labels))
    for held_out in range(folds):
        model = fit(features[fold != held_out], labels[fold != held_out])
        scores[fold == held_out] = model.scores(features[fold == held_out])
    return scores


def area_under_roc(scores: Floats, labels: Flags) -> float:
    """The chance that a positive row scores above a negative one, ties counting half (Mann and Whitney, 1947)."""
    differences = scores[labels][:, None] - scores[~labels][None, :]
    return float((differences > 0).mean() + (differences == 0).mean() / 2)


def interval_of_area(scores: Floats, labels: Flags, samples: int = 2000, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of `area_under_roc`, by a bootstrap that draws positives and negatives on their own."""
    generator = np.random.default_rng(seed)
    positive, negative = scores[labels], scores[~labels]
    areas = []
    for _ in range(samples):
        drawn = generator.choice(positive, len(positive)), generator.choice(negative, len(negative))
        both = np.concatenate(drawn)
        areas.append(area_under_roc(both, np.arange(len(both)) < len(positive)))
    low, high = np.percentile(areas, [2.5, 97.5]).tolist()
    return low, high
