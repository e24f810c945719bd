"""Calculations that can be cited: an expression over figures of passages, computed in the sandbox.

Covered: every number of the expression stands in one of the passages that are named, but for a few that belong to the
arithmetic (`1`, `2`, `100`, ...) and for how many figures there are; units that do not fit are refused; the value is a
finite number. Not covered: whether the right figures were taken.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from agent.errors import InvalidCalculation, first_line
from agent.evidence import Evidence, Figure, Ledger
from agent.expressions import dimension, equation, in_floats, numbers_in, parse
from agent.numbers import Number, numbers_of
from agent.sandbox_limits import MEBIBYTE, SandboxLimits
from agent.sandbox_pool import SandboxPool
from agent.units import UNITS, Unit
from corpus.sentences import sentence_spans

_LIMITS: Final = SandboxLimits(step_seconds=1.0, memory_bytes=8 * MEBIBYTE)
_PART_OF_ARITHMETIC: Final = frozenset((1.0, 2.0, 10.0, 60.0, 100.0, 1000.0, 1024.0))
"""Numbers that need no passage: for differences, means, percentages and the conversion of units."""
_NAMED: Final = 8
"""Figures that a model is told of when it used one that is not there."""
_UNIT_AT_END: Final = re.compile(r"(?<=[\d\s])([^\W\d]+|%|[$€£])$")


@dataclass(frozen=True, slots=True)
class _Found:
    """A number of a passage, and where its sentence stands."""

    number: Number
    figure: Figure


class Calculator:
    """Evaluates expressions, one after the other, on a worker of its own: those of the team may all be waiting."""

    def __init__(self) -> None:
        self._pool = SandboxPool(workers=1)

    def close(self) -> None:
        """End the worker."""
        self._pool.close()

    def calculate(self, expression: str, keys: Sequence[str], ledger: Ledger) -> Evidence:
        """Evidence whose text is the equation, entered in `ledger`.

        Args:
            expression: Numbers as the passages have them, and arithmetic.
            keys: Of the passages that hold the numbers.
            ledger: Knows the passages.

        Raises:
            InvalidCalculation: The message says what to write instead.
        """
        tree = parse(expression)
        passages = [_passage(key, ledger) for key in keys]
        used = _used(tree, [one for passage in passages for one in _numbers(passage)])
        units = {value: unit for value, (_, unit) in used.items() if unit}
        of_value = dimension(tree, units)
        spelled = next((_spelling(one.number) for one, unit in used.values() if unit in of_value), "")
        if UNITS["%"] in of_value and isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Sub):
            spelled = "percentage points"
        text = equation(tree, self.value(tree), spelled)
        before = [figure for passage in passages for figure in passage.figures]
        return ledger.enter_calculation(text, [*(one.figure for one, _ in used.values()), *before])

    def value(self, tree: ast.expr) -> float:
        """The value of an expression.

        Raises:
            InvalidCalculation: It has none: a division by zero, a power too large for a float, the root of less than 0.
        """
        from agent.sandbox_step import CodeFailed, feed

        with self._pool.session(_LIMITS) as session:
            try:
                value = feed(session, in_floats(tree))
            except CodeFailed as error:
                raise InvalidCalculation(f"this cannot be calculated: {first_line(error)}") from error
        if not isinstance(value, float) or not math.isfinite(value):
            raise InvalidCalculation(f"this has no value that is a number: {value}")
        return value


def _passage(key: str, ledger: Ledger) -> Evidence:
    known = ledger.get(str(key).strip("[] "))
    if known is None:
        raise InvalidCalculation(f"{key!r} was never given out; name the keys of the passages that hold the figures")
    return known


def _numbers(passage: Evidence) -> Iterator[_Found]:
    """The numbers that a passage states; of a calculation only its value."""
    if passage.figures:
        place = Figure(passage.key, passage.note_id, passage.start, passage.end)
        yield from (_Found(one, place) for one in numbers_of(value_of(passage.text)))
        return
    for start, end in _statements(passage.text):
        place = Figure(passage.key, passage.note_id, passage.start + start, passage.start + end)
        yield from (_Found(one, place) for one in numbers_of(passage.text[start:end]))


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the sentences of a text, and of each row of its tables."""
    for start, end in sentence_spans(text):
        if "\n|" in text[start:end]:
            yield from ((start + row.start(), start + row.end()) for row in re.finditer(r"[^\n]+", text[start:end]))
        else:
            yield start, end


def value_of(equation: str) -> str:
    """What stands behind the equals sign."""
    return re.split("[=≈]", equation)[-1]


def _used(tree: ast.expr, known: Sequence[_Found]) -> dict[float, tuple[_Found, Unit | None]]:
    """For each figure of the expression where it is from and its unit."""
    used: dict[float, tuple[_Found, Unit | None]] = {}
    values = list(dict.fromkeys(numbers_in(tree)))
    for value in values:
        found = next((pair for one in known if (pair := _reading(value, one))), None)
        if found:
            used[value] = found
    missing = [value for value in values if value not in used]
    strange = [value for value in missing if value not in {*_PART_OF_ARITHMETIC, float(len(used))}]
    if strange or not used:
        there = "; ".join(dict.fromkeys(one.number.written for one in known[:_NAMED])) or "none"
        lacking = f"{strange[0]:g} is not" if strange else "no figure of the expression is"
        raise InvalidCalculation(f"{lacking} in the passages that were named; the figures there are: {there}")
    return used


def _reading(value: float, one: _Found) -> tuple[_Found, Unit | None] | None:
    """The number as a figure of that value, a percentage also as a share; None where it has another value."""
    for read, unit in one.number.readings:
        if math.isclose(abs(read), value, rel_tol=1e-9):
            return one, unit
        if unit == UNITS["%"] and math.isclose(abs(read) / 100, value, rel_tol=1e-9):
            return one, None
    return None


def _spelling(number: Number) -> str:
    """How a number's unit is written behind it."""
    found = _UNIT_AT_END.search(number.written)
    return found[1] if found else number.written[:1] if number.written[:1] in "$€£" else ""
