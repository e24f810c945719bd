"""Marks in the HTML of a note: two characters that the note does not hold are put into its text, and become `<mark>`.

They are put into the source, before it is rendered. Where the rendering without them is not what it was, they stood in
the middle of some markup, and another place is tried.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

PLACE_ID = "fn-place"
"""Of the first mark, to scroll to."""

_PIECES = re.compile(r"(<math\b.*?</math>|<[^>]*>)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Marks:
    """The characters that open and close the marked span."""

    opening: str
    closing: str

    @classmethod
    def absent_from(cls, text: str) -> Marks:
        """Two characters of no meaning that `text` does not hold."""
        held = set(text)
        opening, closing = islice((sign for sign in map(chr, range(0xE000, 0x110000)) if sign not in held), 2)
        return cls(opening, closing)

    def without(self, text: str) -> str:
        """`text` as it was before marks were put in."""
        return text.replace(self.opening, "").replace(self.closing, "")

    def around(self, text: str) -> tuple[str, str, str]:
        """What opens before `text`, `text` without marks, and what closes after it: a formula is marked as a whole."""
        before = self.opening if self.opening in text else ""
        after = self.closing if self.closing in text else ""
        return before, self.without(text), after

    def put(self, text: str, start: int, end: int) -> str:
        """`text` with `[start, end)` between the two characters."""
        return f"{text[:start]}{self.opening}{text[start:end]}{self.closing}{text[end:]}"

    def spoilt(self, html: str, sign: str) -> bool:
        """Whether `sign` is missing from what a reader sees, or stands inside a tag."""
        shown = _PIECES.sub("", html)
        return sign not in shown

    def to_html(self, html: str) -> str:
        """`html` in which all text between the two characters stands in `<mark>`; the first one has `PLACE_ID`."""
        parts: list[str] = []
        inside = placed = False
        for piece in _PIECES.split(html):
            if piece.startswith("<") and not piece.startswith("<math"):
                parts.append(piece)
                continue
            for text in re.split(f"([{self.opening}{self.closing}])", piece):
                if text in (self.opening, self.closing):
                    inside = text == self.opening
                elif inside and text.strip():
                    parts.append(f"<mark>{text}</mark>" if placed else f'<mark id="{PLACE_ID}">{text}</mark>')
                    placed = True
                else:
                    parts.append(text)
        return "".join(parts)
