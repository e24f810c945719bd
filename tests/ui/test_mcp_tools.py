"""The notes as tools for other assistants, used by a real client of the Model Context Protocol."""

import subprocess
import sys

import httpx
from mcp.client import Client

from tests.page_server import QUESTION, ROOT, SENTENCE


async def called(served, tool, **arguments):
    async with Client(f"{served.url}/mcp") as client:
        return await client.call_tool(tool, arguments)


async def test_two_tools_are_there_and_nothing_else(served):
    async with Client(f"{served.url}/mcp") as client:
        tools = (await client.list_tools()).tools
        assert sorted(tool.name for tool in tools) == ["ask", "search_notes"]
        assert all(tool.description for tool in tools)
        assert (await client.list_resources()).resources == []
        assert (await client.list_prompts()).prompts == []


async def test_a_question_is_answered_with_footnotes(served):
    answer = await called(served, "ask", question=QUESTION)
    assert not answer.is_error
    assert answer.content[0].text.startswith(f"{SENTENCE} [1]")
    assert f"“{SENTENCE}”" in answer.content[0].text
    assert "mobilenet.md" in answer.content[0].text


async def test_a_question_without_words_is_told_to_the_other_assistant(served):
    assert "Error: the question has no words" in (await called(served, "ask", question="???")).content[0].text


async def test_passages_are_found(served):
    found = await called(served, "search_notes", query="softmax gradients", k=1)
    assert found.content[0].text.startswith("[1] Attention (attention.md)\n")
    assert "tiny gradients" in found.content[0].text


async def test_a_tool_that_is_not_there_is_an_error(served):
    answer = await called(served, "page_1")
    assert answer.is_error
    assert "page_1" in answer.content[0].text


def test_gradios_own_tool_server_stays_off(served):
    for path in ("/gradio_api/mcp", "/gradio_api/mcp/", "/gradio_api/mcp/schema", "/gradio_api/mcp/sse"):
        assert httpx.get(served.url + path).status_code == 404


def test_without_the_package_the_command_says_what_to_install():
    code = "import sys; sys.modules['mcp'] = None; from ui.cli import main; sys.exit(main(['ui', '--mcp']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "footnote: --mcp needs the package mcp; run `pip install 'footnote[mcp]'`\n"
