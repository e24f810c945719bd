"""Notices a text that goes round in circles, as small models write when they decode greedily."""

from __future__ import annotations

from typing import Final

_TAIL: Final = 40
"""Characters at the end of the text that are looked for further up."""
_WINDOW: Final = 1_500
"""Characters in which they are looked for: longer circles are ended by the length of the text."""
_TIMES: Final = 3
"""Occurrences that make a circle: a sentence that quotes a heading repeats it once."""


def goes_in_circles(text: str) -> bool:
    """Whether the end of `text` stands in it for the third time."""
    tail = text[-_TAIL:]
    return len(tail) == _TAIL and text[-_WINDOW:].count(tail) >= _TIMES
