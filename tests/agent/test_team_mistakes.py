"""A mistake in our own code reaches whoever asked; it is not told to a model, and not taken for one of a model."""

import pytest

from agent.budget import Budget
from agent.errors import RunStopped
from agent.final_text import FinalText
from agent.settings import TeamSettings
from agent.team_agents import Helper
from tests.fakes_model import code
from tests.team_runs import DROPOUT_LINE, SEARCH, scripted, shown_to

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


@pytest.mark.parametrize("mistake", [KeyError, ValueError, TypeError])
def test_a_mistake_in_a_tool_of_ours_reaches_the_caller(opened, monkeypatch, mistake):
    def planted(*_):
        raise mistake("planted")

    assistant, _ = scripted(opened, code(SEARCH), *[code("pass")] * 3)
    monkeypatch.setattr("agent.tools._passage_text", planted)
    with pytest.raises(mistake, match="planted"):
        assistant.ask(QUESTION, mode="agent")


WHOLE = "is a whole number"


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ('search_notes("dropout", k="five")', f"k {WHOLE}, not 'five'"),
        ('search_notes("dropout", k=1e400)', f"k {WHOLE}, not inf"),
        ('search_notes("dropout", k=[1])', f"k {WHOLE}, not [1]"),
        ("search_notes(None)", "missing a required argument: 'query'"),
        ('search_notes("dropout", where={1: 2, "b": 3})', "search_notes was called wrongly"),
        ('search_notes("dropout", where="tags")', "a filter is an object"),
        ('calculate("24 - 12", 5)', "keys is a list such as ['n1', 'n2'], not 5"),
        ("ask_each(5)", "ask_each takes a list of questions"),
        ('ask_each(["dropout", 5])', "ask_each takes a list of questions"),
        ("notes(None)", "notes takes a task as text, not None"),
        ('notes("dropout", additional_args="five")', "additional_args of notes is a dict, not 'five'"),
    ],
)
def test_a_wrong_call_is_told_to_the_model_and_the_run_goes_on(opened, call, told):
    assistant, model = scripted(opened, code(f"print({call})"), FINAL)
    assert not assistant.ask(QUESTION, mode="agent").refused
    assert told in shown_to(model, 1)
    model.assert_finished()


def test_what_no_text_holds_does_not_end_a_run(opened):
    assistant, _ = scripted(opened, code('print(search_notes("\\ud800 dropout \\x00"))'), FINAL)
    assert not assistant.ask(QUESTION, mode="agent").refused


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
