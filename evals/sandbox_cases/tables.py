"""The tables of this folder, read from their text files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

SECRET_VARIABLE = "FOOTNOTE_CANARY"
"""The environment variable that the attempts try to read."""


@dataclass(frozen=True, slots=True)
class Escape:
    """An attempt to get out: its category, a name, and code with the places `<FILE>`, `<MARK>`, `<LINK>`, `<PORT>`."""

    category: str
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Action:
    """Code of one or more steps, and the value of the last."""

    group: str
    name: str
    steps: tuple[str, ...]
    expected: Any


def read_escapes() -> list[Escape]:
    """Attempts to read, write, start or reach something."""
    return [Escape(*case) for case in _cases("escapes.txt")]


def read_exhaustion() -> list[Escape]:
    """Attempts to use up time or memory; the long ones are written out."""
    cases = _cases("exhaustion.txt")
    return [Escape(category, name, _written_out(code)) for category, name, code in cases]


def _written_out(code: str) -> str:
    """`code` with what `<CLASSES>` and the like stand for: as much as a step may have."""
    for name, text in {
        "<CLASSES>": "\n".join(
            f"class A{n + 1}(A{n}, B{n}): pass\nclass B{n + 1}(B{n}, A{n}): pass" for n in range(900)
        ),
        "<LINES>": "\n".join(f"x{n} = [y for y in range(3)]" for n in range(2_500)) + "\ny = list(map(f, []))",
        "<SUM>": " + ".join(["1"] * 20_000),
        "<METHODS>": ", ".join(["d.get"] * 10_000),
        "<NESTED>": "\n".join(f"{' ' * n}def f{n}():\n{' ' * n} yield {n}" for n in range(60)),
    }.items():
        code = code.replace(name, text)
    return code


def read_actions() -> list[Action]:
    """What a model writes, with the value that it should have."""
    actions = []
    for group, name, text in _cases("actions.txt"):
        code, _, expected = text.rpartition("\n== ")
        actions.append(Action(group, name, tuple(code.split("\n--\n")), ast.literal_eval(expected)))
    return actions


def _cases(file: str) -> Iterator[tuple[str, str, str]]:
    """Group, name and text of every case of a file; what stands before the first group is for the reader."""
    text = (files("evals.sandbox_cases") / file).read_text("utf-8")
    for part in text.split("\n@@ ")[1:]:
        group, _, cases = part.partition("\n")
        for case in cases.split("\n@ ")[1:]:
            name, _, body = case.partition("\n")
            yield group, name, body.strip("\n")
