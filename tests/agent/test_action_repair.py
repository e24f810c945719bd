"""Actions that a small model writes a little wrong are read, each repair by its name; nonsense stays an error."""

import pytest

from agent.action_repair import mend_code, read_tool_call

CALL = {"name": "search_notes", "arguments": {"query": "dropout"}}


@pytest.mark.parametrize(
    ("text", "repairs"),
    [
        ('{"name": "search_notes", "arguments": {"query": "dropout"}}', ()),
        ('Sure!\n{"name": "search_notes", "arguments": {"query": "dropout"}}', ("text around the call",)),
        ("{'name': 'search_notes', 'arguments': {'query': 'dropout'}}", ("single quotes",)),
        ('{"name": "search_notes", "parameters": {"query": "dropout"}}', ("'parameters' renamed",)),
        ('{"tool": "search_notes", "args": {"query": "dropout"}}', ("'tool' renamed", "'args' renamed")),
        ('{"name": "search_notes", "arguments": {"query": "dropout"}', ("brackets closed",)),
        ('{"name": "search_notes", "arguments": "{\\"query\\": \\"dropout\\"}"}', ("arguments in a string",)),
        (
            '<think>{"name": "other"}</think>{"name": "search_notes", "arguments": {"query": "dropout"}}',
            ("thoughts removed",),
        ),
        (
            '<tool_call>{"name": "search_notes", "arguments": {"query": "dropout"}}</tool_call>'
            '<tool_call>{"name": "second", "arguments": {}}</tool_call>',
            ("text around the call",),
        ),
        ('{"function": {"name": "search_notes", "arguments": {"query": "dropout"}}}', ()),
    ],
)
def test_a_tool_call_is_read(text, repairs):
    read = read_tool_call(text)
    assert read.content == CALL
    assert read.repairs == repairs


@pytest.mark.parametrize("text", ["", "I do not know.", "{", "{}", '{"answer": 3}', "{'name'", "{" * 500, "[1, 2]"])
def test_what_names_no_tool_stays_an_error(text):
    with pytest.raises(ValueError, match="no tool call was found"):
        read_tool_call(text)


def test_a_brace_inside_a_string_does_not_end_the_call():
    call = read_tool_call('{"name": "f", "arguments": {"code": "a = {1: \\"}\\"}"}} bye')
    assert call.content["arguments"] == {"code": 'a = {1: "}"}'}


@pytest.mark.parametrize(
    ("text", "mended", "repairs"),
    [
        ("T\n<code>\nf(1)\n</code>", "T\n<code>\nf(1)\n</code>", ()),
        ("T\n<code>\nf(1)\n", "T\n<code>\nf(1)\n</code>", ("closing fence added",)),
        ("T\n```python\nf(1)\n```", "<code>\nf(1)\n</code>", ("Markdown fence replaced",)),
        ("T\n```\nf(1)", "<code>\nf(1)\n</code>", ("Markdown fence replaced",)),
        ("I call it now:\nx = f(1)\nprint(x)", "<code>\nx = f(1)\nprint(x)\n</code>", ("fences added",)),
        ("Dropout prevents overfitting.", "Dropout prevents overfitting.", ()),
        ("yes", "yes", ()),
    ],
)
def test_code_gets_the_fences_that_it_lacks(text, mended, repairs):
    found = mend_code(text)
    assert found.content == mended
    assert found.repairs == repairs
