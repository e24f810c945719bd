"""The model of how sure an answer is, is fitted to which answers were right."""

import numpy as np
import pytest

from agent import Assistant, Settings
from corpus import Note
from evals.fit_confidence import Given, answers_to, fit_model, report
from evals.question_sets import Place, Question
from retrieval import Index
from tests.fakes import HashingEncoder


@pytest.fixture
def given():
    generator = np.random.default_rng(0)
    right = [Given(float(share), True) for share in generator.normal(0.7, 0.1, 60)]
    return [*right, *(Given(float(share), False) for share in generator.normal(0.2, 0.1, 20))]


def test_the_model_tells_right_from_wrong_and_the_report_counts_both(given):
    model = fit_model(given)
    assert model.weight > 0
    assert report(model, given) == "right 60 of 60 when sure, 0 of 20 when not; area 1.000"


def test_refusals_are_left_out_and_wrong_answers_are_not(tmp_path):
    index = Index.create(tmp_path / "index", HashingEncoder())
    index.update([Note("rope.md", "RoPE", "# RoPE\n\nRoPE rotates queries and keys.", "rope.md", "markdown")])
    evidence = (Place("rope.md", 0, 4),)
    asked = [
        Question("q1", "What does RoPE rotate?", "fact", answerable=True, evidence=evidence, patterns=("queries",)),
        Question("q2", "What does RoPE rotate?", "fact", answerable=True, evidence=evidence, patterns=("values",)),
        Question("q3", "Who baked the sourdough bread?", "unanswerable", answerable=False),
        Question("q4", "What does RoPE rotate?", "fact", answerable=True, evidence=evidence),
    ]
    found = list(answers_to(Assistant.open(index, "extractive", Settings.from_environment()), asked))
    assert [one.right for one in found] == [True, False]
    assert all(one.coverage > 0.5 for one in found)
    index.close()
