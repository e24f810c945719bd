"""Tools of a real MCP server on stdio, in the hands of the team."""

import sys
import threading
import time
from pathlib import Path

import pytest

from agent.errors import InvalidTool
from agent.mcp_client import McpTools
from tests.fakes_model import code
from tests.team_runs import scripted, shown_to, steps_of

SERVER = Path(__file__).parents[1] / "mcp_server.py"


@pytest.fixture(scope="module")
def server():
    with McpTools(sys.executable, [str(SERVER)]) as server:
        yield server


def test_the_tools_of_the_server_are_described(server):
    (tool,) = server.tools
    assert (tool.name, tool.description) == ("weather", "Tells the weather of a city.")
    assert tool.inputs["city"]["type"] == "string"
    assert "nullable" not in tool.inputs["city"]
    assert tool.inputs["unit"]["nullable"]


def test_what_a_tool_of_the_server_says_is_cited(opened, server):
    text = "In Ulm it is 21 degrees and sunny. [t1]"
    assistant, model = scripted(opened, code(f'print(weather("Ulm"))\nfinal_answer({text!r})'), tools=[server])
    answer = assistant.ask("How is the weather in Ulm?", mode="agent")
    assert "weather(city, unit)" in shown_to(model, 0)
    (citation,) = answer.citations
    assert (citation.kind, citation.source) == ("tool", "weather(city='Ulm')")
    assert citation.quote == "In Ulm it is 21 degrees and sunny."


def test_a_tool_of_the_server_that_fails_is_reported_to_the_model(opened, server):
    assistant, model = scripted(
        opened, code('print(weather("Nowhere"))'), code('final_answer("NOT FOUND")'), tools=[server]
    )
    answer = assistant.ask("How is the weather?", mode="agent")
    assert "weather did not work" in shown_to(model, 1)
    assert any(step.action.error for step in steps_of(answer, "tool"))


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("no-such-program", []),
        (sys.executable, ["-c", "pass"]),
        ("sleep", ["60"]),
    ],
    ids=["missing", "ends", "silent"],
)
def test_a_server_that_cannot_be_used_is_named(command, arguments):
    started, threads = time.monotonic(), threading.active_count()
    with pytest.raises(InvalidTool, match=r"the MCP server .* cannot be used"), McpTools(command, arguments, seconds=2):
        pass
    assert time.monotonic() - started < 15
    assert threading.active_count() == threads


def test_a_server_that_was_left_is_not_called():
    with McpTools(sys.executable, [str(SERVER)]) as server:
        pass
    with pytest.raises(Exception, match="has ended"):
        server.tools[0](city="Ulm")
