"""The quick mode: search once, choose sentences once, verify each of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.answer import Answer, AnswerSentence, Citation, Step
from agent.citations import Numbering, joined, marked, readable
from agent.events import AnswerReady, Event, PassagesFound, SentenceVerified, StageStarted, TextDelta
from agent.evidence import Evidence, Ledger
from agent.extractive import Analyse, Unit
from agent.grounding import ground
from agent.refusal import shipped_rule
from retrieval.filters import Where

if TYPE_CHECKING:
    from agent.assistant import Assistant

_CLOSEST = 3
"""Notes that a refusal names."""


class QuickRun:
    """One question in the quick mode."""

    def __init__(self, assistant: Assistant, question: str, query: str, where: Where | None) -> None:
        self._assistant = assistant
        self._question = question
        self._query = query
        self._where = where
        self._started = time.perf_counter()
        self._steps: list[Step] = []

    def events(self) -> Iterator[Event]:
        yield StageStarted("search", "searching the notes", self._seconds())
        evidence = self._search()
        yield PassagesFound(self._query, tuple(evidence), self._seconds())
        yield StageStarted("write", "choosing sentences", self._seconds())
        started = self._seconds()
        units, scored = self._assistant.extract(self._query, evidence)
        features = self._assistant.features(self._query, evidence, scored)
        refuse = not scored or shipped_rule().refuses(features)
        chosen = [] if refuse else self._assistant.choose(scored, units)
        self._steps.append(Step("extract", f"{len(units)} sentences read", self._seconds() - started, len(evidence)))
        numbering = Numbering()
        sentences: list[AnswerSentence] = []
        for one in chosen:
            text = sentence_text(one.unit, self._query, self._assistant.instruments.analyse)
            passage = replace(one.unit.evidence, heading=one.unit.heading)
            checked = ground(text, [passage], self._assistant.instruments, quoted=True)
            if checked.verdict != "supported":
                self._steps.append(Step("drop", f"{text} ({checked.reason})", self._seconds() - started))
                continue
            citation = numbering.cite(one.unit.evidence, one.unit.start, one.unit.end, one.unit.heading)
            sentences.append(AnswerSentence(text, (citation.n,), checked.verdict))
            yield SentenceVerified(sentences[-1], (citation,), self._seconds())
            yield TextDelta((" " if len(sentences) > 1 else "") + marked(sentences[-1]))
        if sentences:
            answer = self._answer(joined(sentences), sentences, numbering.citations)
        else:
            answer = self._refusal(evidence)
            yield TextDelta(answer.text)
        yield AnswerReady(answer)

    def _search(self) -> list[Evidence]:
        started = self._seconds()
        settings = self._assistant.settings
        hits = self._assistant.index.search(self._query, settings.passages, where=self._where)
        self._steps.append(Step("search", self._query, self._seconds() - started, len(hits)))
        return Ledger().enter_hits(hits)

    def _refusal(self, evidence: Sequence[Evidence]) -> Answer:
        closest = tuple(dict.fromkeys(passage.title for passage in evidence))[:_CLOSEST]
        named = f" The closest notes are: {'; '.join(closest)}." if closest else ""
        return self._answer(f"Your notes do not cover this.{named}", [], (), closest=closest)

    def _answer(
        self,
        text: str,
        sentences: Sequence[AnswerSentence],
        citations: tuple[Citation, ...],
        closest: tuple[str, ...] = (),
    ) -> Answer:
        return Answer(
            question=self._question,
            text=text,
            refused=not sentences,
            model=self._assistant.model,
            mode="quick",
            sentences=tuple(sentences),
            citations=citations,
            steps=tuple(self._steps),
            seconds=self._seconds(),
            usage={"prompt_tokens": 0, "completion_tokens": 0},
            closest=closest,
        )

    def _seconds(self) -> float:
        return time.perf_counter() - self._started


def sentence_text(unit: Unit, question: str, analyse: Analyse) -> str:
    """How a unit reads in an answer: on one line, without list marks, behind its heading if that names the subject."""
    text = readable(unit.text)
    text = text.lstrip("-*•‣◦▪·–— ") or text
    heading = unit.heading[-1] if unit.heading else ""
    asked = set(analyse(question))
    named_by_heading = asked & set(analyse(heading)) - set(analyse(unit.text))
    return f"{readable(heading)}: {text}" if named_by_heading else text
