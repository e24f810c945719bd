"""What a team looks into: notes within the filter, tools of the user, the web."""

import pytest
from langchain_core.tools import tool as langchain_tool

from agent.errors import InvalidTool
from tests.fakes_model import code
from tests.team_pages import FakeWeb
from tests.team_runs import Weather, scripted, shown_to, steps_of


def test_a_model_cannot_leave_the_filter_of_its_user(opened):
    wanted = {"must": [{"field": "tags", "match": "regularisation"}]}
    assistant, model = scripted(
        opened,
        code('print(search_notes("pruning weights"))\nprint(search_notes("pruning", where={"must": []}))'),
        code('final_answer("NOT FOUND")'),
    )
    assistant.ask("What does pruning remove?", mode="agent", where=wanted)
    assert "pruning.md" not in shown_to(model, 1)


@langchain_tool
def weather(city: str) -> str:
    """Tells the weather of a city."""
    if city == "Nowhere":
        raise LookupError("no such city")
    return f"In {city} it is 21 degrees and sunny."


class Collection:
    def __init__(self, *tools):
        self.tools = list(tools)


@pytest.mark.parametrize("tool", [Weather(), weather, Collection(Weather())], ids=["own", "langchain", "mcp"])
def test_what_a_tool_of_the_user_says_can_be_cited(opened, tool):
    text = "In Ulm it is 21 degrees and sunny. [t1]"
    assistant, _ = scripted(opened, code(f'print(weather("Ulm"))\nfinal_answer({text!r})'), tools=[tool])
    answer = assistant.ask("How is the weather in Ulm?", mode="agent")
    assert answer.citations[0].kind == "tool"
    assert answer.citations[0].source == "weather(city='Ulm')"
    assert answer.citations[0].quote == "In Ulm it is 21 degrees and sunny."


@pytest.mark.parametrize("tool", [Weather(), weather], ids=["own", "langchain"])
def test_a_tool_that_raises_is_reported_to_the_model(opened, tool):
    assistant, model = scripted(
        opened, code('print(weather("Nowhere"))'), code('final_answer("NOT FOUND")'), tools=[tool]
    )
    answer = assistant.ask("How is the weather?", mode="agent")
    assert "weather did not work: LookupError: no such city" in shown_to(model, 1)
    assert any("LookupError" in step.action.error for step in steps_of(answer, "tool"))


def test_what_is_no_tool_is_named(opened):
    with pytest.raises(InvalidTool, match="3 is no tool"):
        opened(tools=[3]).ask("What is dropout?", mode="agent")


def test_the_web_is_asked_when_the_notes_are_silent(opened):
    answer = opened(web=FakeWeb()).ask("What stripes do zebras have on their coats?", mode="agent")
    assert [(c.kind, c.source, c.quote) for c in answer.citations] == [("web", FakeWeb.page.url, FakeWeb.page.text)]


def test_without_the_web_there_is_no_web_agent(opened):
    assistant, model = scripted(opened, code('web("zebras")'), code('final_answer("NOT FOUND")'))
    assistant.ask("What is on the web?", mode="agent")
    assert "web(task)" not in shown_to(model, 0)
