"""Filters over note metadata: a `where` is checked, then turned into a mask over notes.

    {"must": [...], "should": [...], "must_not": [...]}     all / at least one / none of the conditions
    {"field": "tags", "match": "attention"}                 equals, or is among a list field's values
    {"field": "author", "any": ["Ada", "Grace"]}            equals one of them
    {"field": "date", "range": {"gte": "2024", "lt": "2025-07"}}      numbers, or text in text order (ISO dates)
    {"field": "path", "prefix": "papers/"}                  text that begins so

Conditions nest: a condition may itself hold `must`, `should` and `must_not`. `should` beside `must` still needs a hit.
Text is compared without case. A field is looked up in columns (sorted values with postings), never note by note.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import InvalidFilter

Where = Mapping[str, Any]
Mask = NDArray[np.bool_]

GROUPS = ("must", "should", "must_not")
OPERATORS = ("match", "any", "range", "prefix")
_BOUNDS = ("gt", "gte", "lt", "lte")
_DEEPEST = 32
"""Levels of nesting; a deeper filter is a mistake or an attack."""


@dataclass(frozen=True, slots=True)
class Column:
    """One metadata field over all notes, numbers and text apart.

    Attributes:
        texts: The distinct text values, folded, sorted.
        text_notes: For each of them the positions of the notes that hold it.
        numbers: The distinct numbers, sorted.
        number_notes: For each of them the positions of the notes that hold it.
    """

    texts: list[str]
    text_notes: list[NDArray[np.int32]]
    numbers: list[float]
    number_notes: list[NDArray[np.int32]]


@dataclass(frozen=True, slots=True)
class Columns:
    """The metadata of all notes of a generation, by field."""

    fields: Mapping[str, Column]
    size: int

    def mask(self, where: Where) -> Mask:
        """Which of the notes `where` keeps: (size,) booleans.

        Raises:
            InvalidFilter: It names an unknown field or operator, or a value has the wrong type.
        """
        return self._group(where, depth=0)

    def _group(self, where: Where, depth: int) -> Mask:
        _check_group(where, depth)
        kept = np.ones(self.size, dtype=bool)
        for condition in _conditions(where, "must"):
            kept &= self._condition(condition, depth)
        for condition in _conditions(where, "must_not"):
            kept &= ~self._condition(condition, depth)
        if "should" in where:
            some = np.zeros(self.size, dtype=bool)
            for condition in _conditions(where, "should"):
                some |= self._condition(condition, depth)
            kept &= some
        return kept

    def _condition(self, condition: Any, depth: int) -> Mask:
        if not isinstance(condition, Mapping):
            raise InvalidFilter(
                f"a condition is an object such as {{'field': 'tags', 'match': 'x'}}, not {condition!r}"
            )
        if "field" not in condition:
            return self._group(condition, depth + 1)
        column = self._column(condition["field"])
        operators = [name for name in condition if name != "field"]
        if len(operators) != 1 or operators[0] not in OPERATORS:
            raise InvalidFilter(f"a condition takes one of {', '.join(OPERATORS)}, not {operators!r}")
        value = condition[operators[0]]
        kept = np.zeros(self.size, dtype=bool)
        for notes in _OPERATIONS[operators[0]](column, value):
            kept[notes] = True
        return kept

    def _column(self, field: Any) -> Column:
        if not isinstance(field, str) or field not in self.fields:
            raise InvalidFilter(f"unknown field {field!r}; this index knows {', '.join(sorted(self.fields)) or 'none'}")
        return self.fields[field]


def build_columns(metadata: Sequence[Mapping[str, Any]]) -> Columns:
    """Columns of the metadata of all notes, given in note order."""
    texts: dict[str, dict[str, list[int]]] = {}
    numbers: dict[str, dict[float, list[int]]] = {}
    for position, fields in enumerate(metadata):
        for name, value in fields.items():
            for single in value if isinstance(value, list | tuple) else (value,):
                if isinstance(single, int | float):
                    numbers.setdefault(name, {}).setdefault(_as_float(single), []).append(position)
                else:
                    texts.setdefault(name, {}).setdefault(str(single).casefold(), []).append(position)
    return Columns(
        {name: _column(texts.get(name, {}), numbers.get(name, {})) for name in {*texts, *numbers}}, len(metadata)
    )


def _as_float(value: float) -> float:
    """The value, without end where it is too large for a float: JSON has such numbers."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _column(texts: Mapping[str, list[int]], numbers: Mapping[float, list[int]]) -> Column:
    return Column(
        sorted(texts),
        [np.array(texts[value], dtype=np.int32) for value in sorted(texts)],
        sorted(numbers),
        [np.array(numbers[value], dtype=np.int32) for value in sorted(numbers)],
    )


def _check_group(where: Any, depth: int) -> None:
    if not isinstance(where, Mapping):
        raise InvalidFilter(f"a filter is an object with {', '.join(GROUPS)}, not {where!r}")
    if depth > _DEEPEST:
        raise InvalidFilter(f"a filter nests at most {_DEEPEST} levels")
    unknown = [name for name in where if name not in GROUPS]
    if unknown:
        condition = "; a condition names its 'field'" if depth else ""
        raise InvalidFilter(f"unknown part {unknown[0]!r} of a filter; known are {', '.join(GROUPS)}{condition}")


def _conditions(where: Where, group: str) -> Iterable[Any]:
    conditions = where.get(group, ())
    if isinstance(conditions, Mapping):
        return (conditions,)
    if not isinstance(conditions, list | tuple):
        raise InvalidFilter(f"{group!r} takes a list of conditions, not {conditions!r}")
    return conditions


Postings = Iterable[NDArray[np.int32]]


def _match(column: Column, value: Any) -> Postings:
    if isinstance(value, int | float):
        return _slice(column.numbers, column.number_notes, _as_float(value), _as_float(value))
    if isinstance(value, str):
        folded = value.casefold()
        return _slice(column.texts, column.text_notes, folded, folded)
    raise InvalidFilter(f"'match' takes text, a number or a truth value, not {value!r}")


def _any(column: Column, values: Any) -> Postings:
    if not isinstance(values, list | tuple):
        raise InvalidFilter(f"'any' takes a list of values, not {values!r}")
    return [notes for value in values for notes in _match(column, value)]


def _prefix(column: Column, value: Any) -> Postings:
    if not isinstance(value, str):
        raise InvalidFilter(f"'prefix' takes text, not {value!r}")
    folded = value.casefold()
    first = bisect_left(column.texts, folded)
    last = bisect_left(column.texts, True, lo=first, key=lambda text: not text.startswith(folded))
    return column.text_notes[first:last]


def _range(column: Column, bounds: Any) -> Postings:
    if not isinstance(bounds, Mapping) or not bounds or any(name not in _BOUNDS for name in bounds):
        raise InvalidFilter(f"'range' takes an object with some of {', '.join(_BOUNDS)}, not {bounds!r}")
    values = list(bounds.values())
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return _between(column.numbers, column.number_notes, bounds)
    if all(isinstance(value, str) for value in values):
        return _between(column.texts, column.text_notes, {name: value.casefold() for name, value in bounds.items()})
    raise InvalidFilter(f"the bounds of a 'range' are all numbers or all text, not {values!r}")


def _slice(values: list[Any], notes: list[NDArray[np.int32]], low: Any, high: Any) -> Postings:
    return notes[bisect_left(values, low) : bisect_right(values, high)]


def _between(values: list[Any], notes: list[NDArray[np.int32]], bounds: Mapping[str, Any]) -> Postings:
    first, last = 0, len(values)
    if "gt" in bounds:
        first = max(first, bisect_right(values, bounds["gt"]))
    if "gte" in bounds:
        first = max(first, bisect_left(values, bounds["gte"]))
    if "lt" in bounds:
        last = min(last, bisect_left(values, bounds["lt"]))
    if "lte" in bounds:
        last = min(last, bisect_right(values, bounds["lte"]))
    return notes[first:last]


_OPERATIONS = {"match": _match, "any": _any, "range": _range, "prefix": _prefix}
