"""Footnotes: each place that an answer quotes gets one number, by first use."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agent.answer import Citation
from agent.evidence import Evidence

_MARK = re.compile(r"(?<![\w\]])\[\d+\](?!\()")
"""What would read as one of our marks in quoted text."""


@dataclass(slots=True)
class Numbering:
    """Gives out footnote numbers; the same span of the same note keeps its number."""

    _citations: dict[tuple[str, int, int], Citation] = field(default_factory=dict)

    def cite(self, evidence: Evidence, start: int, end: int) -> Citation:
        """The footnote for `[start, end)` of the evidence's note, which must lie inside the passage."""
        assert evidence.start <= start < end <= evidence.end, (evidence.key, start, end)
        place = (evidence.note_id, start, end)
        if place not in self._citations:
            quote = evidence.text[start - evidence.start : end - evidence.start]
            self._citations[place] = Citation(
                n=len(self._citations) + 1,
                kind=evidence.kind,
                note_id=evidence.note_id,
                title=evidence.title,
                source=evidence.source,
                heading=evidence.heading,
                start=start,
                end=end,
                quote=quote,
            )
        return self._citations[place]

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All footnotes in the order of their numbers."""
        return tuple(self._citations.values())


def without_marks(text: str) -> str:
    """`text` without anything that would read as a footnote mark of ours."""
    return _MARK.sub("", text)


def marks(numbers: tuple[int, ...]) -> str:
    """How citations are written: `[1][2]`."""
    return "".join(f"[{n}]" for n in numbers)
