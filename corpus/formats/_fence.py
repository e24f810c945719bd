"""Code blocks of Markdown that their code cannot end."""

from __future__ import annotations

import re

_BACKTICKS = re.compile(r"`{3,}")


def fence(code: str, language: str = "") -> str:
    """The code, unchanged, in a fence that is longer than any in it."""
    marks = "`" * (max((len(run) for run in _BACKTICKS.findall(code)), default=2) + 1)
    return f"{marks}{language}\n{code}\n{marks}"
