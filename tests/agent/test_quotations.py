"""What is shown as a quotation must stand in the passage."""

import pytest

from agent.quotations import is_verbatim, quotations, without_heading

PASSAGE = "Dropout sets **each** activation to zero\nwith probability $p$ during training. It’s off at inference."


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ('The note says "sets each activation to zero".', ["sets each activation to zero"]),
        ("It says “off at inference” here.", ["off at inference"]),
        ('A "two words" term is none.', []),
        ('`print("one two three")` is code.', []),
        ('The error "unknown field `a b`; fix it" helps.', ["unknown field `a b`; fix it"]),
    ],
)
def test_quotations_are_found_by_their_marks_and_length(sentence, found):
    assert quotations(sentence) == found


@pytest.mark.parametrize(
    "quotation",
    [
        "sets each activation to zero with probability p during training",
        "Sets each activation to zero",
        "sets each activation ... during training.",
        "each activation […] It's off at inference",
        "- sets each activation to zero",
    ],
)
def test_a_quotation_may_differ_in_marks_and_omissions(quotation):
    assert is_verbatim(quotation, [PASSAGE])


@pytest.mark.parametrize(
    "quotation",
    [
        "sets each weight to zero",
        "sets each activation to one",
        "during training ... sets each activation",
        "with probability q during training",
    ],
)
def test_a_changed_word_is_no_quotation(quotation):
    assert not is_verbatim(quotation, [PASSAGE])


def test_the_heading_before_an_extracted_sentence_is_no_part_of_the_quotation():
    assert without_heading("Dropout: It is off.", ["Training", "Dropout"]) == "It is off."
    assert without_heading("Other: It is off.", ["Dropout"]) == "Other: It is off."
