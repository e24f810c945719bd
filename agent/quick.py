"""The quick mode: search once, write once, verify each sentence before it is shown.

Without a language model the sentences are quotations. With one, it writes from the numbered passages; where it fails,
or nothing that it wrote is supported, the quotations take its place and the answer says so.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.answer import Answer, Step
from agent.asked import AskedQuestion
from agent.citations import joined, not_covered, readable
from agent.confidence import UNSURE, confidence, is_sure
from agent.disagreement import disagreeing, with_both
from agent.events import AnswerReady, Event, Failed, PassagesFound, StageEnded, StageStarted, TextDelta
from agent.evidence import Evidence, Ledger
from agent.extractive import Analyse, ScoredUnit
from agent.freshness import dated
from agent.grounding import ground
from agent.models import EXTRACTIVE
from agent.passage_units import Unit
from agent.refusal import shipped_rule
from agent.sheet import Quoted, Sheet
from agent.writing import Draft, Writer

if TYPE_CHECKING:
    from agent.assistant import Assistant

_CLOSEST = 3
"""Notes that a refusal names."""
_OPEN_END = re.compile(r"(?:^|\s)(?!\S*://)\S*[\w)\]%\"”’]$")
"""Of a sentence or item without a mark at its end; after an address a full stop would become a part of it."""


class QuickRun:
    """One question in the quick mode."""

    def __init__(self, assistant: Assistant, asked: AskedQuestion, seconds: float | None = None) -> None:
        """Make the run; `seconds` bound the writing where it has less time than the settings give it."""
        settings = assistant.settings.writing
        self._writing = settings if seconds is None else replace(settings, seconds=min(seconds, settings.seconds))
        self._assistant = assistant
        self._asked = asked
        self._started = time.perf_counter()
        self._steps: list[Step] = []
        self._sheet = Sheet(self._seconds)
        self._disagree: list[int] = []
        self._confidence: float | None = None

    def events(self) -> Iterator[Event]:
        evidence = yield from self._search()
        units, scored = yield from self._read(evidence)
        draft = Draft()
        if scored and not shipped_rule().refuses(self._assistant.features(self._asked.query, evidence, scored)):
            if self._assistant.llm is not None:
                draft = yield from self._write(evidence)
            if not (self._sheet.sentences or draft.declined):
                yield from self._quote(*self._chosen(scored, units))
                self._confidence = confidence(scored) if self._sheet.sentences else None
        answer = self._answer(evidence, draft)
        if answer.refused:
            yield TextDelta(answer.text)
        yield AnswerReady(answer)

    def _search(self) -> Generator[Event, None, list[Evidence]]:
        yield StageStarted("search", "searching the notes", self._seconds())
        started = self._seconds()
        settings = self._assistant.settings
        hits = self._asked.search(self._asked.query, settings.passages, self._asked.where)
        evidence = Ledger().enter_hits(hits)
        yield PassagesFound(self._asked.query, tuple(evidence), self._seconds())
        yield from self._ended(Step("search", self._asked.query, self._seconds() - started, len(hits)))
        return evidence

    def _read(self, evidence: Sequence[Evidence]) -> Generator[Event, None, tuple[list[Unit], list[ScoredUnit]]]:
        yield StageStarted("read", "comparing sentences", self._seconds())
        started = self._seconds()
        units, scored = self._assistant.extract(self._asked.query, evidence)
        yield from self._ended(Step("read", f"{len(units)} sentences read", self._seconds() - started, len(evidence)))
        return units, scored

    def _write(self, evidence: Sequence[Evidence]) -> Generator[Event, None, Draft]:
        yield StageStarted("write", f"{self._assistant.model} is writing", self._seconds())
        started = self._seconds()
        writer = Writer(self._assistant.llm, self._assistant.sharp_instruments, self._writing)
        draft = yield from writer.write(self._asked.query, evidence, self._sheet)
        if draft.failure:
            yield Failed(draft.failure, self._seconds())
        for one in draft.rejected:
            self._steps.append(Step("reject", f"{one.text} ({one.reason})", 0.0))
        text = f"{len(self._sheet.sentences)} sentences verified, {draft.dropped} dropped"
        yield from self._ended(Step("write", text, self._seconds() - started, len(evidence)))
        return draft

    def _chosen(
        self, scored: Sequence[ScoredUnit], units: Sequence[Unit]
    ) -> tuple[list[ScoredUnit], tuple[ScoredUnit, ...]]:
        """The units of the answer, and two of them that disagree, where there are such."""
        chosen = self._assistant.choose(scored, units)
        instruments = self._assistant.instruments
        compared = scored[: self._assistant.settings.extractive.candidates]
        found = disagreeing(chosen, compared, instruments.analyse, instruments.rarity)
        if found is None:
            return chosen, ()
        return with_both(chosen, *found, self._assistant.settings.extractive.sentences), found

    def _quote(self, chosen: Sequence[ScoredUnit], disagree: Sequence[ScoredUnit]) -> Iterator[Event]:
        yield StageStarted("quote", "choosing sentences", self._seconds())
        started = self._seconds()
        instruments = self._assistant.instruments
        texts = sentence_texts([one.unit for one in chosen], self._asked.query, instruments.analyse)
        for one, text in zip(chosen, texts, strict=True):
            passage = replace(one.unit.evidence, heading=one.unit.heading)
            checked = ground(text, [passage], instruments, quoted=True)
            if checked.verdict != "supported":
                self._steps.append(Step("reject", f"{text} ({checked.reason})", 0.0))
                continue
            yield from self._sheet.add(text, [Quoted(passage, one.unit.start, one.unit.end, one.unit.heading)])
        places = {(one.unit.evidence.note_id, one.unit.start, one.unit.end) for one in disagree}
        cited = self._sheet.numbering.citations
        self._disagree = [one.n for one in cited if (one.note_id, one.start, one.end) in places]
        text = f"{len(self._sheet.sentences)} sentences verified"
        yield from self._ended(Step("quote", text, self._seconds() - started))

    def _ended(self, step: Step) -> Iterator[Event]:
        self._steps.append(step)
        yield StageEnded(step.kind, step.seconds)

    def _answer(self, evidence: Sequence[Evidence], draft: Draft) -> Answer:
        sentences = self._sheet.sentences
        closest = () if sentences else tuple(dict.fromkeys(passage.title for passage in evidence))[:_CLOSEST]
        quoted = any(step.kind == "quote" for step in self._steps)
        return Answer(
            question=self._asked.question,
            text=joined(sentences) if sentences else not_covered(closest),
            refused=not sentences,
            model=EXTRACTIVE if quoted else self._assistant.model,
            mode="quick",
            sentences=tuple(sentences),
            citations=tuple(dated(citation, self._assistant.index) for citation in self._sheet.numbering.citations),
            steps=tuple(self._steps),
            seconds=self._seconds(),
            usage=draft.usage,
            closest=closest,
            notice=notice(draft, self._disagree, quoted=quoted, sure=is_sure(self._confidence)),
            dropped=draft.dropped,
            confidence=self._confidence,
        )

    def _seconds(self) -> float:
        return time.perf_counter() - self._started


def notice(draft: Draft, disagree: Sequence[int], *, quoted: bool, sure: bool) -> str:
    """What a reader should know about how the answer was written; mostly empty.

    Args:
        draft: What came of the writing.
        disagree: Numbers of the citations that give different figures for the same thing.
        quoted: Whether sentences were quoted in place of what the model wrote.
        sure: Whether what was quoted probably answers the question.
    """
    said = []
    if len(disagree) > 1:
        said.append(f"Your notes give different figures here: compare {' and '.join(f'[{n}]' for n in disagree)}.")
    instead = "these sentences are quoted instead" if quoted else "the answer may be incomplete"
    if draft.failure:
        said.append(f"The language model failed ({draft.failure}); {instead}.")
    if draft.overran:
        said.append(f"The language model had not finished after {draft.overran:g} seconds; {instead}.")
    if draft.dropped:
        said.append(left_out(draft.dropped, quoted=quoted and not draft.unfinished))
    if not sure:
        said.append(UNSURE)
    return " ".join(said)


def left_out(dropped: int, *, quoted: bool) -> str:
    """How many sentences of a model are not shown, at least one, and whether others are quoted in their place."""
    sentences = "1 sentence was" if dropped == 1 else f"{dropped} sentences were"
    instead = "; these sentences are quoted instead" if quoted else ""
    return f"{sentences} left out: your notes do not support what the model wrote{instead}."


def sentence_texts(units: Sequence[Unit], question: str, analyse: Analyse, *, one_line: bool = False) -> list[str]:
    """How units read in an answer: closed, without list marks, behind the heading of their subject.

    A heading is said once for units that follow each other below it, and not again for a row below its header or what
    stands behind its lead.

    Args:
        units: In the order of the answer.
        question: Words of headings that it holds are worth saying.
        analyse: A text to its terms.
        one_line: Whether code is put on one line, as everything else is.
    """
    asked = set(analyse(question))
    texts: list[str] = []
    said: tuple[str, ...] = ()
    shown = {unit.start for unit in units}
    for unit in units:
        text = unit.text if unit.kind == "fence" and not one_line else readable(unit.text)
        text = text.lstrip("-*•‣◦▪·–— ") or text
        text += "." if unit.kind in ("sentence", "item") and not unit.announces and _OPEN_END.search(text) else ""
        heading = unit.heading[-1] if unit.heading else ""
        below = any(above is not None and above.start in shown for above in (unit.header, unit.lead))
        named = not below and bool(asked & set(analyse(heading)) - set(analyse(unit.text)))
        gap = "\n" if "\n" in text else " "
        texts.append(f"{readable(heading)}:{gap}{text}" if named and unit.heading != said else text)
        said = unit.heading if named else ()
    return texts
