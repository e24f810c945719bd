"""Rows of Markdown tables, as answers quote them; formulas and code in their cells may hold bars of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from ui.formulas import formulas_in

_CODE = re.compile(r"(`+)[^`]+\1")
_BAR = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-{2,}[-:| \t]*(?:\n|$)", re.MULTILINE)


def cells_of(text: str) -> tuple[str, list[str]] | None:
    """What stands before a row, such as the heading of its table, and the row's cells; None where `text` is no row."""
    bars = list(_bars(text))
    if len(bars) < 2 or text[bars[-1] + 1 :].strip():
        return None
    inside = [text[one + 1 : other].strip() for one, other in pairwise(bars)]
    return text[: bars[0]], inside


def without_rules(text: str) -> str:
    """`text` without the lines that only rule a table off (`|---|---|`)."""
    return _RULE.sub("", text)


def _bars(text: str) -> Iterator[int]:
    """Where a bar stands that parts cells."""
    whole = [(opens, formula.stop) for opens, formula in formulas_in(text)]
    whole += [match.span() for match in _CODE.finditer(text)]
    for bar in _BAR.finditer(text):
        if not any(start <= bar.start() < end for start, end in whole):
            yield bar.start()
