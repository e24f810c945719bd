"""Whether the numbers of a sentence are those of the passages that it cites.

A number is supported by an equal one in a statement that is about the same thing: one that shares a fair part of the
sentence's words, itself or with its neighbours. The noun that is counted may not change either (`12 heads` for
`12 layers`), where both texts name one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agent.cited_text import CitedText, shares
from agent.numbers import Number, agree, numbers_of

_NEAR_SHARE: Final = 0.35
"""Part of the best statement's share of the sentence's words from which a statement is about the same thing."""
_FEW: Final = 10
"""Written-out numbers up to this may count a list that nobody counted in words."""


@dataclass(frozen=True, slots=True)
class _Known:
    number: Number
    near: bool


def number_problem(sentence: str, terms: Mapping[str, float], passages: Sequence[CitedText]) -> str | None:
    """What is wrong with the first number of `sentence` that no passage supports, or None.

    Args:
        sentence: Without citation keys.
        terms: Its terms with their weights.
        passages: What it cites.
    """
    said = list(dict.fromkeys(number for number in numbers_of(sentence) if number.claimed))
    if not said:
        return None
    known = list(dict.fromkeys(_known(terms, passages)))
    where = ", ".join(f"[{passage.key}]" for passage in passages)
    for number in said:
        problem = _problem(number, known)
        if problem and not _counts_a_list(number, passages):
            return problem.format(number=number.written, where=where)
    return None


def _known(terms: Mapping[str, float], passages: Sequence[CitedText]) -> Iterator[_Known]:
    """The numbers of the passages, and whether each stands near what the sentence is about."""
    for passage, windows in ((passage, _window_shares(terms, passage)) for passage in passages):
        best = max(windows, default=0.0)
        for statement, share in zip(passage.statements, windows, strict=True):
            for number in statement.numbers:
                yield _Known(number, passage.computed or share >= _NEAR_SHARE * best)
    for passage in passages:
        yield from (_Known(number, True) for number in numbers_of(passage.about))


def _window_shares(terms: Mapping[str, float], passage: CitedText) -> list[float]:
    """The share of each statement, at least half of what a neighbour has."""
    own = shares(terms, passage)
    padded = [0.0, *own, 0.0]
    return [max(share, padded[at] / 2, padded[at + 2] / 2) for at, share in enumerate(own)]


def _problem(said: Number, known: Sequence[_Known]) -> str | None:
    equal = [one for one in known if agree(said, one.number)]
    if not equal:
        return _reason_of_absence(said, known)
    near = [one for one in equal if one.near]
    if not near:
        return "{where} has the number {number}, but about something else"
    if _is_measured(said) and not any(_is_measured(one.number) for one in equal) and _measured_otherwise(said, known):
        return "{where} has that number with another unit than {number}"
    counted = [one.number.counts for one in near]
    if said.counts and all(counts and not counts & said.counts for counts in counted):
        return "{where} has the number {number}, but counts something else with it"
    return None


def _is_measured(number: Number) -> bool:
    return any(unit for _, unit in number.readings)


def _measured_otherwise(said: Number, known: Sequence[_Known]) -> bool:
    """Whether the passage has the same figure with a unit, which is then another one."""
    figures = {value for value, unit in said.readings if unit}
    return any(unit and value in figures for one in known for value, unit in one.number.readings)


def _reason_of_absence(said: Number, known: Sequence[_Known]) -> str:
    figures = {value for value, unit in said.readings if unit}
    if any(value in figures for one in known for value, _ in one.number.readings):
        return "{where} has that number with another unit than {number}"
    return "the number {number} is not in {where}"


def _counts_a_list(said: Number, passages: Sequence[CitedText]) -> bool:
    """Whether a written-out number is the length of a list or table of a passage."""
    if not said.spelled:
        return False
    return any(
        value <= _FEW and value in passage.items for value, unit in said.readings if not unit for passage in passages
    )
