"""A passage taken apart into what can answer: sentences, list items, table rows and formulas, each under its headings.

A row says little without the header of its table, and a formula little without the sentence that leads up to it: a
unit knows both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from agent.evidence import Evidence
from corpus import Note
from corpus.exchanges import Exchange, exchange_at, exchanges, is_furniture
from corpus.sections import Block, Outline, outline
from corpus.sentences import sentence_spans


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a passage that can answer on its own; offsets are those of the note's text.

    Attributes:
        heading: Titles of the sections around it, outermost first.
        kind: `sentence`, `item`, `row`, `math`, `fence` or `html`.
        announces: Whether it leads up to what follows in the passage: a list, a table, a formula or code.
        lead: What leads up to it.
        header: The first row of its table.
        titles: Where those of its headings, and of the sentences of its question, stand that are in the passage.
        question: What the asker says where it stands, in a note that is a question with answers.
        asked: Whether it is the asker's, and there are answers.
    """

    evidence: Evidence
    text: str
    start: int
    end: int
    heading: tuple[str, ...]
    kind: str
    announces: bool = False
    lead: Unit | None = None
    header: Unit | None = None
    titles: tuple[tuple[int, int], ...] = ()
    question: str = ""
    asked: bool = False

    @property
    def under_heading(self) -> str:
        """The unit with its innermost heading, which often names what the unit is about."""
        return f"{self.heading[-1]}: {self.text}" if self.heading else self.text

    @property
    def path(self) -> tuple[str, ...]:
        """Title and headings, each once."""
        return tuple(dict.fromkeys((self.evidence.title, *self.heading)))

    @property
    def surroundings(self) -> str:
        """What gives the unit its meaning: title, headings, its question, what leads up to it, its table's header."""
        near = [one.text for one in (self.lead, self.header) if one]
        return " ".join(filter(None, (self.evidence.title, *self.heading, self.question, *near)))


_SHORTEST: Final = 3
"""Characters: less is a stray mark."""
_LONGEST_ITEM: Final = 400
"""Characters: a longer list item is taken apart into its sentences."""
_LONGEST_QUESTION: Final = 1_000
"""Characters of an asker's words that tell what the answers are about."""
_LED_UP_TO: Final = ("list_item", "table", "math", "fence")
"""Kinds of blocks that a sentence may announce."""
_REMEMBERED: Final = 4_096
"""Paragraphs whose sentences are remembered, about 4 MB: questions about the same notes meet them again."""

_sentences = lru_cache(_REMEMBERED)(sentence_spans)


def units_of(evidence: Evidence, note: Note) -> list[Unit]:
    """The units of a passage in reading order; headings and the headers of tables are no units."""
    plan = outline(note)
    blocks = [block for block in plan.blocks_in(evidence.start, evidence.end) if block.kind != "heading"]
    if not blocks or blocks[0].start > evidence.start:
        first_heading = next(iter(plan.blocks_in(evidence.start, evidence.end)), None)
        end = min(first_heading.start if first_heading else evidence.end, evidence.end)
        blocks = [Block("paragraph", evidence.start, end), *blocks]
    found: list[Unit] = []
    for at, block in enumerate(blocks):
        before = found[-1] if found else None
        following = blocks[at + 1].kind if at + 1 < len(blocks) else ""
        found += _block_units(evidence, note, plan, block, _lead(before, block, plan), following)
    leads = {unit.lead.start for unit in found if unit.lead}
    placed = [
        replace(unit, announces=unit.start in leads, titles=_titles(plan, evidence, unit.start)) for unit in found
    ]
    spoken = exchanges(note)
    return [_in_exchange(unit, spoken, note.text) for unit in _said(placed)] if spoken else placed


def _said(units: Sequence[Unit]) -> Sequence[Unit]:
    """What people said, without what the page around it says; where that is copied along, bare numbers are votes."""
    around = [is_furniture(unit.text) for unit in units]
    kept = (unit for unit, furniture in zip(units, around, strict=True) if not furniture)
    return [unit for unit in kept if re.search(r"[^\W\d_]", unit.text)] if any(around) else units


def _in_exchange(unit: Unit, spoken: Sequence[Exchange], text: str) -> Unit:
    """The unit with the question that it belongs to, and whether the asker says it."""
    exchange = exchange_at(spoken, unit.start)
    if exchange is None:
        return unit
    question = text[exchange.start : min(exchange.answers, exchange.start + _LONGEST_QUESTION)]
    passage = unit.evidence
    near = tuple(span for span in exchange.asking if passage.start <= span[0] < passage.end)
    asked = unit.start < exchange.answers < exchange.end
    return replace(unit, question=question, titles=(*unit.titles, *near), asked=asked)


def _titles(plan: Outline, evidence: Evidence, offset: int) -> tuple[tuple[int, int], ...]:
    """Where the headings around `offset` stand in the passage."""
    blocks = plan.blocks_in(evidence.start, offset)
    around = {section.start for section in plan.sections if section.start <= offset < section.end}
    return tuple((block.start, block.end) for block in blocks if block.kind == "heading" and block.start in around)


def _lead(before: Unit | None, block: Block, plan: Outline) -> Unit | None:
    """The unit that leads up to a block: the one right before it, or that of the list or table that goes on."""
    if before is None or block.kind not in _LED_UP_TO or before.heading != plan.heading_at(block.start):
        return None
    return before if before.announces else before.lead


def _block_units(
    evidence: Evidence, note: Note, plan: Outline, block: Block, lead: Unit | None, following: str
) -> list[Unit]:
    spans = [span for span in _spans(note, plan, block, evidence) if span[2] - span[1] >= _SHORTEST]
    made = []
    for kind, start, end in spans:
        text = note.text[start:end]
        open_ended = end == spans[-1][2] and following == "math" and kind == "sentence" and text[-1] not in ".!?"
        announces = text.endswith(":") or open_ended
        made.append(Unit(evidence, text, start, end, plan.heading_at(start), kind, announces, lead))
    if block.kind == "table" and len(made) > 1:
        return [replace(row, header=made[0]) for row in made[1:]]
    return made


def loose_units(evidence: Evidence) -> list[Unit]:
    """The units of a passage of which only its own text is known, such as one of a web page."""
    note = Note(evidence.note_id, evidence.title, evidence.text, evidence.source)
    found = units_of(replace(evidence, start=0, end=len(evidence.text)), note)
    return [_moved(one, evidence) for one in found]


def _moved(unit: Unit, evidence: Evidence) -> Unit:
    """The unit as it lies in the page that the evidence is a part of."""
    lead, header = (one and _moved(one, evidence) for one in (unit.lead, unit.header))
    start, end = unit.start + evidence.start, unit.end + evidence.start
    titles = tuple((first + evidence.start, last + evidence.start) for first, last in unit.titles)
    return replace(unit, evidence=evidence, start=start, end=end, lead=lead, header=header, titles=titles)


def _spans(note: Note, plan: Outline, block: Block, evidence: Evidence) -> Iterator[tuple[str, int, int]]:
    end = min(block.end, evidence.end)
    text = note.text[block.start : end]
    if block.kind in ("fence", "math", "html"):
        yield block.kind, *_trim(note.text, block.start, end)
    elif block.kind == "table":
        yield from _lines("row", note.text, block.start, end)
    elif block.kind == "list_item" and len(text) <= _LONGEST_ITEM:
        yield "item", *_trim(note.text, block.start, end)
    else:
        breaks = note.markup == "plain" and not _hard_wrapped(text)
        for a, b in _sentences(text, line_breaks=breaks):
            yield "sentence", block.start + a, block.start + b


def _hard_wrapped(text: str) -> bool:
    """Whether line ends are typesetting: several lines of about one width, none of them long."""
    lengths = [len(line) for line in text.splitlines()[:-1]]
    return len(lengths) >= 2 and max(lengths) <= 100 and min(lengths) >= 0.7 * max(lengths)


def _lines(kind: str, text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    position = start
    for line in text[start:end].splitlines(keepends=True):
        a, b = _trim(text, position, position + len(line))
        if re.search(r"\w", text[a:b]):
            yield kind, a, b
        position += len(line)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
