"""Questions that ask for a calculation, and the figures that reports have for them."""

import pytest

from agent.asked_calculation import asked_calculation, computable

CACHE = "How much larger is the cache than the index?"
LAYERS = "How many more layers does BERT-large have than BERT-base?"


@pytest.mark.parametrize(
    ("question", "operation", "sides", "looked_up"),
    [
        (LAYERS, "difference", ("BERT-large", "BERT-base"), "How many layers does BERT-large have?"),
        (
            "How much larger is the decoder than the encoder?",
            "difference",
            ("decoder", "encoder"),
            "How large is decoder?",
        ),
        (
            "How much more memory does Adam use than SGD?",
            "difference",
            ("Adam", "SGD"),
            "How much memory does Adam have?",
        ),
        ("By how many percent is X faster than Y?", "percent", ("X", "Y"), "How fast is X?"),
        ("by what factor is X smaller than Y", "ratio", ("X", "Y"), "How large is X?"),
        ("How many times as many heads does X have as Y?", "ratio", ("X", "Y"), "How many heads does X have?"),
        (
            "What is the ratio of training images to test images?",
            "ratio",
            ("training images", "test images"),
            "How many training images are there?",
        ),
        ("How many layers do X and Y have in total?", "sum", ("X", "Y"), "How many layers does X have?"),
    ],
)
def test_a_calculation_is_recognised(question, operation, sides, looked_up):
    asked = asked_calculation(question)
    assert (asked.operation, asked.sides, asked.questions[0]) == (operation, sides, looked_up)


@pytest.mark.parametrize(
    "question",
    [
        "How many layers does BERT have?",
        "How much does dropout help?",
        "What is the ratio test?",
        "Why is X larger than Y?",
        "How much larger is it?",
        "Compare X and Y",
    ],
)
def test_other_questions_ask_for_none(question):
    assert asked_calculation(question) is None


@pytest.mark.parametrize(
    ("question", "reports", "expression", "keys"),
    [
        (
            LAYERS,
            ["BERT-large has 24 layers. [n1]", "BERT-base has 12 layers and 110 million parameters. [n2]"],
            "24 - 12",
            ("n1", "n2"),
        ),
        (LAYERS, ["BERT-base has 12 layers, BERT-large 24 layers. [n1]"] * 2, "24 - 12", ("n1",)),
        (
            "How many times faster is Tall than Wide?",
            ["Tall answers in 2 ms. [n1]", "Wide answers in 8 ms. [n2]"],
            "8 / 2",
            ("n1", "n2"),
        ),
        (LAYERS, ["NOT FOUND", "BERT-base has 12 layers. [n2]"], None, None),
        (LAYERS, ["BERT-large has 24 layers or 12 layers. [n1]", "BERT-base has 12 layers. [n2]"], None, None),
        (LAYERS, ["BERT-large has 16 heads. [n1]", "BERT-base has 12 layers. [n2]"], None, None),
        (LAYERS, ["BERT-large has about 24 layers. [n1]", "BERT-base has 12 layers. [n2]"], None, None),
        (LAYERS, ["It has 24 layers. [n1]", "BERT-base has 12 layers. [n2]"], None, None),
        (LAYERS, ["BERT-large has 24 layers.", "BERT-base has 12 layers. [n2]"], None, None),
        (LAYERS, ["BERT-large has 24 layers. [n1]"], None, None),
        (CACHE, ["The cache takes 2 GB. [n1]", "The index takes 0.5 GB. [n2]"], "2 - 0.5", ("n1", "n2")),
        (CACHE, ["The cache takes 2 GB. [n1]", "The index takes 500 MB. [n2]"], None, None),
        (CACHE, ["The cache takes 2 GB. [n1]", "The index takes 5 minutes. [n2]"], None, None),
        (
            "How many times smaller is the index than the cache?",
            ["The index takes 0.5 GB. [n2]", "The cache takes 2 GB. [n1]"],
            "2 / 0.5",
            ("n2", "n1"),
        ),
        (
            "By how many percent is the cache larger than the index?",
            ["The cache takes 3 GB. [n1]", "The index takes 2 GB. [n2]"],
            "100 * (3 - 2) / 2",
            ("n1", "n2"),
        ),
        (
            "By how many percent is the cache smaller than the index?",
            ["The cache takes 3 GB. [n1]", "The index takes 2 GB. [n2]"],
            None,
            None,
        ),
        (
            "How many more parameters does Tall have than Wide?",
            ["Tall has 340 million parameters. [n1]", "Wide has 1.5e6 weights. [n2]"],
            "340000000 - 1500000",
            ("n1", "n2"),
        ),
        (
            "How much more accuracy does Tall reach than Wide?",
            ["Tall reaches an accuracy of 0.91. [n1]", "Wide reaches an accuracy of 0.87. [n2]"],
            "0.91 - 0.87",
            ("n1", "n2"),
        ),
    ],
)
def test_figures_are_taken_only_where_they_are_sure(question, reports, expression, keys):
    found = computable(asked_calculation(question), reports)
    assert (found and (found.expression, found.keys)) == (expression and (expression, keys))
