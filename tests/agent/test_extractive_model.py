"""What the policy without an LLM makes of the reports on the parts of a question."""

import re

import pytest
from smolagents import ChatMessage
from smolagents.models import MessageRole

from agent.extractive_model import NOT_FOUND, ExtractiveModel


def final_answer(question, *reports):
    """What the manager's code says when the notes agent reports so on the question and its parts."""
    asked = ChatMessage(MessageRole.USER, f"Question: {question}")
    said = ExtractiveModel(lambda *_: [], 8).generate([asked]).content
    answers = []
    code = re.search("<code>(.*)</code>", said, re.DOTALL)[1]
    exec(code, {"ask_each": lambda questions: list(reports)[: len(questions)], "final_answer": answers.append})
    return answers[0]


ADAM, SGD = "Adam keeps two averages. [n1]", "SGD keeps none. [n2]"


@pytest.mark.parametrize(
    ("question", "reports", "answer"),
    [
        ("Compare Adam and SGD", (NOT_FOUND, ADAM, SGD), f"{ADAM}\n{SGD}"),
        ("Compare Adam and SGD", (NOT_FOUND, ADAM, NOT_FOUND), NOT_FOUND),
        ("Compare Adam and SGD in memory use", (NOT_FOUND, ADAM, SGD), NOT_FOUND),
        ("Compare Adam and SGD in memory use", (ADAM, ADAM, SGD), f"{ADAM}\n{SGD}"),
    ],
)
def test_two_things_are_shown_side_by_side_where_no_respect_is_named(question, reports, answer):
    assert final_answer(question, *reports) == answer


def test_a_part_without_an_answer_is_named():
    said = final_answer("What is Adam, and when was SGD made?", ADAM, ADAM, NOT_FOUND)
    assert said == f"{ADAM}\n{NOT_FOUND}: when was SGD made?"


def test_a_part_is_not_cut_off_between_a_sentence_and_its_formula():
    lead, formula = "The velocity is [n2]", "$$ v = \\beta v + g $$ [n2]"
    further = "It is a sum. [n2]"
    said = final_answer("What is Adam, and what is momentum?", ADAM, ADAM, f"{SGD}\n{lead}\n{formula}\n{further}")
    assert said == f"{ADAM}\n{SGD}\n{lead}\n{formula}"
    assert further not in final_answer("What is Adam, and what is momentum?", ADAM, ADAM, f"{SGD}\n{lead}\n{further}")
