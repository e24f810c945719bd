"""Which words of a question its answer need not have."""

import pytest

from agent.question_words import is_empty, subject_of


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("What is the focal loss?", "focal loss?"),
        ("Which OCR engines are mentioned?", "OCR engines"),
        ("truncation trick equation for w", "truncation trick w"),
        ("Explain: weight decay", "weight decay"),
        ("what is it", "what is it"),
        ("And what is its use?", "use?"),
        ("What is the use of dropout?", "use dropout?"),
        ("Which optimiser did BERT use?", "optimiser BERT"),
    ],
)
def test_the_subject_is_what_an_answer_speaks_of(question, subject):
    assert subject_of(question) == subject


@pytest.mark.parametrize(("word", "empty"), [("Equation", True), ("(which", True), ("s", True), ("loss", False)])
def test_a_word_is_empty_whatever_its_case_and_marks(word, empty):
    assert is_empty(word) is empty
