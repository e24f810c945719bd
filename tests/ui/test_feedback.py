"""What visitors think of answers becomes a question set that the evals read."""

import json
import threading

import pytest

from agent.answer import Answer, AnswerSentence, Citation
from evals.answer_measures import is_right
from evals.question_sets import Quote
from evals.set_readers import read_set
from ui.cli import main
from ui.feedback import REASONS, Feedback

QUOTE = "Dropout sets a random share of the activations to zero."


def answer(text=QUOTE, refused=False):
    return Answer(
        question="What is dropout?",
        text=f"{text} [1]",
        refused=refused,
        model="extractive",
        mode="quick",
        sentences=() if refused else (AnswerSentence(text, (1,), "supported"),),
        citations=() if refused else (Citation(1, "note", "d.md", "Dropout", "d.md", (), 11, 11 + len(QUOTE), QUOTE),),
    )


@pytest.fixture
def feedback(tmp_path):
    return Feedback(tmp_path / "feedback")


def questions(feedback):
    return read_set(feedback.path).questions


def test_a_praised_answer_is_the_reference_and_its_quotes_are_the_evidence(feedback):
    feedback.add("What is dropout?", answer(), True)
    (question,) = questions(feedback)
    assert (question.text, question.kind, question.answerable) == ("What is dropout?", "praised", True)
    assert question.references == (QUOTE,)
    assert question.evidence == (Quote(QUOTE, "d.md"),)


def test_a_praised_refusal_and_one_that_was_missed_make_the_question_unanswerable(feedback):
    feedback.add("Who painted the ceiling?", answer("Not covered.", refused=True), True)
    feedback.add("Who baked the bread?", answer(), False, "should_have_refused")
    assert [(q.kind, q.answerable) for q in questions(feedback)] == [("unanswerable", False)] * 2


@pytest.mark.parametrize("reason", ["wrong", "unsupported", None])
def test_after_a_complaint_the_same_answer_is_wrong_and_another_one_right(feedback, reason):
    said = "The loss is “x_{t-1}” (see\n[a.b]*)?"
    feedback.add("What is dropout?", answer(said), False, reason, "it is not")
    (question,) = questions(feedback)
    assert question.kind == (reason or "wrong")

    def right(text, refused=False):
        return is_right(text, question.patterns, refused=refused, answerable=question.answerable)

    assert not right(said)
    assert not right("", refused=True)
    assert right(QUOTE)
    assert right(f"{said} {QUOTE}")


def test_after_a_refusal_that_was_wrong_any_answer_is_right(feedback):
    feedback.add("What is dropout?", answer("Not covered.", refused=True), False, "wrong")
    (question,) = questions(feedback)
    assert is_right(QUOTE, question.patterns, refused=False, answerable=True)
    assert not is_right("", question.patterns, refused=True, answerable=True)


def test_where_the_source_was_wrong_the_answer_stays_the_reference(feedback):
    feedback.add("What is dropout?", answer(), False, "wrong_source")
    (question,) = questions(feedback)
    assert (question.references, question.evidence) == ((QUOTE,), ())


def test_every_reason_makes_a_question_that_can_be_read(feedback):
    for reason in REASONS:
        feedback.add(f"{reason}?", answer(), False, reason)
    assert len(questions(feedback)) == len(REASONS)


def test_a_second_opinion_replaces_the_first_and_another_answer_does_not(feedback):
    feedback.add("What is dropout?", answer(), False, "wrong", "no")
    feedback.add("What is dropout?", answer("Something else."), False, "wrong")
    feedback.add("What is dropout?", answer(), True)
    assert [one.kind for one in questions(feedback)] == ["wrong", "praised"]


def test_a_follow_up_keeps_what_was_asked_before(feedback):
    feedback.add("And at test time?", answer(), True, earlier=["What is dropout?"])
    assert questions(feedback)[0].history == ("What is dropout?",)


def test_the_visitors_words_are_kept_and_cut(feedback):
    feedback.add("What is dropout?", answer(), False, "wrong", "x" * 5_000)
    assert json.loads(feedback.path.read_text("utf-8"))["remark"] == "x" * 2_000


def test_lines_that_a_person_has_broken_are_left_alone(feedback):
    feedback.add("What is dropout?", answer(), True)
    feedback.path.write_text("not JSON\n[1]\n" + feedback.path.read_text("utf-8"), "utf-8")
    feedback.add("What is dropout?", answer(), False)
    assert feedback.path.read_text("utf-8").split("\n")[:2] == ["not JSON", "[1]"]
    assert feedback.path.read_text("utf-8").count("\n") == 3


def test_threads_add_side_by_side(feedback):
    threads = [threading.Thread(target=feedback.add, args=(f"q{n}", answer(), True)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(questions(feedback)) == 20


@pytest.mark.weights
def test_eval_run_scores_what_was_collected(feedback, tmp_path, capsys):
    notes, index, out = tmp_path / "notes", tmp_path / "index", tmp_path / "run"
    notes.mkdir()
    (notes / "d.md").write_text(f"# Dropout\n\n{QUOTE}\n")
    assert main(["index", str(notes), "--index", str(index)]) == 0
    feedback.add("What is dropout?", answer(), True)
    feedback.add("What does dropout set to zero?", answer(), False, "wrong")
    feedback.add("Who painted the ceiling of the Sistine Chapel?", answer(), False, "should_have_refused")
    run = ["eval", "run", str(feedback.path), "--index", str(index), "--model", "extractive", "--out", str(out)]
    assert main(run) == 0
    printed = capsys.readouterr().out
    for measure in ("nDCG@10", "right", "refused", "citation"):
        assert measure in printed
