"""What a team is told about earlier turns never exceeds its budget."""

from pathlib import Path

from agent.answer import Answer
from agent.earlier_turns import cautious_count, summarise
from tests.real_tokens import count_tokens


def turn(number, text="Dropout is off. [1] It does nothing. [1]", refused=False):
    return Answer(f"Question {number}?", text, refused, "extractive", "quick")


def test_a_turn_is_its_question_and_the_first_sentence_of_its_answer():
    assert summarise([turn(1)], 100) == "Asked: Question 1?\nAnswered: Dropout is off."


def test_a_refusal_is_told_as_one():
    assert summarise([turn(1, "Your notes ...", refused=True)], 100).endswith("Answered: not in the notes")


def test_older_turns_are_left_out_first():
    told = summarise([turn(number) for number in range(50)], 60)
    assert "Question 49?" in told
    assert "Question 1?" not in told
    assert cautious_count(told) <= 60


def test_nothing_is_told_when_nothing_fits():
    assert summarise([turn(1)], 2) == ""


def test_the_estimate_is_not_below_a_real_count():
    for path in sorted(Path("corpus/notes").glob("*.md"))[:20]:
        text = path.read_text("utf-8")
        assert cautious_count(text) >= count_tokens(text)
