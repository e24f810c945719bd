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

_SMALL: Final = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen".split(),
        range(20),
        strict=True,
    )
)
_TENS: Final = dict(
    zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True)
)
_PARTS: Final = {
    "half": 0.5,
    "halves": 0.5,
    "halved": 0.5,
    "third": 1 / 3,
    "thirds": 1 / 3,
    "quarter": 0.25,
    "quarters": 0.25,
    "tenth": 0.1,
    "hundredth": 0.01,
    "thousandth": 0.001,
}
_MANIFOLD: Final = {
    **dict.fromkeys("twice double doubles doubled doubling twofold two-fold".split(), 2.0),
    **dict.fromkeys("thrice triple triples tripled tripling threefold".split(), 3.0),
    **dict.fromkeys("quadruple quadruples quadrupled fourfold".split(), 4.0),
    **dict.fromkeys("hundred".split(), 100.0),
    **dict.fromkeys("thousand".split(), 1000.0),
    **dict.fromkeys("dozen".split(), 12.0),
}
_WORDS: Final = {**_SMALL, **_TENS, **_PARTS, **_MANIFOLD}
_NEVER_CLAIMED: Final = frozenset("zero one third thirds half halves hundred thousand dozen quarter".split())
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
_APPROXIMATE: Final = re.compile(
    r"(?:about|around|roughly|approximately|nearly|almost|some|~|≈|over|under|than|circa|ca\.)\s*$", re.I
)
_APPROXIMATE_SHARE: Final = 0.05
"""How far `about 28 million` may lie from the passage's number, as a share of it."""
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
        counts: The kinds of counted nouns right after it (`12 layers`).
        claimed: Whether a sentence that says it needs support for it.
        approximate: Whether the text says that it is (`about`, `more than`).
        spelled: Whether it is a word.
    """

    written: str
    readings: tuple[tuple[float, Unit | None], ...]
    counts: frozenset[int] = frozenset()
    claimed: bool = True
    approximate: bool = False
    spelled: bool = False
    decimals: int = 0

    @property
    def digits(self) -> int:
        """How many significant digits are written."""
        return len(re.sub(r"\D", "", self.written.split("^")[0]).lstrip("0"))


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
            counts=_counts(text[match.end() : match.end() + _LOOK_BACK]) if not match["unit"] else frozenset(),
            claimed=_is_claimed(match, text),
            approximate=bool(_APPROXIMATE.search(before)),
            spelled=match["word"] is not None,
            decimals=len((match["digits"] or "").partition(".")[2]),
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
    yield from _with_exponent(match, value)
    if match["below"]:
        yield float(match["below"])
        if float(match["below"]):
            yield value / float(match["below"])


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
        return match["word"].lower() not in _NEVER_CLAIMED or bool(match["magnitude"] or match["unit"])
    is_item_number = match.start() == 0 and re.match(r"[.)]\s", text[match.end() :])
    return not is_item_number


def agree(said: Number, known: Number) -> bool:
    """Whether a passage's number `known` supports a sentence's number `said`."""
    return any(_equal(said, mine, known, theirs) for mine in said.readings for theirs in known.readings)


def _equal(said: Number, mine: tuple[float, Unit | None], known: Number, theirs: tuple[float, Unit | None]) -> bool:
    (value, unit), (other, other_unit) = mine, theirs
    if unit and other_unit:
        if unit.dimension != other_unit.dimension:
            return False
        value, other = value * unit.factor, other * other_unit.factor
    elif unit and unit.dimension == "percent" and math.isclose(value / 100, other, rel_tol=1e-9):
        return True
    elif other_unit and other_unit.dimension == "percent" and math.isclose(value, other / 100, rel_tol=1e-9):
        return True
    if value > 0 > other:
        other = -other  # `falls by 5` for `-5`
    return _close(said, value, other, known)


def _close(said: Number, value: float, other: float, known: Number) -> bool:
    if math.isclose(value, other, rel_tol=1e-9, abs_tol=1e-15):
        return True
    if said.approximate and abs(value - other) <= _APPROXIMATE_SHARE * abs(other):
        return True
    rounded = said.digits >= _ROUNDING_DIGITS and known.digits > said.digits and not said.spelled
    return rounded and value != 0 and math.isclose(value, _rounded(other, said.digits), rel_tol=1e-9)


def _rounded(value: float, digits: int) -> float:
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))
