"""Reads the actions of small models, which mean the right thing and write it a little wrong.

Each repair has a name and is counted, so that a trace can show how often a model needed it. Nothing is guessed beyond
the form: what names no tool, or is no code, stays an error, which goes back to the model.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_THINKING = re.compile(r"<think>.*?(</think>|\Z)", re.DOTALL)
_NAME_KEYS = ("name", "tool", "tool_name", "function", "action")
_ARGUMENT_KEYS = ("arguments", "parameters", "args", "input", "action_input")
_FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was read, and the names of the repairs it took."""

    content: Any
    repairs: tuple[str, ...] = ()


def read_tool_call(text: str) -> Repaired:
    """The tool call in `text` as `{"name": ..., "arguments": {...}}`; the first one, if there are several.

    Raises:
        ValueError: There is no object that names a tool.
    """
    repairs: list[str] = []
    spoken = _THINKING.sub("", text)
    if spoken != text:
        repairs.append("thoughts removed")
    for start, end, objects in _objects(spoken):
        for content, repair in objects:
            call, renamed = _as_call(content)
            if call is None:
                continue
            around = spoken[:start].strip() or spoken[end:].strip()
            found = [*repairs, *(["text around the call"] if around else []), *repair, *renamed]
            return Repaired(call, tuple(found))
    raise ValueError('no tool call was found; write one as {"name": "TOOL", "arguments": {...}}')


def mend_code(text: str, opening: str = "<code>", closing: str = "</code>") -> Repaired:
    """`text` with its code between the fences that a `CodeAgent` looks for; unchanged where they are there.

    Text that holds no code is left as it is.
    """
    spoken = _THINKING.sub("", text)
    repairs = ["thoughts removed"] if spoken != text else []
    if opening in spoken:
        if closing in spoken:
            return Repaired(spoken, tuple(repairs))
        return Repaired(f"{spoken.rstrip()}\n{closing}", (*repairs, "closing fence added"))
    body = spoken.replace(closing, "")
    if blocks := [block.strip() for block in _FENCE.findall(body) if block.strip()]:
        code = "\n\n".join(blocks)
        return Repaired(f"{opening}\n{code}\n{closing}", (*repairs, "Markdown fence replaced"))
    if code := _trailing_code(body):
        return Repaired(f"{opening}\n{code}\n{closing}", (*repairs, "fences added"))
    return Repaired(spoken, tuple(repairs))


def _objects(text: str) -> Iterator[tuple[int, int, list[tuple[Any, list[str]]]]]:
    """The outermost `{...}` of the text from left to right: where they are, and what they may mean."""
    start = text.find("{")
    while start >= 0:
        end = _closing_brace(text, start)
        found = _parse(text[start:end])
        if found:
            yield start, end, found
        start = text.find("{", end if found else start + 1)


def _closing_brace(text: str, start: int) -> int:
    """The place after the brace that closes the one at `start`; the end of the text if none does."""
    depth, quote, place = 0, "", start
    while place < len(text):
        sign = text[place]
        if quote:
            if sign == "\\":
                place += 1
            elif sign == quote:
                quote = ""
        elif sign in "\"'":
            quote = sign
        elif sign in "{}":
            depth += 1 if sign == "{" else -1
            if depth == 0:
                return place + 1
        place += 1
    return len(text)


def _parse(blob: str) -> list[tuple[Any, list[str]]]:
    """The object, as JSON, as Python, or with the brackets that it lacks."""
    try:
        return [(json.loads(blob, strict=False), [])]
    except ValueError:
        pass  # tried below as Python and with brackets added
    try:
        return [(ast.literal_eval(blob), ["single quotes"])]
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        pass
    for tail in ("}", "}}", '"}', '"}}'):
        try:
            return [(json.loads(blob.rstrip() + tail, strict=False), ["brackets closed"])]
        except ValueError:
            continue
    return []


def _as_call(content: Any) -> tuple[dict[str, Any] | None, list[str]]:
    """The call that an object stands for, and what had to be renamed."""
    if not isinstance(content, dict):
        return None, []
    if isinstance(content.get("function"), dict):
        content = content["function"]
    name_key = next((key for key in _NAME_KEYS if isinstance(content.get(key), str)), None)
    if name_key is None:
        return None, []
    argument_key = next((key for key in _ARGUMENT_KEYS if key in content), None)
    arguments = content[argument_key] if argument_key else {}
    renamed = [f"{key!r} renamed" for key in (name_key, argument_key) if key not in ("name", "arguments", None)]
    if isinstance(arguments, str) and (inner := _parse(arguments.strip())) and isinstance(inner[0][0], dict):
        arguments, renamed = inner[0][0], [*renamed, "arguments in a string"]
    return {"name": content[name_key], "arguments": arguments}, renamed


def _trailing_code(text: str) -> str:
    """The longest end of the text that is Python and calls or assigns something; prose is not."""
    lines = text.strip().splitlines()
    for start in range(len(lines)):
        code = "\n".join(lines[start:])
        try:
            tree = ast.parse(code)
        except (SyntaxError, ValueError):
            continue
        if any(isinstance(node, (ast.Call, ast.Assign)) for node in ast.walk(tree)):
            return code.strip()
        return ""
    return ""
