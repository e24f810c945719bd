"""Fits how sure an answer is: `python -m evals.fit_confidence --index DIR [--set ml_notes] [--write]`.

A logistic model of the share of the question's rare words that the best sentence holds, over the answers that the
quick mode gives without an LLM to the questions of the dev split; refusals are left out, and an answer to a question
that the notes do not answer is wrong. Printed is what the model does on each split: how many answers it is sure of, how
many of those are right, and how many of the others.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from agent import Assistant, Settings
from agent.confidence import MODEL_FILE, ConfidenceModel, is_sure
from agent.events import AnswerReady
from agent.evidence import Ledger
from evals.answer_measures import is_right
from evals.logistic import area_under_roc, fit
from evals.question_sets import Question
from evals.scoring import plain_answer
from evals.set_readers import read_set

PENALTY = 0.01
"""Of the squared weight; enough to keep it finite when the shares separate right from wrong."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that was given: the share of its best sentence, and whether it is right."""

    coverage: float
    right: bool


def answers_to(assistant: Assistant, questions: Sequence[Question]) -> Iterator[Given]:
    """What the quick mode answers, refusals and questions without patterns left out."""
    for question in questions:
        events = assistant.stream(question.text, mode="quick", earlier=question.history)
        answer = next(event.answer for event in events if isinstance(event, AnswerReady))
        right = is_right(
            plain_answer(answer.to_dict()), question.patterns, refused=answer.refused, answerable=question.answerable
        )
        if not answer.refused and right is not None:
            yield Given(_coverage(assistant, assistant.understood(question.text, question.history)), right)


def _coverage(assistant: Assistant, query: str) -> float:
    hits = assistant.index.search(query, assistant.settings.passages)
    return assistant.extract(query, Ledger().enter_hits(hits))[1][0].coverage


def fit_model(given: Sequence[Given]) -> ConfidenceModel:
    """The model of these answers."""
    shares = np.array([[one.coverage] for one in given])
    fitted = fit(shares, np.array([one.right for one in given]), PENALTY)
    return ConfidenceModel(round(float(fitted.weights[0]), 3), round(fitted.bias, 3))


def report(model: ConfidenceModel, given: Sequence[Given]) -> str:
    """What the model does with these answers, in words."""
    sure = [one.right for one in given if is_sure(model.chance(one.coverage))]
    unsure = [one.right for one in given if not is_sure(model.chance(one.coverage))]
    area = area_under_roc(np.array([one.coverage for one in given]), np.array([one.right for one in given]))
    return f"right {sum(sure)} of {len(sure)} when sure, {sum(unsure)} of {len(unsure)} when not; area {area:.3f}"


def main() -> None:
    """Print the fitted model and what it does; with `--write`, keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", required=True, help="an index of the notes that the set asks about")
    parser.add_argument("--set", default="ml_notes")
    parser.add_argument("--write", action="store_true", help=f"replace {MODEL_FILE.name}")
    options = parser.parse_args()
    with Assistant.open(options.index, "extractive", Settings.from_environment()) as assistant:
        questions = read_set(options.set)
        given = {name: list(answers_to(assistant, questions.select(split=name).questions)) for name in ("dev", "test")}
    model = fit_model(given["dev"])
    for split, answers in given.items():
        print(f"{split}: {report(model, answers)}")
    print(json.dumps(asdict(model)))
    if options.write:
        MODEL_FILE.write_text(json.dumps(asdict(model)) + "\n", "utf-8")


if __name__ == "__main__":
    main()
