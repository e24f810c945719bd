"""A text that goes round in circles is noticed, ordinary text is not."""

import pytest

from agent.rambling import goes_in_circles
from corpus import shipped_notes

SENTENCE = "The gradient becomes very small in the early layers. "


@pytest.mark.parametrize(
    ("text", "circles"),
    [
        (SENTENCE * 2, False),
        (SENTENCE * 3, True),
        ("a " * 60, True),
        ("short", False),
        (SENTENCE + "Something else comes in between. " + SENTENCE, False),
    ],
)
def test_the_third_time_makes_a_circle(text, circles):
    assert goes_in_circles(text) is circles


def test_prose_of_the_shipped_notes_is_no_circle():
    for note in shipped_notes():
        for paragraph in note.text.split("\n\n"):
            if not paragraph.startswith(("|", "```", "- ", "    ")):
                assert not goes_in_circles(paragraph), paragraph
