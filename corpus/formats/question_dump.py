"""The text of a question-and-answer page, saved or copied: one note a question with its answers.

Recognised is a run of titles, each a line that stands alone above a block of lines (the question's details and its
answers, which such a text doesn't tell apart). Either a line `Related` stands among them, or at least four of the
titles end with a question mark. A title without one counts only where titles and blocks take turns.

Not recognised: lists of questions without answers, pages whose answers are single paragraphs (their titles are
headings of one note as well), Markdown, and texts that mark their headings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.errors import UnreadableFile
from corpus.formats._naming import PartNames, first_line_title, slug
from corpus.formats._sample import text_sample
from corpus.note import Note
from corpus.source_file import SourceFile

_MAX_TITLE = 200
"""Characters; Stack Exchange allows 150, others somewhat more."""

_MIN_TITLE_WORDS = 4
"""Words of a title; fewer are a heading, a name or thanks."""

_MIN_BODY = 200
"""Characters of a block in which a question is told and answered."""

_QUESTIONS_NEEDED = 4
"""Titles with a question mark that show a page of questions where no line `Related` does."""

_USUAL = 0.7
"""Share of the titles that must look as such a page's do; the others may be oddities."""

_BLOCK = re.compile(r"\S[^\n]*(?:\n[^\n]*\S[^\n]*)*")
_RELATED = re.compile(r"(?:related|linked|similar)(?: questions| posts)?:?", re.IGNORECASE)
_MARKED = re.compile(r"^(?:#{1,6} |```|~~~|[=-]{4,}$)|¶$", re.MULTILINE)
_TITLE_START = re.compile(r"['\"“«(\[]?[^\W_]")
_ITEM = re.compile(r"(?:\d{1,3}[.)]|[A-Za-z][.)])\s")
_NO_TITLE_END = (".", ",", ";", ":", "!", "…")


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines without a blank one between them."""

    start: int
    end: int
    text: str

    @property
    def is_related(self) -> bool:
        return bool(_RELATED.fullmatch(self.text))

    @property
    def is_lone_line(self) -> bool:
        """Whether this is one line that can be a title."""
        return (
            "\n" not in self.text
            and len(self.text) <= _MAX_TITLE
            and len(self.text.split()) >= _MIN_TITLE_WORDS
            and not self.text.endswith(_NO_TITLE_END)
            and bool(_TITLE_START.match(self.text))
            and not _ITEM.match(self.text)
        )

    @property
    def is_body(self) -> bool:
        """Whether a question can be told and answered in it."""
        return "\n" in self.text and len(self.text) >= _MIN_BODY


def matches(file: SourceFile) -> bool:
    """Whether the text is a run of questions with lines below them."""
    sample = text_sample(file)
    if _MARKED.search(sample):
        return False
    blocks = _blocks(sample)
    titles = _titles(blocks)
    asking = sum(blocks[number].text.endswith("?") for number in titles)
    answered = sum(number + 1 < len(blocks) and blocks[number + 1].is_body for number in titles)
    if not asking or answered < _USUAL * len(titles):
        return False
    related = next((number for number, block in enumerate(blocks) if block.is_related), -1)
    if related >= 0 and any(number < related for number in titles) and sum(n > related for n in titles) >= 2:
        return True
    return asking >= _QUESTIONS_NEEDED and asking >= _USUAL * len(titles)


def read(file: SourceFile) -> list[Note]:
    """A note for each question, title and answers included, in the order of the page; `Related` itself is left out.

    What stands above the first question is a note of its own.

    Raises:
        UnreadableFile: The text holds no question.
    """
    blocks = _blocks(file.text)
    titles = _titles(blocks)
    if not titles:
        raise UnreadableFile("no question with a block of answers below it is found")
    starts = titles if titles[0] == 0 else [0, *titles]
    parts = PartNames()
    notes = []
    for start, end in zip(starts, [*starts[1:], len(blocks)], strict=True):
        section = list(blocks[start:end])
        while section and section[-1].is_related:
            section.pop()
        if not section:
            continue
        text = file.text[section[0].start : section[-1].end]
        title = section[0].text if start in titles else first_line_title(text)
        notes.append(file.note(text, title=title, part=parts.unique(slug(title)), metadata={"format": "questions"}))
    return notes


def _blocks(text: str) -> list[_Block]:
    """The blocks of `text`, with their places in it."""
    return [_Block(found.start(), found.end(), found[0].rstrip()) for found in _BLOCK.finditer(text)]


def _titles(blocks: Sequence[_Block]) -> list[int]:
    """The numbers of the blocks that are titles."""
    return [number for number, block in enumerate(blocks) if block.is_lone_line and _is_title(blocks, number)]


def _is_title(blocks: Sequence[_Block], number: int) -> bool:
    """Whether a block of one line is a title: it asks and has lines below, or it takes turns with long blocks."""
    if number + 1 >= len(blocks) or blocks[number + 1].is_lone_line or blocks[number + 1].is_related:
        return False
    if blocks[number].text.endswith("?"):
        return True
    before = number == 0 or blocks[number - 1].is_body or blocks[number - 1].is_related
    after = number + 2 >= len(blocks) or blocks[number + 2].is_lone_line or blocks[number + 2].is_related
    return before and after and blocks[number + 1].is_body
