"""Whether what is shown as a quotation stands in a passage, word for word.

White space, typographic marks, emphasis and the notation of formulas may differ, as they do between a note and a line
of an answer; letters, digits, signs and their order may not. `...` or `[...]` in a quotation stands for an omission.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.plain_text import squeezed

SHORTEST_QUOTATION: Final = 3
"""Words: fewer in quotation marks are a term or irony, not a quotation."""

_QUOTED: Final = re.compile(r'`[^`\n]+`|"([^"]+)"|“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»')
"""Code comes first, so that a quotation mark in it opens nothing."""
_OMISSION: Final = re.compile(r"\s*(?:\[\s*(?:\.{3}|…)\s*\]|\.{3}|…)\s*")
_OUTER: Final = " .,;:!?'\"()-*•·|"
"""What may stand at either end of a quotation without being quoted."""


def quotations(sentence: str) -> list[str]:
    """What stands in quotation marks in `sentence` and is long enough to be a quotation; code is left out."""
    found = (next(filter(None, match.groups()), "") for match in _QUOTED.finditer(sentence))
    return [quotation.strip() for quotation in found if len(quotation.split()) >= SHORTEST_QUOTATION]


def is_verbatim(quotation: str, passages: Sequence[str]) -> bool:
    """Whether one of the passages holds `quotation`, all parts of it in their order."""
    parts = [part for piece in _OMISSION.split(quotation) if (part := squeezed(piece).strip(_OUTER))]
    return any(_holds(squeezed(passage), parts) for passage in passages)


def without_heading(sentence: str, headings: Sequence[str]) -> str:
    """An extracted sentence without the heading that was put before it to name its subject."""
    for heading in headings:
        if heading and sentence.startswith((f"{heading}: ", f"{heading}:\n")):
            return sentence[len(heading) + 2 :]
    return sentence


def _holds(text: str, parts: Sequence[str]) -> bool:
    position = 0
    for part in parts:
        found = text.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return True
