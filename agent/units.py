"""Units of measure and counted nouns: how they are written, and which of them can be converted into each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as `factor` times the base unit of its dimension; units of different dimensions never agree."""

    dimension: str
    factor: float = 1.0


_SECOND: Final = 1.0
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR

_SPELLINGS: Final[dict[str, tuple[str, float]]] = {
    "byte bytes B": ("bytes", 1),
    "KB kB kilobyte kilobytes": ("bytes", 1e3),
    "MB megabyte megabytes": ("bytes", 1e6),
    "GB gigabyte gigabytes": ("bytes", 1e9),
    "TB terabyte terabytes": ("bytes", 1e12),
    "PB petabyte petabytes": ("bytes", 1e15),
    "KiB": ("bytes", 2**10),
    "MiB": ("bytes", 2**20),
    "GiB": ("bytes", 2**30),
    "TiB": ("bytes", 2**40),
    "bit bits": ("bits", 1),
    "Mbit": ("bits", 1e6),
    "Gbit": ("bits", 1e9),
    "ns nanosecond nanoseconds": ("time", 1e-9),
    "us μs microsecond microseconds": ("time", 1e-6),
    "ms millisecond milliseconds": ("time", 1e-3),
    "s sec secs second seconds": ("time", _SECOND),
    "min mins minute minutes": ("time", _MINUTE),
    "h hr hrs hour hours": ("time", _HOUR),
    "day days": ("time", _DAY),
    "week weeks": ("time", 7 * _DAY),
    "month months": ("months", 1),
    "year years": ("months", 12),
    "% percent": ("percent", 1),
    "percentage-points pp": ("percentage points", 1),
    "Hz": ("frequency", 1),
    "kHz": ("frequency", 1e3),
    "MHz": ("frequency", 1e6),
    "GHz": ("frequency", 1e9),
    "FLOP FLOPs FLOPS FLOP/s FLOPs/s": ("operations", 1),
    "MFLOP MFLOPs MFLOPS": ("operations", 1e6),
    "GFLOP GFLOPs GFLOPS GFLOP/s": ("operations", 1e9),
    "TFLOP TFLOPs TFLOPS TFLOP/s": ("operations", 1e12),
    "PFLOP PFLOPs PFLOPS PFLOP/s": ("operations", 1e15),
    "W watt watts": ("power", 1),
    "kW kilowatt kilowatts": ("power", 1e3),
    "MW megawatt megawatts": ("power", 1e6),
    "Wh": ("energy", 1),
    "kWh": ("energy", 1e3),
    "MWh": ("energy", 1e6),
    "mm millimetre millimetres millimeter millimeters": ("length", 1e-3),
    "cm centimetre centimetres centimeter centimeters": ("length", 1e-2),
    "m metre metres meter meters": ("length", 1),
    "km kilometre kilometres kilometer kilometers": ("length", 1e3),
    "mile miles": ("length", 1609.344),
    "foot feet ft": ("length", 0.3048),
    "g gram grams": ("mass", 1),
    "kg kilogram kilograms": ("mass", 1e3),
    "tonne tonnes": ("mass", 1e6),
    "pound pounds": ("pounds", 1),
    "dB": ("decibel", 1),
    "dollar dollars $ USD": ("dollars", 1),
    "euro euros € EUR": ("euros", 1),
    "£": ("pounds sterling", 1),
    "°C": ("celsius", 1),
}

UNITS: Final[dict[str, Unit]] = {
    spelling: Unit(dimension, factor)
    for spellings, (dimension, factor) in _SPELLINGS.items()
    for spelling in spellings.split()
}
"""Spelling → unit; symbols keep their case, since `mb`, `Mb` and `MB` differ and `s` is no `S`."""

MAGNITUDES: Final[dict[str, float]] = {
    "k": 1e3,
    "K": 1e3,
    "thousand": 1e3,
    "M": 1e6,
    "m": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "millions": 1e6,
    "B": 1e9,
    "b": 1e9,
    "G": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "billions": 1e9,
    "T": 1e12,
    "trillion": 1e12,
    "trillions": 1e12,
    "hundred": 1e2,
    "dozen": 12.0,
}
"""What multiplies the number before it; some also name a unit (`B`, `m`), and then both readings stand."""

_COUNTED: Final = """
    layer block|head|token|parameter weight|epoch|step update iteration|expert|channel filter feature map|class category
    label|image picture|word|sentence|dimension component|example sample instance|pixel|gpu device|stage phase|question
    query|document passage text chunk|neighbour neighbor|bucket|anchor|box|level|speaker|vector|node|rank|group|fold
    convolution|connection|branch|language|video|frame|game|codebook|centroid cluster|row|column|candidate|author
"""

COUNTED_NOUNS: Final[dict[str, int]] = {
    noun: kind for kind, nouns in enumerate(" ".join(_COUNTED.split()).split("|")) for noun in nouns.split()
}
"""Nouns that are counted in notes, in the singular → their kind; nouns of one kind may stand for each other."""


def counted_kind(word: str) -> int | None:
    """The kind of a counted noun in the singular or plural, or None for any other word."""
    word = word.lower()
    for form in (word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ies") + "y"):
        if form in COUNTED_NOUNS:
            return COUNTED_NOUNS[form]
    return None
