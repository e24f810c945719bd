"""The numbers of a text with their units, and whether a sentence's numbers are those of its passages.

Read as numbers: `1,000`, `1e3`, `10^3`, `3 × 10^-4`, `28M`, `28 million`, `twenty-one`, `5 %`, `5 percent`, `1/2`, the
ends of ranges. Not read as numbers of their own: digits that belong to a name (`GPT-3`, `L2`, `x_1`), which
`agent.named_terms` compares. A number agrees with another one when a reading of both is equal, units converted; a
rounded number agrees with the one it was rounded from.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agent.plain_text import plain
from agent.units import MAGNITUDES, UNITS, Unit, counted_kind


def _each(words: str, *values: float) -> dict[str, float]:
    """Words in a row with their values; one value is that of all."""
    listed = words.split()
    return dict(zip(listed, values * len(listed) if len(values) == 1 else values, strict=True))


_SMALL: Final = _each("zero one two three four five six seven eight nine ten eleven twelve", *range(13)) | _each(
    "thirteen fourteen fifteen sixteen seventeen eighteen nineteen", *range(13, 20)
)
_TENS: Final = _each("twenty thirty forty fifty sixty seventy eighty ninety", *range(20, 100, 10))
_PARTS: Final = (
    _each("half halves halved", 1 / 2)
    | _each("third thirds", 1 / 3)
    | _each("quarter quarters", 1 / 4)
    | _each("tenth hundredth thousandth", 0.1, 0.01, 0.001)
)
_MANIFOLD: Final = (
    _each("twice double doubles doubled doubling twofold two-fold", 2)
    | _each("thrice triple triples tripled tripling threefold", 3)
    | _each("quadruple quadruples quadrupled fourfold", 4)
    | _each("dozen hundred thousand", 12, 100, 1000)
)
_WORDS: Final = {**_SMALL, **_TENS, **_PARTS, **_MANIFOLD}
_NEVER_CLAIMED: Final = _each("zero one third thirds half halves hundred thousand dozen quarter", 0).keys()
"""Number words with another common use (`one`, `the third`, `half of the time`): they support, but need no support."""

_WORD: Final = "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True))
_MAGNITUDE: Final = "|".join(sorted(MAGNITUDES, key=len, reverse=True))
_UNIT: Final = "|".join(
    sorted(
        (re.escape(unit).replace("percentage\\-points", r"percentage[ -]points?") for unit in UNITS),
        key=len,
        reverse=True,
    )
)
_NUMBER: Final = re.compile(
    rf"""
    (?P<before>[$€£])?
    (?P<sign>(?<![\w)\]%.])-(?=[\d.]))?
    (?:
        (?P<digits>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)*|(?<![\w.)])\.\d+)
        (?:e(?P<e>[-+]?\d+)(?![\w.])|(?:\s?[×x·*]\s?10\s?\^\(?(?P<ten>[-+]?\d+)\)?)|\s?\^\(?(?P<power>[-+]?\d+)\)?)?
        (?:\s?/\s?(?P<below>\d+(?:\.\d+)?)(?![\w.]))?
      | \b(?P<word>(?i:{_WORD}))\b(?:[ -](?P<ones>(?i:one|two|three|four|five|six|seven|eight|nine))\b)?
    )
    (?:[ -]?(?P<magnitude>{_MAGNITUDE})(?![\w^]))?
    (?:[ -]?(?P<unit>{_UNIT}|per\scent)(?![\w^]))?
    """,
    re.VERBOSE,
)
_NAME_BEFORE: Final = re.compile(r"(?<![\w.])(?:[A-Za-z_][\w.]*|(?=[\w.]*[A-Z])[A-Za-z][\w.]+[-/])$")
"""What makes digits part of a name: letters right before them, or a word with a capital and a hyphen."""
_DECADE: Final = re.compile(r"[12]\d\d0s")
_NEXT_WORDS: Final = re.compile(r"[ -]?((?:[A-Za-z]+[ -]){0,2}[A-Za-z]+)")
_POINTS_BACK: Final = re.compile(r"\b(?:the|these|those|its|their|other)\s$", re.I)
"""What makes a written-out number a pointer (`the two differ`) rather than a count."""
_APPROXIMATE: Final = re.compile(
    r"(?:about|around|roughly|approximately|nearly|almost|some|~|≈|over|under|than|circa|ca\.)\s*$", re.I
)
_APPROXIMATE_SHARE: Final = 0.05
"""How far `about 28 million` may lie from the passage's number, as a share of it."""
_FRACTION_SHARE: Final = 0.01
"""How far a fraction may lie from the decimal that it stands for."""
_ROUNDING_DIGITS: Final = 2
"""Significant digits that a number has at least before it counts as the rounding of a longer one."""
_LOOK_BACK: Final = 40
"""Characters before a number in which a name that it belongs to, or an `about`, is looked for."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number as it is written.

    Attributes:
        written: What the text says, unit included.
        readings: Value and unit of each way to read it; `28 m` is a length or 28 million.
        parts: What a fraction is made of, which a passage also supports.
        counts: The kinds of counted nouns right after it (`12 layers`).
        claimed: Whether a sentence that says it needs support for it.
        approximate: Whether the text says that it is (`about`, `more than`).
        spelled: Whether it is a word.
        digits: How many significant digits are written.
    """

    written: str
    readings: tuple[tuple[float, Unit | None], ...]
    parts: tuple[float, ...] = ()
    counts: frozenset[int] = frozenset()
    claimed: bool = True
    approximate: bool = False
    spelled: bool = False
    digits: int = 0


@lru_cache(maxsize=4096)
def numbers_of(text: str) -> tuple[Number, ...]:
    """The numbers of a text in order."""
    return tuple(_find(plain(text)))


def _find(text: str) -> Iterator[Number]:
    for match in _NUMBER.finditer(text):
        before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
        values = list(_values(match))
        if match["digits"] and _NAME_BEFORE.search(before):
            continue
        yield Number(
            written=match[0].strip(),
            readings=tuple(_readings(match, values)),
            parts=_parts(match),
            counts=_counts(text[match.end() : match.end() + _LOOK_BACK]) if not match["unit"] else frozenset(),
            claimed=_is_claimed(match, text),
            approximate=bool(_APPROXIMATE.search(before)),
            spelled=match["word"] is not None,
            digits=len((match["digits"] or "").replace(".", "").replace(",", "").lstrip("0")),
        )


def _values(match: re.Match[str]) -> Iterator[float]:
    """The values that the digits or the word can have, without what multiplies them."""
    if match["word"]:
        yield _WORDS[match["word"].lower()] + (_SMALL[match["ones"].lower()] if match["ones"] else 0)
        return
    sign = -1.0 if match["sign"] else 1.0
    digits = match["digits"].replace(",", "")
    if digits.count(".") > 1:  # a version or a date: only its text compares
        yield float(digits.replace(".", ""))
        return
    value = sign * float(digits)
    below = float(match["below"] or 1)
    yield from (whole / below if below else whole for whole in _with_exponent(match, value))


def _parts(match: re.Match[str]) -> tuple[float, ...]:
    """What stands above and below the bar of a fraction."""
    if not match["below"] or match["digits"].count(".") > 1:
        return ()
    return float(match["digits"].replace(",", "")), float(match["below"])


def _with_exponent(match: re.Match[str], value: float) -> Iterator[float]:
    exponent = match["e"] or match["ten"]
    try:
        if exponent:
            yield value * 10.0 ** int(exponent)
        elif match["power"]:
            yield math.pow(value, int(match["power"]))
        else:
            yield value
    except (OverflowError, ValueError):  # 10^99999, or zero to a negative power
        yield math.inf


def _readings(match: re.Match[str], values: Iterable[float]) -> Iterator[tuple[float, Unit | None]]:
    magnitude, unit = match["magnitude"], match["unit"] or match["before"]
    if _DECADE.fullmatch(match[0]):
        unit = None
    known = UNITS.get(_unit_spelling(unit)) if unit else None
    for value in values:
        if magnitude is None:
            yield value, known
            continue
        yield value * MAGNITUDES[magnitude], known
        if known is None and magnitude in UNITS:
            yield value, UNITS[magnitude]


def _unit_spelling(written: str) -> str:
    if written.startswith("percentage"):
        return "percentage-points"
    return "percent" if written.startswith("per ") else written


def _counts(following: str) -> frozenset[int]:
    match = _NEXT_WORDS.match(following)
    kinds = (counted_kind(word) for word in re.split("[ -]", match[1])) if match else ()
    return frozenset(kind for kind in kinds if kind is not None)


def _is_claimed(match: re.Match[str], text: str) -> bool:
    if match["word"]:
        if match["magnitude"] or match["unit"]:
            return True
        return match["word"].lower() not in _NEVER_CLAIMED and not _POINTS_BACK.search(text[: match.start()])
    is_item_number = match.start() == 0 and re.match(r"[.)]\s", text[match.end() :])
    return not is_item_number


def agree(said: Number, known: Number) -> bool:
    """Whether a passage's number `known` supports a sentence's number `said`."""
    ways = [*known.readings, *((part, None) for part in known.parts)]
    return any(_equal(said, mine, known, theirs) for mine in said.readings for theirs in ways)


def _equal(said: Number, mine: tuple[float, Unit | None], known: Number, theirs: tuple[float, Unit | None]) -> bool:
    (value, unit), (other, other_unit) = mine, theirs
    if unit and other_unit:
        if unit.dimension != other_unit.dimension:
            return False
        value, other = value * unit.factor, other * other_unit.factor
    elif (unit or other_unit) == UNITS["%"]:
        as_share = (value / 100, other) if unit else (value, other / 100)
        if _close(said, *as_share, known):
            return True
    if value > 0 > other:
        other = -other  # `falls by 5` for `-5`
    return _close(said, value, other, known)


def _close(said: Number, value: float, other: float, known: Number) -> bool:
    if math.isclose(value, other, rel_tol=1e-9, abs_tol=1e-15):
        return True
    if said.parts and math.isclose(value, other, rel_tol=_FRACTION_SHARE):
        return True  # `2/3` for 0.67
    if said.approximate and abs(value - other) <= _APPROXIMATE_SHARE * abs(other):
        return True
    rounded = said.digits >= _ROUNDING_DIGITS and known.digits > said.digits and not said.spelled
    return rounded and value != 0 and math.isclose(value, _rounded(other, said.digits), rel_tol=1e-9)


def _rounded(value: float, digits: int) -> float:
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))
