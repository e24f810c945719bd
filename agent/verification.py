"""Checks an answer again against the index: whether each quote still stands, and whether each verdict still holds.

Covered: whatever an answer says of the notes, by its own fields: quotes and their places, titles and headings,
calculations, verdicts, and a text that is not that of its sentences. Not covered: pages and outputs of tools, which
the index does not hold and which count as unchecked; whether a calculation took the right figures.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

from agent.answer import Answer, AnswerSentence, Citation
from agent.calculator import Calculator
from agent.citations import joined, not_covered
from agent.errors import InvalidCalculation
from agent.evidence import Evidence, Figure, Ledger
from agent.freshness import changed_since_indexed
from agent.grounding import Instruments, ground
from agent.models import EXTRACTIVE
from corpus import Note
from corpus.sections import outline
from retrieval import Index

State = Literal["ok", "failed", "unchecked"]

_AROUND = 1_200
"""Characters on either side of a quote: a written sentence was verified against the whole passage."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: `what` names it, `text` says what was found."""

    what: str
    state: State
    text: str


def verify(answer: Answer, index: Index, instruments: Instruments) -> tuple[Check, ...]:
    """The quotes of an answer, then its sentences, each checked against the notes as they are in the index.

    What is wrong with the answer as a whole comes last; where nothing is, that is no check of its own.
    """
    quotes = [_quote_check(citation, answer, index) for citation in answer.citations]
    failed = {citation.n for citation, check in zip(answer.citations, quotes, strict=True) if check.state == "failed"}
    sentences = [_sentence_check(one, answer, index, instruments, failed) for one in answer.sentences]
    return (*quotes, *sentences, *(Check("the answer", "failed", problem) for problem in _problems(answer)))


def _problems(answer: Answer) -> Iterator[str]:
    """What does not fit together in an answer, whatever the notes say."""
    for n, times in Counter(citation.n for citation in answer.citations).items():
        if times > 1:
            yield f"it has {times} citations [{n}], so that nobody can tell which one a sentence means"
    if answer.refused == bool(answer.sentences):
        said = "refused" if answer.refused else "answered"
        yield f"it has {len(answer.sentences)} sentences, and is said to be {said}"
    told = joined(answer.sentences) if answer.sentences else not_covered(answer.closest)
    if answer.text.split() != told.split():
        yield "its text is not the text of its sentences"


def _quote_check(citation: Citation, answer: Answer, index: Index) -> Check:
    what = f"[{citation.n}]"
    if citation.figures:
        return _equation_check(what, citation, answer)
    note = index.note(citation.note_id)
    if citation.kind != "note":
        source = "the web" if citation.kind == "web" else "a tool"
        if note is not None:
            return Check(what, "failed", f"the quote is said to be from {source}, and {note.note_id!r} is a note")
        return Check(what, "unchecked", f"the quote is from {source}, which the index does not hold")
    if note is None:
        return Check(what, "failed", f"the note {citation.note_id!r} is not in the index")
    if problem := _place_problem(citation, note):
        return Check(what, "failed", problem)
    changed = "; the note's file has changed since it was indexed" if changed_since_indexed(note, index.folder) else ""
    return Check(what, "ok", f"verbatim in {citation.location}{changed}")


def _place_problem(citation: Citation, note: Note) -> str:
    """What is not as in the note: the place, the quote, or what a reader is told of where it stands."""
    place = f"{citation.start}-{citation.end}"
    if not 0 <= citation.start < citation.end <= len(note.text):
        return f"{place} is no place in the note, which has {len(note.text):,} characters"
    if note.text[citation.start : citation.end] != citation.quote:
        return f"the quote does not stand at {place} of the note"
    if (citation.title, _file_name(citation.source)) != (note.title, _file_name(note.source)):
        return f"the note is {note.title!r} from {note.source!r}, not {citation.title!r} from {citation.source!r}"
    strange = set(citation.heading) - {section.title for section in outline(note).sections} - {note.title}
    return f"the note has no heading {min(strange)!r}" if strange else ""


def _file_name(source: str) -> str:
    """What names a source wherever its folder lies: the whole of an address, the last part of a path."""
    return source if "://" in source else re.split(r"[/\\]", source)[-1]


def _equation_check(what: str, citation: Citation, answer: Answer) -> Check:
    """Whether the figures of an equation stand in the quotes that it names, and give its value."""
    if citation.kind != "tool":
        return Check(what, "failed", f"it is calculated, and said to be from a {citation.kind}")
    ledger = Ledger()
    named = [one for one in answer.citations if one.n in citation.figures and one.n < citation.n]
    if missing := set(citation.figures) - {one.n for one in named}:
        return Check(what, "failed", f"its figures are said to be from [{min(missing)}], which is not before it")
    keys = [ledger.enter_web(str(one.n), one.title, one.quote).key for one in named]
    expression = re.split("[=≈]", citation.quote)[0]
    with closing(Calculator()) as calculator:
        try:
            again = calculator.calculate(expression, keys, ledger).text
        except InvalidCalculation as error:
            return Check(what, "failed", str(error))
    if again != citation.quote:
        return Check(what, "failed", f"the calculation gives {again!r}")
    return Check(what, "ok", f"calculated again from {' '.join(f'[{n}]' for n in citation.figures)}")


def _sentence_check(
    sentence: AnswerSentence, answer: Answer, index: Index, instruments: Instruments, failed: Collection[int]
) -> Check:
    what = f"“{sentence.text}”"
    known = {citation.n: citation for citation in answer.citations}
    missing = [n for n in sentence.citations if n not in known]
    if missing:
        return Check(what, "failed", f"cites [{missing[0]}], which the answer does not have")
    cited = [known[n] for n in sentence.citations]
    computed = [citation.n for citation in cited if citation.figures]
    if wrong := [n for n in computed if n in failed]:
        return Check(what, "failed", f"stands on the calculation [{wrong[0]}], which is wrong")
    if any(citation.kind != "note" and not citation.figures for citation in cited):
        return Check(what, "unchecked", "stands on something that the index does not hold")
    passages = _passages(cited, index)
    checked = ground(sentence.text, passages, instruments, quoted=answer.model == EXTRACTIVE and not computed)
    if checked.verdict != sentence.verdict:
        return Check(what, "failed", f"is {checked.verdict}, not {sentence.verdict}: {checked.reason}")
    return Check(what, "ok", checked.verdict)


def _passages(cited: list[Citation], index: Index) -> list[Evidence]:
    """What the answer's equations say, and what the notes have now at the places of the citations."""
    found = (_equation(one) if one.figures else _note_passage(one, index) for one in cited)
    return [one for one in found if one is not None]


def _equation(citation: Citation) -> Evidence:
    figures = tuple(Figure(f"n{n}", citation.note_id, 0, 1) for n in citation.figures)
    start, end = citation.start, citation.end
    return Evidence(f"t{citation.n}", "tool", citation.note_id, "", "", (), start, end, citation.quote, figures=figures)


def _note_passage(citation: Citation, index: Index) -> Evidence | None:
    """The quote with the lines around it."""
    note = index.note(citation.note_id)
    if note is None or not citation.quote:
        return None
    start, end = max(0, citation.start - _AROUND), min(len(note.text), citation.end + _AROUND)
    text = note.text[start:end]
    title, source, heading = note.title, citation.source, citation.heading
    return Evidence(f"n{citation.n}", "note", citation.note_id, title, source, heading, start, end, text)
