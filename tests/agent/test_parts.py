"""Questions are taken apart where a rule is sure, and nowhere else."""

import pytest

from agent.parts import split_question


@pytest.mark.parametrize(
    ("question", "tasks"),
    [
        ("What is dropout?", ("What is dropout?",)),
        ("What do L1 and L2 do?", ("What do L1 and L2 do?",)),
        ("What happens to activations and attention scores?", ("What happens to activations and attention scores?",)),
        (
            "Why are attention scores scaled and how large is the key width?",
            ("Why are attention scores scaled?", "How large is the key width?"),
        ),
        ("What is dropout? When is it off?", ("What is dropout?", "What is dropout, When is it off?")),
        (
            "On which GPUs and for how many hours was BERT trained?",
            ("On which GPUs and for how many hours was BERT trained?",),
        ),
        ("Compare Adam and SGD", ("Compare Adam and SGD", "What is Adam?", "What is SGD?")),
        ("LoRA vs full fine-tuning?", ("LoRA vs full fine-tuning?", "What is LoRA?", "What is full fine-tuning?")),
        (
            "How does BERT differ from the GPT?",
            ("How does BERT differ from the GPT?", "What is BERT?", "What is GPT?"),
        ),
    ],
)
def test_parts(question, tasks):
    assert split_question(question).tasks == tasks


def test_a_pasted_list_of_questions_stays_whole():
    text = " ".join(f"What is thing number {number}?" for number in range(20))
    assert split_question(text).questions == (text,)


def test_parts_are_also_given_as_they_were_said():
    found = split_question("What is dropout, and when is it off?")
    assert found.said == ("What is dropout", "when is it off?")
    assert split_question("What is dropout?").said == ()


def test_a_comparison_may_name_a_respect():
    assert split_question("Compare Adam and SGD in memory use").aspect == "in memory use"
    assert split_question("Compare Adam and SGD").aspect == ""
