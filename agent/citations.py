"""Footnotes: each place that an answer quotes gets one number, by first use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from agent.answer import AnswerSentence, Citation
from agent.evidence import Evidence
from agent.plain_text import without_wiki_links

_MARK = re.compile(r"\s*(?<![\w\]])\[\d+\](?!\()")
"""What would read as one of our marks in quoted text."""
_VERBATIM = re.compile(r"(`[^`]*`|\$\$.*?\$\$|\$[^$]*\$)")
"""Code and formulas; a formula of its own stands between two dollar signs on each side."""
_BLOCK_NAME = re.compile(r"\s\^[A-Za-z0-9-]+$")
"""By which other notes of an Obsidian vault point at a paragraph."""
_LINK = re.compile(r"!?\[([^\[\]]{0,500})\]\([^()]{0,2000}\)")
_EMPHASIS = re.compile(r"(\*\*|__|(?<!\w)[*_])(\S(?:.*?\S)??)\1(?!\w)")

_CODE_ENDS = re.compile(r"(?:```|~~~)\s*$")
_NEW_LINE = "\n"


@dataclass(slots=True)
class Numbering:
    """Gives out footnote numbers; the same span of the same note keeps its number."""

    _citations: dict[tuple[str, int, int], Citation] = field(default_factory=dict)

    def cite(self, evidence: Evidence, start: int, end: int, heading: tuple[str, ...]) -> Citation:
        """The footnote for `[start, end)` of the evidence's note, which must lie inside the passage.

        `heading` is the path at the quote itself: a passage may hold several sections.
        """
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
                heading=heading,
                start=start,
                end=end,
                quote=quote,
                ranks=dict(evidence.ranks),
                figures=self._numbers_of(evidence),
            )
        return self._citations[place]

    def _numbers_of(self, evidence: Evidence) -> tuple[int, ...]:
        """Those of the places that a calculation stands on, as far as they are cited."""
        places = ((one.note_id, one.start, one.end) for one in evidence.figures)
        return tuple(sorted({self._citations[place].n for place in places if place in self._citations}))

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All footnotes in the order of their numbers."""
        return tuple(self._citations.values())


def readable(text: str) -> str:
    """`text` on one line, without what would read as a footnote mark of ours and without Markdown's own marks.

    A link, also one of a wiki, becomes its words and an image its description, so that an answer never loads or
    points to anything that was not cited. Code and formulas stay as they are.
    """
    parts = _VERBATIM.split(_BLOCK_NAME.sub("", " ".join(text.split())))
    return " ".join("".join(part if at % 2 else _prose(part) for at, part in enumerate(parts)).split())


def _prose(text: str) -> str:
    return _EMPHASIS.sub(r"\2", without_wiki_links(_LINK.sub(r"\1", _MARK.sub("", text))))


def marks(numbers: tuple[int, ...]) -> str:
    """How citations are written: `[1][2]`."""
    return "".join(f"[{n}]" for n in numbers)


def marked(sentence: AnswerSentence) -> str:
    """A sentence with the marks of its citations; behind code they stand on a line of their own."""
    return f"{sentence.text}{_NEW_LINE if _CODE_ENDS.search(sentence.text) else ' '}{marks(sentence.citations)}"


def separator(before: str, after: str) -> str:
    """What stands between two sentences of an answer: rows of a table and code begin and end a line."""
    return _NEW_LINE if _is_block(before) or _is_block(after) else " "


def not_covered(closest: Sequence[str]) -> str:
    """The text of a refusal, which names the closest notes."""
    return "Your notes do not cover this." + (f" The closest notes are: {'; '.join(closest)}." if closest else "")


def joined(sentences: Sequence[AnswerSentence]) -> str:
    """The sentences of an answer with their marks, in one paragraph; rows and code on lines of their own."""
    parts = [marked(sentence) for sentence in sentences[:1]]
    for before, sentence in pairwise(sentences):
        parts += [separator(before.text, sentence.text), marked(sentence)]
    return "".join(parts)


def _is_block(text: str) -> bool:
    return text.endswith("|") or bool(_CODE_ENDS.search(text))
