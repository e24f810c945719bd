"""What `auto` hands over to the team, and what it does not."""

from agent import Assistant, Settings
from corpus import Note
from retrieval import Index
from tests.fakes import HashingEncoder

NOTES = [
    Note(
        "dropout.md",
        "Dropout",
        "# Dropout\n\nDropout sets a random share of the activations to zero while the network is trained.\n\n"
        "At test time dropout is off and every activation is kept.\n",
        "dropout.md",
        "markdown",
    ),
    Note("adam.md", "Adam", "# Adam\n\nAdam keeps two moving averages of the gradient.\n", "adam.md", "markdown"),
]


def test_a_follow_up_is_one_question_though_it_is_searched_for_behind_another(tmp_path):
    index = Index.create(tmp_path / "index", HashingEncoder())
    index.update(NOTES)
    with Assistant.open(index, "extractive", Settings.from_environment()) as opened:
        chat = opened.conversation()
        assert chat.ask("What does dropout set to zero?").mode == "quick"
        assert chat.ask("And at test time?").mode == "quick"
        assert chat.ask("What does dropout set to zero, and what does Adam keep?").mode == "agent"


def test_the_team_does_not_answer_the_question_before_in_place_of_a_follow_up(tmp_path):
    index = Index.create(tmp_path / "index", HashingEncoder())
    index.update(NOTES)
    with Assistant.open(index, "extractive", Settings.from_environment()) as opened:
        chat = opened.conversation()
        chat.ask("What does dropout set to zero?", mode="agent")
        answer = chat.ask("And at test time?", mode="agent")
    assert [step.action.tool for step in answer.steps if step.kind == "agent"] == ["notes"]
    assert answer.steps[0].action.thought == "ask the notes."
