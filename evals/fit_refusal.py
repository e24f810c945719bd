"""Fits the rule that decides when to refuse: `python -m evals.fit_refusal --index DIR [--set ml_notes] [--write]`.

A logistic model with a small L2 penalty over `agent.refusal.SupportFeatures`, on the dev split; answerable and
unanswerable questions weigh alike. There are few unanswerable questions in the set. So those of `near_misses.jsonl` are
added, most of which ask for something that the shipped notes leave out of what they do write about; and each answerable
question is asked a second time without the passages that answer it, which counts less, since other passages may answer
it too. The threshold is the one at which a chosen share of the answerable dev questions would be refused, by models
fitted to the questions about other notes. Printed is the trade-off on dev, by the same models, and on test.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent import Assistant, Settings
from agent.evidence import Evidence, Ledger
from agent.refusal import RULE_FILE, RefusalRule, SupportFeatures
from evals.question_sets import Question
from evals.set_readers import read_set

Floats = NDArray[np.float64]

PENALTY: Final = 0.001
"""Of the squared weights; enough to keep them finite when a feature separates the classes."""
FALSE_REFUSALS: Final = 0.04
"""Share of the answerable dev questions that the threshold may refuse; of unseen ones it refuses a little more."""
NEAR_MISSES: Final = Path(__file__).with_name("near_misses.jsonl")
"""Unanswerable questions about the shipped notes, for fitting only."""
LEFT_OUT_WEIGHT: Final = 0.3
"""What a question without its passages counts, of an unanswerable one."""
NO_WEIGHT: Final = ("known",)
"""Features that the rule uses otherwise."""
NAMED: Final = {True: "answerable", False: "unanswerable"}
FOLDS: Final = 10
CURVE: Final = (0.02, 0.03, 0.05, 0.08, 0.10, 0.15)
"""Shares of refused answerable questions at which the trade-off is printed."""
_SPARE: Final = 6
"""Passages that are searched for beyond those of the settings, to take the place of those that are left out."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question as the rule sees it; `left_out` when its passages were taken away; `note` is what it is about."""

    id: str
    features: SupportFeatures
    answerable: bool
    left_out: bool = False
    note: str = ""


def examples_of(assistant: Assistant, question: Question, *, leave_out: bool) -> list[Example]:
    """The question and, where asked for and possible, the same question without the passages that answer it."""
    index = assistant.index
    query = assistant.understood(question.text, question.history)
    found = Ledger().enter_hits(index.search(query, assistant.settings.passages + _SPARE))
    about = [*(place.note_id for place in question.places), *(passage.note_id for passage in found)]
    note = next(iter(about), question.id)
    made = [Example(question.id, _features(assistant, query, found), question.answerable, note=note)]
    if leave_out and question.answerable:
        rest = [passage for passage in found if not _answers(passage, question)]
        made.append(Example(question.id, _features(assistant, query, rest), answerable=False, left_out=True, note=note))
    return made


def _features(assistant: Assistant, query: str, found: Sequence[Evidence]) -> SupportFeatures:
    evidence = found[: assistant.settings.passages]
    return assistant.features(query, evidence, assistant.extract(query, evidence)[1])


def _answers(passage: Evidence, question: Question) -> bool:
    return any(
        place.note_id == passage.note_id
        and (place.end is None or (passage.start < place.end and place.start < passage.end))
        for place in question.places
    )


def fit(examples: Sequence[Example]) -> RefusalRule:
    """The rule fitted to the examples, which refuses what is more likely unanswerable."""
    from scipy.optimize import minimize

    names = [name for name in asdict(examples[0].features) if name not in NO_WEIGHT]
    rows = np.array([[asdict(one.features)[name] for name in names] for one in examples])
    answerable = np.array([one.answerable for one in examples])
    counts = np.array([LEFT_OUT_WEIGHT if one.left_out else 1.0 for one in examples])
    importance = 0.5 * counts / np.where(answerable, counts[answerable].sum(), counts[~answerable].sum())

    def loss(weights: Floats) -> float:
        margins = np.where(answerable, 1, -1) * (rows @ weights[:-1] + weights[-1])
        return float((importance * np.logaddexp(0, -margins)).sum() + PENALTY * (weights[:-1] ** 2).sum())

    found = minimize(loss, np.zeros(len(names) + 1), method="L-BFGS-B").x
    weights = {name: round(float(weight), 3) for name, weight in zip(names, found[:-1], strict=True)}
    return RefusalRule(weights, round(float(found[-1]), 3), 0.5)


def fit_threshold(examples: Sequence[Example], false_refusals: float = FALSE_REFUSALS) -> RefusalRule:
    """The fitted rule with the threshold that refuses that share of the answerable ones when they are held out."""
    chances = held_out(examples)
    answerable = np.array([one.answerable for one in examples])
    return replace(fit(examples), threshold=round(float(np.quantile(chances[answerable], false_refusals)), 4))


def held_out(examples: Sequence[Example]) -> Floats:
    """The chance of each example by a rule that was fitted without the questions about its note."""
    ids = sorted({one.note or one.id for one in examples})
    order = np.random.default_rng(0).permutation(len(ids)).tolist()
    fold = {question: place % FOLDS for question, place in zip(ids, order, strict=True)}
    chances = np.zeros(len(examples))
    for number in range(FOLDS):
        rule = fit([one for one in examples if fold[one.note or one.id] != number])
        for at, one in enumerate(examples):
            if fold[one.note or one.id] == number:
                chances[at] = rule.probability(one.features)
    return chances


def curve(examples: Sequence[Example], chances: Floats) -> str:
    """Refused unanswerable questions at each share of refused answerable ones, in words."""
    answerable = np.array([one.answerable for one in examples])
    asked = np.array([not one.left_out for one in examples])
    points = []
    for share in CURVE:
        threshold = np.quantile(chances[answerable], share)
        points.append(f"{(chances[~answerable & asked] < threshold).mean():.1%} at {share:.0%}")
    return "unanswerable refused, at answerable refused: " + ", ".join(points)


def rates(rule: RefusalRule, examples: Sequence[Example]) -> str:
    """Share of the answerable and of the unanswerable questions that the rule refuses, in words."""
    refused = {
        kind: [rule.refuses(one.features) for one in examples if one.answerable == kind and not one.left_out]
        for kind in (True, False)
    }
    shares = {kind: f"{np.mean(found):.1%} of {len(found)}" for kind, found in refused.items() if found}
    return "refused " + ", ".join(f"{shares[kind]} {NAMED[kind]} questions" for kind in shares)


def main() -> None:
    """Print the fitted rule and its rates; with `--write`, keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", required=True, help="an index of the notes that the set asks about")
    parser.add_argument("--set", default="ml_notes")
    parser.add_argument("--write", action="store_true", help=f"replace {RULE_FILE.name}")
    options = parser.parse_args()
    made: dict[str, list[Example]] = {"dev": [], "near misses": [], "test": []}
    with Assistant.open(options.index, "extractive", Settings.from_environment()) as assistant:
        for question in read_set(options.set).questions:
            made[question.split] += examples_of(assistant, question, leave_out=question.split == "dev")
        for question in read_set(NEAR_MISSES).questions:
            made["near misses"] += examples_of(assistant, question, leave_out=False)
    fitted_on = [*made["dev"], *made["near misses"]]
    rule = fit_threshold(fitted_on)
    print(f"dev and near misses, cross-validated: {curve(fitted_on, held_out(fitted_on))}")
    print(f"test: {curve(made['test'], np.array([rule.probability(one.features) for one in made['test']]))}")
    for split, examples in made.items():
        print(f"{split}: {rates(rule, examples)}")
    print(json.dumps(asdict(rule), indent=2))
    if options.write:
        RULE_FILE.write_text(json.dumps(asdict(rule), indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
