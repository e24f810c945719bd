"""Fits the rule that decides when to refuse: `python -m evals.fit_refusal --index DIR [--set ml_notes] [--write]`.

A logistic model with a small L2 penalty over `agent.refusal.SupportFeatures`, on the dev split; answerable and
unanswerable questions weigh alike. The threshold is the one at which a chosen share of the answerable dev questions
would be refused. What it does on the test split is printed beside it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from agent import Assistant, Settings
from agent.evidence import Ledger
from agent.followups import search_text
from agent.refusal import RULE_FILE, RefusalRule, SupportFeatures
from evals.question_sets import Question
from evals.set_readers import read_set

PENALTY = 0.0005
"""Of the squared weights; enough to keep them finite when a feature separates the classes."""
FALSE_REFUSALS = 0.06
"""Share of the answerable dev questions that the threshold may refuse. A false refusal sends a reader to their notes; a
false answer shows sentences that do not answer, each with its source: both are visible, neither is worth ten others."""


def features_of(assistant: Assistant, question: Question) -> SupportFeatures:
    """The features of a question, as the assistant sees them."""
    index = assistant.index
    query = index.corrected(search_text(question.text, question.history))
    evidence = Ledger().enter_hits(index.search(query, assistant.settings.passages))
    _, scored = assistant.extract(query, evidence)
    return assistant.features(query, evidence, scored)


def fit(features: Sequence[SupportFeatures], answerable: NDArray[np.bool_], false_refusals: float) -> RefusalRule:
    """The rule fitted to n features and (n,) whether the notes answer."""
    from scipy.optimize import minimize

    names = list(asdict(features[0]))
    rows = np.array([list(asdict(one).values()) for one in features])
    importance = np.where(answerable, 0.5 / answerable.sum(), 0.5 / (~answerable).sum())

    def loss(weights: NDArray[np.float64]) -> float:
        margins = np.where(answerable, 1, -1) * (rows @ weights[:-1] + weights[-1])
        return float((importance * np.logaddexp(0, -margins)).sum() + PENALTY * (weights[:-1] ** 2).sum())

    found = minimize(loss, np.zeros(len(names) + 1), method="L-BFGS-B").x
    weights = {name: round(float(weight), 3) for name, weight in zip(names, found[:-1], strict=True)}
    rule = RefusalRule(weights, round(float(found[-1]), 3), 0.0)
    probabilities = [
        rule.probability(one) for one, is_answerable in zip(features, answerable, strict=True) if is_answerable
    ]
    return RefusalRule(rule.weights, rule.bias, round(float(np.quantile(probabilities, false_refusals)), 4))


def rates(rule: RefusalRule, features: Sequence[SupportFeatures], answerable: NDArray[np.bool_]) -> tuple[float, float]:
    """Share of the answerable questions that the rule refuses, and share of the unanswerable ones."""
    refused = np.array([rule.refuses(one) for one in features])
    return float(refused[answerable].mean()), float(refused[~answerable].mean())


def main() -> None:
    """Print the fitted rule and its rates; with `--write`, keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", required=True, help="an index of the notes that the set asks about")
    parser.add_argument("--set", default="ml_notes")
    parser.add_argument("--write", action="store_true", help=f"replace {RULE_FILE.name}")
    options = parser.parse_args()
    questions = read_set(options.set).questions
    with Assistant.open(options.index, "extractive", Settings.from_environment()) as assistant:
        features = [features_of(assistant, question) for question in questions]
    answerable = np.array([question.answerable for question in questions])
    dev = np.array([question.split == "dev" for question in questions])
    rule = fit([f for f, d in zip(features, dev, strict=True) if d], answerable[dev], FALSE_REFUSALS)
    for split, chosen in (("dev", dev), ("test", ~dev)):
        wrongly, rightly = rates(rule, [f for f, c in zip(features, chosen, strict=True) if c], answerable[chosen])
        print(f"{split}: refused {wrongly:.1%} of the answerable, {rightly:.1%} of the unanswerable questions")
    print(json.dumps(asdict(rule), indent=2))
    if options.write:
        RULE_FILE.write_text(json.dumps(asdict(rule), indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
