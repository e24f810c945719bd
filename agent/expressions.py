"""Arithmetic as a model writes it: numbers, `+ - * / ^` and brackets, and nothing else.

Covered: an expression is read, never run here; names, calls, text and everything else that Python could read are
refused; figures with different units are not added, and those of one kind in different units (MB and GB) not combined.
"""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from agent.errors import InvalidCalculation
from agent.units import UNITS, Unit

_LONGEST: Final = 200
"""Characters: more than the sum of twenty figures needs."""
_TYPED: Final = str.maketrans({"−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "∕": "/"})
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_OPERATORS: Final = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_WRITTEN: Final = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?| \*\* |[-*/]")
_SIGNS: Final = {" ** ": "^", "*": "×", "/": "÷", "-": "−"}
"""`÷`, since what a slash joins reads as a fraction."""
_EXACT: Final = 1e-12
"""Relative difference up to which a rounded number counts as the number itself: what binary fractions lose."""
_LARGEST_WHOLE: Final = 1e15
"""Beyond it a float no longer holds every whole number."""

Dimension = Mapping[Unit, int]
"""Unit → its power; empty for a bare number."""


def parse(expression: str) -> ast.expr:
    """The expression as a tree of numbers and operators.

    Raises:
        InvalidCalculation: It is something else, or too long.
    """
    text = _THOUSANDS.sub("", expression.translate(_TYPED).replace("^", "**")).strip()
    if len(text) > _LONGEST:
        raise InvalidCalculation(f"the expression has {len(text):,} characters; {_LONGEST} are the limit")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise _not_arithmetic(expression) from error
    for node in ast.walk(tree):
        if not _is_arithmetic(node):
            raise _not_arithmetic(expression)
    return tree


def _is_arithmetic(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=int() | float() as value):
            return not isinstance(value, bool) and math.isfinite(value)
        case ast.BinOp(op=operator):
            return isinstance(operator, _OPERATORS)
        case ast.UnaryOp(op=operator):
            return isinstance(operator, ast.USub | ast.UAdd)
    return isinstance(node, ast.operator | ast.unaryop)


def _not_arithmetic(expression: str) -> InvalidCalculation:
    return InvalidCalculation(f"{expression[:_LONGEST]!r} is no arithmetic; write numbers, + - * / ^ and brackets only")


def numbers_in(tree: ast.expr) -> Iterator[float]:
    """The numbers of an expression."""
    return (_number(node) for node in ast.walk(tree) if isinstance(node, ast.Constant))


def _number(node: ast.Constant) -> float:
    assert isinstance(node.value, int | float)  # `parse` lets nothing else through
    return float(node.value)


def in_floats(tree: ast.expr) -> str:
    """The expression as Python of floats alone, so that no power takes more than a moment."""

    class Floats(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.Constant:
            return ast.Constant(_number(node))

    return ast.unparse(Floats().visit(ast.parse(ast.unparse(tree), mode="eval")))


def readable_expression(tree: ast.expr) -> str:
    """The expression as people write it: `(0.91 − 0.87) ÷ 0.87`."""
    return _WRITTEN.sub(lambda sign: _SIGNS.get(sign[0]) or written(float(sign[0])), ast.unparse(tree))


def equation(tree: ast.expr, value: float, unit: str) -> str:
    """The expression with its value: `3 ÷ 2 = 1.5`, `10 ÷ 3 ≈ 3.33333`; `unit` is how the figures write it."""
    shown = written(value)
    sign = "=" if math.isclose(float(shown.replace(",", "")), value, rel_tol=_EXACT) else "≈"
    return f"{readable_expression(tree)} {sign} {shown}{f' {unit}' if unit else ''}"


def written(value: float) -> str:
    """A number for people: whole ones with separators, others with six digits."""
    if abs(value) < _LARGEST_WHOLE and math.isclose(value, round(value), rel_tol=_EXACT, abs_tol=1e-15):
        return f"{round(value):,}"
    return f"{value:.6g}"


def dimension(tree: ast.expr, units: Mapping[float, Unit]) -> Dimension:
    """The unit of the value of an expression; `units` are those of its numbers.

    Raises:
        InvalidCalculation: Figures are combined that cannot be.
    """
    match tree:
        case ast.Constant() as constant:
            unit = units.get(_number(constant))
            return {unit: 1} if unit else {}
        case ast.UnaryOp(operand=operand):
            return dimension(operand, units)
        case ast.BinOp(left=left, op=operator, right=right):
            return _combined(operator, dimension(left, units), dimension(right, units))
    raise AssertionError(tree)


def _combined(operator: ast.operator, one: Dimension, other: Dimension) -> Dimension:
    if isinstance(operator, ast.Add | ast.Sub):
        if one != other:
            raise InvalidCalculation("figures with different units cannot be added or subtracted; convert them first")
        return one
    if isinstance(operator, ast.Pow):
        if one or other:
            raise InvalidCalculation("a figure with a unit cannot be raised to a power, or be one")
        return {}
    sign = 1 if isinstance(operator, ast.Mult) else -1
    powers = Counter(one)
    for unit, power in other.items():
        powers[unit] += sign * power
    left = {unit: power for unit, power in powers.items() if power}
    if len({unit.dimension for unit in left}) < len(left):
        raise InvalidCalculation("the figures are in different units of one kind; convert them first")
    if sign > 0 or len(left) > 1 or any(power != 1 for power in left.values()):
        left.pop(UNITS["%"], None)  # a percentage of something is no percentage
    return left
