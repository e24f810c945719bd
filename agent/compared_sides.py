"""Whether a comparison that stands on a calculation names its sides the right way round.

`A has 5 more than B` and `B has 5 more than A` stand on the same equation. Which one is right shows in the passages
that its figures are from: where one figure of the equation stands with each side alone, the larger one has to be the
side that is said to have more. Not covered: sides that are named otherwise than in the passages, or not by name (`it`),
and passages in which a side has several figures of the equation; of those nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from agent.asked_calculation import LESS, MORE, clauses
from agent.cited_text import CitedText
from agent.numbers import numbers_of

_SIDE: Final = r"[^,;:]{1,80}?"
_HAS: Final = r"(?:is|are|was|were|has|have|had|does|do|did|uses?|needs?|takes?|contains?|holds?|reach(?:es)?|costs?)"
_MORE_OR_LESS: Final = rf"(?P<compared>more|fewer|less|{'|'.join((*MORE, *LESS))})\b[^,;:]*? than"
_AS_MANY: Final = r"times (?:as|the) [^,;:]+? (?:as|of)"
_COMPARISON: Final = re.compile(
    rf"(?:.*\b(?:so|thus|hence|therefore|that|then) )?(?P<one>{_SIDE}) {_HAS} [^,;:]*?(?:{_MORE_OR_LESS}|{_AS_MANY}) "
    rf"(?P<other>{_SIDE})(?: {_HAS})?[.!]?\s*$",
    re.IGNORECASE,
)
_DENIED: Final = re.compile(r"\b(?:not?|never)\b|n't\b", re.IGNORECASE)
_FEWER: Final = ("fewer", "less", *LESS)
_BY_TIME: Final = ("faster", "slower")

Reading = tuple[float, str]
"""A value in the base of its unit, and what that measures; empty where it has no unit."""


def swapped_sides(claim: str, passages: Sequence[CitedText]) -> str:
    """What is wrong with the order of the sides that `claim` compares; empty where nothing is, or nothing is certain.

    Args:
        claim: A sentence without its keys.
        passages: What it cites: the equation, and the passages of its figures.
    """
    computed = [passage for passage in passages if passage.computed]
    match = _COMPARISON.search(claim) if computed else None
    if match is None or _DENIED.search(claim):
        return ""
    operands = {value for passage in computed for value in _operands(passage)}
    one, other = (_figures(match[a], match[b], passages, operands) for a, b in (("one", "other"), ("other", "one")))
    if len(one) != 1 or len(other) != 1:
        return ""
    ((first, dimension),), ((second, _),) = one, other
    compared = (match["compared"] or "more").lower()
    less = (compared in _FEWER) != (compared in _BY_TIME and dimension == "time")
    if first == second or (first < second) == less:
        return ""
    where = ", ".join(f"[{passage.key}]" for passage in passages if not passage.computed)
    return f"by {where} {match['one'].strip()!r} and {match['other'].strip()!r} are the other way round"


def _operands(computed: CitedText) -> Iterator[float]:
    """The figures that an equation combines."""
    for statement in computed.statements:
        made = re.split("[=≈]", statement.text)[0]
        yield from (value for number in numbers_of(made) for value, _ in number.readings)


def _figures(side: str, other: str, passages: Sequence[CitedText], operands: set[float]) -> set[Reading]:
    """The figures of the equation that stand where `side` is named and `other` is not."""
    return {
        (value * unit.factor, unit.dimension) if unit else (value, "")
        for passage in passages
        if not passage.computed
        for statement in passage.statements
        for clause in clauses(statement.text, side, other)
        for number in numbers_of(clause)
        for value, unit in number.readings
        if value in operands
    }
