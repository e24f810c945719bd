"""Which questions lean on an earlier one, and what is then searched for."""

import pytest

from agent.followups import leans_on_earlier, may_lean, search_text


@pytest.mark.parametrize(
    "question",
    [
        "And without it?",
        "why?",
        "What about large batches?",
        "How does it work?",
        "Is that always true?",
        "and at test time?",
        "And what took its place in the second version?",
        "for how many epochs then?",
        "What does beta2 do there?",
        "How fast and how accurate is it?",
        "And what is the rank?",
        "so what is wrong?",
        "And which lambda does the penalty version take?",
        "That's poor. What improves it?",
        "tell me more",
        "the first one",
        "Give an example",
        "2",
    ],
)
def test_questions_that_lean(question):
    assert leans_on_earlier(question)
    assert search_text(question, ["What does dropout do?"]) == f"What does dropout do? {question}"


@pytest.mark.parametrize(
    "question",
    [
        "Why are attention scores scaled?",
        "What is label smoothing?",
        "And which batch size did the authors of DETR train with?",
        "Does it help to warm up the learning rate of AdamW schedules?",
        "But what is label smoothing?",
        "And what is BM25?",
        "Then how does beam search work?",
        "What is weight decay and how does it differ from L2?",
        "How does LoRA work, and what does it cost?",
        "What is RL?",
        "k1?",
        "什么是注意力机制？",
    ],
)
def test_questions_that_stand_alone(question):
    assert not leans_on_earlier(question)
    assert search_text(question, ["What does dropout do?"]) == question


def test_the_subject_is_the_last_question_that_stands_alone():
    earlier = ["What is BM25?", "What does dropout do?", "And at test time?"]
    assert search_text("Why?", earlier) == "What does dropout do? Why?"


def test_the_first_question_of_a_conversation_is_searched_as_it_is():
    assert search_text("And without it?", []) == "And without it?"


def test_a_turn_without_a_word_to_search_for_is_never_the_subject():
    earlier = ["What does dropout do?", "ok thanks", "more", "2"]
    assert search_text("And its rate?", earlier) == "What does dropout do? And its rate?"


def test_a_model_may_rewrite_whatever_leans():
    assert may_lean("the second one")
    assert not may_lean("What is label smoothing?")


@pytest.mark.parametrize(
    ("question", "searched"),
    [
        ("Thanks! And what is BM25?", "And what is BM25?"),
        ("Thanks! And its rate?", "What does dropout do? And its rate?"),
        ("Thanks.", "What does dropout do? Thanks."),
    ],
)
def test_sentences_that_say_nothing_are_left_out_before_one_that_does(question, searched):
    assert search_text(question, ["What does dropout do?"]) == searched
