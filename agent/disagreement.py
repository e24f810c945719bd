"""Notes that disagree on a number: a sentence of another note that says the same with another figure.

Two sentences say the same when they share most of their words, name the same things, and speak of as much of the
question. They disagree when each has a number with a unit or a counted noun that the other has with another value. It
is better to miss a disagreement than to see one between statements about different things, so all of this must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from agent.extractive import ScoredUnit
from agent.numbers import Number, agree, numbers_of
from agent.refusal import names_in

_SHARED: Final = 0.5
"""Share of the words of both sentences together, by rarity and without figures, that both must have."""
_AS_MUCH: Final = 0.8
"""Share of what the answer covers of the question that the other sentence must cover."""

Terms = Callable[[str], Collection[str]]


def disagreeing(
    chosen: Sequence[ScoredUnit], scored: Sequence[ScoredUnit], analyse: Terms, rarity: Callable[[str], float]
) -> tuple[ScoredUnit, ScoredUnit] | None:
    """The first chosen unit that a unit of another note contradicts in a number, with that unit; or None.

    Args:
        chosen: The units of the answer.
        scored: All units that were compared, best first.
        analyse: A text's terms.
        rarity: A term's inverse document frequency.
    """
    for said in chosen:
        for other in scored:
            elsewhere = other.unit.evidence.note_id != said.unit.evidence.note_id
            if elsewhere and other.coverage >= _AS_MUCH * said.coverage and _contradict(said, other, analyse, rarity):
                return said, other
    return None


def with_both(chosen: Sequence[ScoredUnit], said: ScoredUnit, other: ScoredUnit, most: int) -> list[ScoredUnit]:
    """The units of the answer with `other` right behind `said`.

    Beyond `most` units the last ones give way, except those of a list that the first unit announces.
    """
    rest = [one for one in chosen if one not in (said, other)]
    kept = rest if chosen[0].unit.announces else rest[: max(0, most - 2)]
    return [part for one in chosen for part in ((said, other) if one is said else (one,) if one in kept else ())]


def _contradict(one: ScoredUnit, other: ScoredUnit, analyse: Terms, rarity: Callable[[str], float]) -> bool:
    texts = one.unit.text, other.unit.text
    numbers = numbers_of(texts[0]), numbers_of(texts[1])
    if not _other_value(*numbers):
        return False
    bare = [_without(found, text) for found, text in zip(numbers, texts, strict=True)]
    first, second = ({term: rarity(term) for term in analyse(text)} for text in bare)
    return _overlap(first, second) >= _SHARED and _names(bare[0]) == _names(bare[1])


def _without(numbers: Sequence[Number], text: str) -> str:
    """The text without its figures and their units."""
    for number in numbers:
        text = text.replace(number.written, " ", 1)
    return text


def _other_value(one: Sequence[Number], other: Sequence[Number]) -> bool:
    """Whether each text has a number of the same kind that agrees with none of the other's numbers."""
    alone = [number for number in one if number.claimed and not _agreed(number, other)]
    there = [number for number in other if number.claimed and not _agreed(number, one)]
    return any(_comparable(a, b) for a in alone for b in there)


def _agreed(number: Number, others: Sequence[Number]) -> bool:
    return any(agree(number, other) or agree(other, number) for other in others)


def _comparable(one: Number, other: Number) -> bool:
    """Whether two numbers measure the same dimension and count the same noun, or neither counts any."""
    dimensions = [{unit.dimension if unit else "" for _, unit in number.readings} for number in (one, other)]
    return bool(dimensions[0] & dimensions[1]) and bool(one.counts & other.counts or one.counts == other.counts)


def _names(text: str) -> set[str]:
    return {name.casefold() for name in names_in(text)}


def _overlap(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    together = {**one, **other}
    return sum(one[term] for term in one.keys() & other.keys()) / (sum(together.values()) or 1.0)
