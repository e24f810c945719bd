"""What a model is told about a step that failed: where, why, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from agent.sandbox_prelude import importable_modules
from agent.sandbox_rewrite import Rewritten

_PLAIN_CLASS = "Write a class without a parent, or use functions and dictionaries; for an error, raise ValueError(...)."
_NO_FILES = "There are no files here. The notes are reached with the tools only."
_HINTS: tuple[tuple[str, str], ...] = (
    (r"No module named '(?:numpy|scipy|pandas)", "Use lists, dictionaries, `math` and `statistics`. "),
    (r"No module named '(?:requests|urllib|http|bs4|socket)", "There is no network here; call the tools. "),
    (r"yield expressions", "Collect the values in a list and return it."),
    (r"class inheritance|metaclasses|not inherit from BaseException|derive from BaseException", _PLAIN_CLASS),
    (r"method decorators", "Use a plain method, or a function outside the class."),
    (r"class bodies containing", "Keep a class body to methods and simple values; define nested classes outside."),
    (r"Wildcard imports", "Import the names that you need: from module import name."),
    (r"exception groups", "Use `except`, not `except*`."),
    (r"async context managers", "Tools are called directly, without `async` and `await`."),
    (r"'list' object is not an iterator", "Wrap it: iter(...)."),
    (r"cannot suspend in this synchronous context", "Call the tool in a for loop, not inside a built-in function."),
    (r"has no attribute '__name__'", "Functions have no `__name__` here; write the name as a string."),
    (r"has no attribute '__dict__'", "Use dataclasses.asdict(...) on a dataclass, or name the attributes."),
    (r"Permission denied|FileNotFoundError|'os\.|open\(", _NO_FILES),
    (r"name '(?:input|help|breakpoint)'", "Nobody can answer here; decide from what you know."),
    (r"name '(?:globals|vars|dir|__import__|compile)'", "Look at values with print(...)."),
    (r"name '(?:bytearray|memoryview)'", "Use bytes and lists of integers."),
    (r"'<' not supported between instances", "Sort with key=, by a number or a text."),
    (r"maximum recursion depth", "Use a loop."),
)
_MISSING_MODULE = re.compile(r"(?:ModuleNotFoundError|ImportError)")
_MISSING_NAME = re.compile(r"NameError: name '(\w+)' is not defined")
_SHOWN_LINE = 160
"""Characters of a line of code that a traceback shows."""
_OUTER_FRAMES = 2
_INNER_FRAMES = 6
"""Calls that a traceback shows, from its two ends. Each costs the host a look at the whole code of its step."""
_SHOWN_MESSAGE = 2_000
"""Characters of an error's message."""


class Frame(Protocol):
    """A frame of Monty's traceback."""

    @property
    def filename(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def function_name(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Source:
    """The code of a step as the model wrote it, and as it ran."""

    step: int
    text: str
    ran: Rewritten


@dataclass(frozen=True, slots=True)
class Sources:
    """What has run in a session, by the name that Monty's tracebacks give it."""

    steps: Mapping[str, Source] = field(default_factory=dict)

    def traceback(self, frames: Iterable[Frame], current: int) -> str:
        """Where it happened, in the model's own lines; frames inside the library are left out."""
        known = [frame for frame in frames if frame.filename in self.steps]
        outer, inner = known[:_OUTER_FRAMES], known[_OUTER_FRAMES:]
        left_out = len(inner) - _INNER_FRAMES
        lines = [
            "Traceback (most recent call last):",
            *(self._line(frame, current) for frame in outer),
            *([f"  ... {left_out} more calls"] if left_out > 0 else []),
            *(self._line(frame, current) for frame in inner[-_INNER_FRAMES:]),
        ]
        return "\n".join(lines) + "\n" if known else ""

    def _line(self, frame: Frame, current: int) -> str:
        source = self.steps[frame.filename]
        number = source.ran.original_line(frame.line)
        text = source.text.splitlines()
        shown = text[number - 1].strip()[:_SHOWN_LINE] if 0 < number <= len(text) else ""
        earlier = "" if source.step == current else f" of step {source.step}"
        function = f", in {frame.function_name}" if frame.function_name not in (None, "<module>") else ""
        return f"  line {number}{earlier}{function}\n    {shown}"


def hint(message: str, tools: Iterable[str]) -> str:
    """What to do about an error, in one line that starts with "Hint: "; empty where the error says it all."""
    advice = next((text for pattern, text in _HINTS if re.search(pattern, message)), "")
    if _MISSING_MODULE.search(message):
        advice += f"These modules exist: {', '.join(importable_modules())}."
    if not advice and (missing := _MISSING_NAME.search(message)) and not missing.group(1).startswith("_"):
        advice = f"Nothing has this name yet. The tools are: {', '.join(sorted(tools))}."
    return f"Hint: {advice.strip()}" if advice else ""


def report(where: str, message: str, tools: Iterable[str], rest: str = "") -> str:
    """The whole message of a failed step."""
    message = message[:_SHOWN_MESSAGE]
    parts = [where + message, hint(message, tools), rest]
    return "\n".join(part for part in parts if part)
