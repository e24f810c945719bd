"""A mistake in our own code reaches whoever asked; it is not told to a model, and not taken for one of a model."""

import pytest

from agent.budget import Budget
from agent.errors import RunStopped
from agent.final_text import FinalText
from agent.settings import TeamSettings
from agent.team_agents import Helper
from tests.fakes_model import code
from tests.team_runs import DROPOUT_LINE, SEARCH, scripted

QUESTION = "When is dropout off?"
ASKED = code('final_answer(notes("dropout?"))')
SIDE_BY_SIDE = code('final_answer(str(ask_each(["dropout?", "pruning?"])))')
FINAL = code(f"{SEARCH}\nfinal_answer({DROPOUT_LINE!r})")


def planted(*_, **__):
    raise KeyError("planted")


@pytest.mark.parametrize(
    ("broken", "name", "script"),
    [
        (Helper, "write_memory_to_messages", [ASKED]),
        (Helper, "write_memory_to_messages", [SIDE_BY_SIDE]),
        (FinalText, "check", [FINAL]),
    ],
    ids=["an agent", "an agent of several", "the check of the final text"],
)
def test_a_mistake_of_ours_reaches_the_caller(opened, monkeypatch, broken, name, script):
    assistant, _ = scripted(opened, *script, *[code("pass")] * 3)
    monkeypatch.setattr(broken, name, planted)
    with pytest.raises(KeyError, match="planted"):
        assistant.ask(QUESTION, mode="agent")


def test_a_mistake_in_a_tool_of_ours_reaches_the_caller(opened, monkeypatch):
    assistant, _ = scripted(opened, code(SEARCH), *[code("pass")] * 3)
    monkeypatch.setattr("agent.tools._passage_text", planted)
    with pytest.raises(KeyError, match="planted"):
        assistant.ask(QUESTION, mode="agent")


def test_a_mistake_in_what_stands_before_the_model_reaches_the_caller(opened, monkeypatch):
    monkeypatch.setattr("agent.team_agents.as_code", planted)
    assistant, _ = scripted(opened, FINAL)
    with pytest.raises(KeyError, match="planted"):
        assistant.ask(QUESTION, mode="agent")


def test_a_mistake_in_what_is_left_of_a_run_is_nobodys():
    budget = Budget(TeamSettings())
    budget.stop("The reader left.")
    with pytest.raises(RunStopped, match="reader left"), budget.own_mistakes():
        planted()
    assert budget.mistake is None
