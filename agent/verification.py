"""Checks an answer again against the index: whether each quote still stands, and whether each verdict still holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.answer import Answer, AnswerSentence, Citation
from agent.evidence import Evidence
from agent.freshness import changed_since_indexed
from agent.grounding import Instruments, ground
from agent.models import EXTRACTIVE
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
    """The quotes of an answer, then its sentences, each checked against the notes as they are in the index."""
    quotes = {citation.n: _quote_check(citation, index) for citation in answer.citations}
    sentences = [_sentence_check(one, answer, index, instruments) for one in answer.sentences]
    return (*quotes.values(), *sentences)


def _quote_check(citation: Citation, index: Index) -> Check:
    what = f"[{citation.n}]"
    if citation.kind != "note":
        return Check(what, "unchecked", f"the quote is from a {citation.kind}, which the index does not hold")
    note = index.note(citation.note_id)
    if note is None:
        return Check(what, "failed", f"the note {citation.note_id!r} is not in the index")
    if note.text[citation.start : citation.end] != citation.quote:
        return Check(what, "failed", f"the quote does not stand at {citation.start}-{citation.end} of the note")
    changed = "; the note's file has changed since it was indexed" if changed_since_indexed(note, index.folder) else ""
    return Check(what, "ok", f"verbatim in {citation.location}{changed}")


def _sentence_check(sentence: AnswerSentence, answer: Answer, index: Index, instruments: Instruments) -> Check:
    what = f"“{sentence.text}”"
    known = {citation.n: citation for citation in answer.citations}
    missing = [n for n in sentence.citations if n not in known]
    if missing:
        return Check(what, "failed", f"cites [{missing[0]}], which the answer does not have")
    cited = [known[n] for n in sentence.citations]
    if any(citation.kind != "note" for citation in cited):
        return Check(what, "unchecked", "stands on something that the index does not hold")
    passages = _passages(cited, index)
    checked = ground(sentence.text, passages, instruments, quoted=answer.model == EXTRACTIVE)
    if checked.verdict != sentence.verdict:
        return Check(what, "failed", f"is {checked.verdict}, not {sentence.verdict}: {checked.reason}")
    return Check(what, "ok", checked.verdict)


def _passages(cited: list[Citation], index: Index) -> list[Evidence]:
    """What the notes have now at the places of the citations, with the lines around them."""
    passages = []
    for citation in cited:
        note = index.note(citation.note_id)
        if note is not None and citation.quote:
            start = max(0, citation.start - _AROUND)
            end = min(len(note.text), citation.end + _AROUND)
            passages.append(
                Evidence(
                    f"n{citation.n}",
                    "note",
                    citation.note_id,
                    note.title,
                    citation.source,
                    citation.heading,
                    start,
                    end,
                    note.text[start:end],
                )
            )
    return passages
