"""Names of hosts that imitate other names with letters of another alphabet.

The rules are those that browsers took from Unicode Technical Standard 39. Covered: Latin mixed with another alphabet
that shares its shapes, and words of another alphabet that could be read as Latin from the first letter to the last. Not
covered: look-alikes inside ASCII (`rn` for `m`, `0` for `o`).
"""

from __future__ import annotations

import unicodedata
from typing import Final

_IMITATING: Final = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "GEORGIAN"})
"""Alphabets with letters that look Latin; Chinese, Japanese and Korean are mixed with Latin in honest names."""

_LATIN_SHAPES: Final = frozenset("асеорхуѕіјһԁԛԝӏѵьгпктмвнω") | frozenset("αγεικνορτυχω") | frozenset("օսոցհզ")
"""Lower-case letters of these alphabets that many typefaces draw like Latin ones."""


def lookalike_problem(host: str) -> str:
    """What speaks against a host's name in Unicode as an imitation; empty where nothing does."""
    for label in host.split("."):
        if label.isascii():
            continue
        letters = [letter for letter in label.lower() if letter.isalpha()]
        alphabets = {unicodedata.name(letter, "UNKNOWN").split()[0] for letter in letters}
        foreign = sorted(alphabets & _IMITATING)
        if foreign and (len(foreign) > 1 or "LATIN" in alphabets):
            return f"{label!r} mixes letters of {' and '.join(sorted(alphabets))}, which look alike"
        if foreign and _LATIN_SHAPES.issuperset(letters):
            return f"{label!r} is written in {foreign[0]} letters that look Latin"
        if any("ɐ" <= letter <= "ʯ" for letter in letters):
            return f"{label!r} holds phonetic signs that look like letters"
    return ""
