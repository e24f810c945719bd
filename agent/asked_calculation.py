"""Questions that ask to combine two figures, and where the figures are, by rule and with no language model.

A figure is taken only where a sentence that names its side holds exactly one number of the wanted kind, and both sides
have the same unit and count the same thing. Everything else is left alone: two quotations are better than a number that
was made from the wrong ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from agent.numbers import Number, numbers_of
from agent.units import Unit, counted_kind
from retrieval.tokens import stem

Operation = Literal["difference", "ratio", "percent", "sum"]

LESS: Final = {"smaller": "large", "shorter": "long", "slower": "fast", "lower": "high", "cheaper": "expensive"}
MORE: Final = {
    **{"larger": "large", "bigger": "big", "longer": "long", "faster": "fast", "higher": "high", "greater": "great"},
    **{"deeper": "deep", "wider": "wide", "heavier": "heavy"},
}
_ADJECTIVE: Final = rf"(?P<adjective>{'|'.join({**MORE, **LESS})})"
_AMOUNT: Final = r"(?P<amount>more|fewer|less)"
_NOUN: Final = r"(?P<noun>[\w-]+(?: [\w-]+){0,2}?)"
_ONE: Final = r"(?P<one>[^,;?]{1,80}?)"
_OTHER: Final = r"(?P<other>[^,;?]{1,80}?)"
_HAS: Final = r"(?:have|has|use|need|take|contain|hold|reach|get|cost)s?"
_END: Final = r"\s*\?*\s*$"
_PERCENT: Final = r"(?:by )?(?:how many|what) (?:per ?cent|percentage|%)"
_PATTERNS: Final[tuple[tuple[Operation, str], ...]] = (
    ("percent", rf"{_PERCENT} {_ADJECTIVE} (?:is|are|was|were) {_ONE} than {_OTHER}"),
    ("percent", rf"{_PERCENT} {_AMOUNT} {_NOUN} (?:does|do|did) {_ONE} {_HAS} than {_OTHER}"),
    ("percent", rf"{_PERCENT} (?:is|are|was|were) {_ONE} {_ADJECTIVE} than {_OTHER}"),
    ("ratio", rf"how many times {_ADJECTIVE} (?:is|are|was|were) {_ONE} than {_OTHER}"),
    ("ratio", rf"by (?:what|which) factor (?:is|are|was|were) {_ONE} {_ADJECTIVE} than {_OTHER}"),
    ("ratio", rf"how many times (?:more|as many|as much) {_NOUN} (?:does|do|did) {_ONE} {_HAS} (?:than|as) {_OTHER}"),
    ("ratio", rf"what (?:is|was) the ratio (?:of|between) {_ONE} (?:to|and) {_OTHER}"),
    ("difference", rf"(?:by )?how much {_ADJECTIVE} (?:is|are|was|were) {_ONE} than {_OTHER}"),
    ("difference", rf"how (?:many|much) {_AMOUNT} {_NOUN} (?:does|do|did) {_ONE} {_HAS} than {_OTHER}"),
    ("sum", rf"how (?:many|much) {_NOUN} (?:does|do|did) {_ONE} and {_OTHER} {_HAS} (?:together|in total|altogether)"),
)
_ASKED: Final = tuple(
    (operation, re.compile(rf"^\W*{pattern}{_END}", re.IGNORECASE)) for operation, pattern in _PATTERNS
)
_QUOTED: Final = re.compile(r"^(?P<text>.*\S) \[(?P<key>[nwt]\d+)\]$")
_WORD: Final = re.compile(r"\w+(?:[-.]\w+)*")
_ARTICLES: Final = frozenset("the a an of in for with".split())
_CLAUSE: Final = re.compile(r"[,;:|]\s+|\s+(?:and|but|while|whereas)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AskedCalculation:
    """What a question wants to have computed.

    Attributes:
        sides: The two things whose figures are combined, in the order in which they are asked for.
        noun: What is counted or measured, such as `layers`; empty where the question names none.
        adjective: How the sides are compared, such as `large`.
        less: Whether the first side is thought to have the smaller figure.
    """

    operation: Operation
    sides: tuple[str, str]
    noun: str = ""
    adjective: str = ""
    less: bool = False

    @property
    def questions(self) -> tuple[str, str]:
        """What has to be looked up for each side."""
        one, other = (self._question(side) for side in self.sides)
        return one, other

    def _question(self, side: str) -> str:
        if self.noun:
            counted = any(counted_kind(word) is not None for word in self.noun.split()) or self.noun.endswith("s")
            return f"How {'many' if counted else 'much'} {self.noun} does {side} have?"
        return f"How {self.adjective} is {side}?" if self.adjective else f"How many {side} are there?"


@dataclass(frozen=True, slots=True)
class FoundFigure:
    """The figure of a side: its value, and the line of a report in which it stands."""

    value: float
    unit: Unit | None
    counts: frozenset[int]
    line: str
    key: str


@dataclass(frozen=True, slots=True)
class Computable:
    """A calculation that the reports have the figures for.

    Attributes:
        expression: For the tool `calculate`, with the keys of its figures.
        lines: Of the reports, that state the figures.
        said: What the equation is called in the answer.
    """

    expression: str
    keys: tuple[str, ...]
    lines: tuple[str, ...]
    said: str


def asked_calculation(question: str) -> AskedCalculation | None:
    """What the question wants to have computed; None where no rule is sure."""
    text = " ".join(question.split())
    for operation, pattern in _ASKED:
        if match := pattern.match(text):
            named = match.groupdict()
            adjective = (named.get("adjective") or "").lower()
            return AskedCalculation(
                operation,
                (_thing(named["one"]), _thing(named["other"])),
                named.get("noun") or "",
                {**MORE, **LESS}.get(adjective, ""),
                less=adjective in LESS or (named.get("amount") or "").lower() in ("fewer", "less"),
            )
    return None


def computable(asked: AskedCalculation, reports: Sequence[str]) -> Computable | None:
    """The calculation, where the two reports have one figure for each side, of the same unit; else None."""
    if len(reports) != len(asked.sides):
        return None
    one = _figure(asked, asked.sides[0], asked.sides[1], reports[0])
    other = _figure(asked, asked.sides[1], asked.sides[0], reports[1])
    if one is None or other is None or one.unit != other.unit:
        return None
    if one.counts != other.counts and not one.counts & other.counts:
        return None
    asked = _by_time(asked, one.unit) if asked.adjective == "fast" else asked
    expression = _expression(asked, one.value, other.value)
    if expression is None:
        return None
    keys, lines = (tuple(dict.fromkeys(pair)) for pair in ((one.key, other.key), (one.line, other.line)))
    return Computable(expression, keys, lines, _said(asked))


def _by_time(asked: AskedCalculation, unit: Unit | None) -> AskedCalculation:
    """What is faster takes less time."""
    return replace(asked, less=not asked.less) if unit and unit.dimension == "time" else asked


def _expression(asked: AskedCalculation, one: float, other: float) -> str | None:
    """None where the figures contradict what the question takes for granted, or have no ratio."""
    large, small = max(one, other), min(one, other)
    if asked.operation == "sum":
        return f"{one:.15g} + {other:.15g}"
    if asked.operation == "difference":
        return f"{large:.15g} - {small:.15g}"
    if asked.operation == "ratio":
        above, below = (other, one) if asked.less else (one, other)
        return f"{above:.15g} / {below:.15g}" if below else None
    as_said = one < other if asked.less else one > other
    return f"100 * ({large:.15g} - {small:.15g}) / {other:.15g}" if as_said and other else None


def _said(asked: AskedCalculation) -> str:
    named = {
        "difference": "The difference in",
        "ratio": "The ratio of",
        "percent": "In per cent of",
        "sum": "The sum of",
    }
    return f"{named[asked.operation]} {asked.noun}" if asked.noun else named[asked.operation].rsplit(" ", 1)[0]


def _figure(asked: AskedCalculation, side: str, other: str, report: str) -> FoundFigure | None:
    for line in report.splitlines():
        match = _QUOTED.match(line)
        if match is None:
            continue
        found = {
            (value, unit, number.counts)
            for clause in clauses(match["text"], side, other)
            for number in numbers_of(clause)
            if _is_wanted(asked, number, clause)
            for value, unit in number.readings
        }
        if len(found) > 1:
            return None
        for value, unit, counts in found:
            return FoundFigure(value, unit, counts, line, match["key"])
    return None


def clauses(text: str, side: str, other: str) -> Iterator[str]:
    """The text, where it names the side `side` alone; else its clauses that do."""
    parts = [text] if not _names(other, text) else _CLAUSE.split(text)
    return (part for part in parts if _names(side, part) and not _names(other, part))


def _names(side: str, text: str) -> bool:
    """Whether all words of `side` stand in `text`."""
    stems = _stems(side)
    return bool(stems) and stems <= _stems(text)


def _stems(text: str) -> set[str]:
    return {stem(word.lower()) for word in _WORD.findall(text)} - _ARTICLES


def _is_wanted(asked: AskedCalculation, number: Number, clause: str) -> bool:
    """Whether a number can be the figure: exact, positive, and of what the question counts or measures."""
    if number.approximate or not number.claimed or any(value <= 0 for value, _ in number.readings):
        return False
    kinds = {kind for word in asked.noun.split() if (kind := counted_kind(word)) is not None}
    if kinds:
        return bool(kinds & number.counts)
    measured = any(unit for _, unit in number.readings)
    if asked.noun:
        return not number.counts and (measured or _names(asked.noun, clause))
    return measured or bool(number.counts)


def _thing(text: str) -> str:
    return re.sub(r"^(?:the|a|an)\s+", "", text.strip(), flags=re.IGNORECASE)
