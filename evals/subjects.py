"""What is measured: the assistant as a person calls it, or the search alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from agent import Answer, Assistant, Citation
from agent.entailment import Entailment
from agent.events import AnswerReady, Event, PassagesFound, SentenceVerified, TextDelta
from agent.evidence import Evidence
from agent.followups import search_text
from agent.grounding import Instruments, ground
from agent.models import EXTRACTIVE
from agent.modes import AskMode
from corpus import Note
from evals.question_sets import Question
from evals.run_records import RankedSpan, Record, SeenPassage
from retrieval import Hit, Index
from retrieval.hit import Mode

DEPTH = 100
"""Passages that are ranked for a question: enough for recall@20 and for MAP as it is usually cut."""


class Subject(Protocol):
    """Something that can be asked; threads may share it."""

    def ask(self, question: Question) -> Record:
        """What became of the question; any exception counts as a wrong answer."""


@dataclass(frozen=True, slots=True)
class SearchSubject:
    """The search alone."""

    index: Index
    mode: Mode = "hybrid"

    def ask(self, question: Question) -> Record:
        started = time.perf_counter()
        ranking = ranked_passages(self.index, question, self.mode)
        return Record(question.id, ranking=ranking, seconds=round(time.perf_counter() - started, 6))


@dataclass(frozen=True, slots=True)
class AssistantSubject:
    """The assistant, asked in a conversation of its own; earlier turns of the question are asked first."""

    assistant: Assistant
    mode: AskMode = "auto"
    entailment: Entailment | None = None

    def ask(self, question: Question) -> Record:
        ranking = ranked_passages(self.assistant.index, question)
        chat = self.assistant.conversation()
        for earlier in question.history:
            chat.ask(earlier, mode=self.mode)
        timed = TimedEvents(chat.stream(question.text, mode=self.mode))
        answer = timed.answer()
        return Record(
            question.id,
            ranking=ranking,
            answer=answer.to_dict(),
            passages=timed.passages(),
            grounding=grounding_levels(answer, self.assistant.index.note, self._instruments()),
            seconds=round(timed.seconds, 4),
            first_seconds=timed.first_seconds and round(timed.first_seconds, 4),
        )

    def _instruments(self) -> Instruments:
        ours = self.assistant.instruments
        return Instruments(ours.analyse, ours.rarity, ours.encode, self.entailment, ours.rule)


class TimedEvents:
    """Goes through the events of one answer and keeps when the first words came."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.first_seconds: float | None = None
        self._found: list[Evidence] = []
        self._answer: Answer | None = None
        started = time.perf_counter()
        for event in events:
            if isinstance(event, TextDelta | SentenceVerified) and self.first_seconds is None:
                self.first_seconds = time.perf_counter() - started
            if isinstance(event, PassagesFound):
                self._found += event.passages
            if isinstance(event, AnswerReady):
                self._answer = event.answer
        self.seconds = time.perf_counter() - started

    def answer(self) -> Answer:
        assert self._answer is not None, "a stream ends with its answer"
        return self._answer

    def passages(self) -> tuple[SeenPassage, ...]:
        """Every passage that was found, once."""
        places = {(one.note_id, one.start, one.end): one for one in self._found}
        return tuple(
            SeenPassage(*place, " › ".join(dict.fromkeys((one.title, *one.heading))), one.text)
            for place, one in places.items()
        )


def ranked_passages(index: Index, question: Question, mode: Mode = "hybrid") -> tuple[RankedSpan, ...]:
    """What the search finds for a question, understood after its earlier turns, best first."""
    hits = index.search(search_text(question.text, question.history), DEPTH, mode=mode)
    return tuple(map(_ranked, hits))


def grounding_levels(
    answer: Answer, note_of: Callable[[str], Note | None], instruments: Instruments
) -> tuple[dict[str, str], ...]:
    """For each sentence, level → what is wrong with it, judged against the quotes that a reader is shown.

    That is stricter than the assistant's own check, which may look at the whole passage around a quote.
    """
    cited = {citation.n: citation for citation in answer.citations}
    quoted = answer.model == EXTRACTIVE
    levels = []
    for sentence in answer.sentences:
        citations = [cited[n] for n in sentence.citations if n in cited]
        found = ground(sentence.text, [_evidence(one) for one in citations], instruments, quoted=quoted)
        problems: dict[str, str] = {}
        for finding in found.findings:
            problems[finding.level] = problems.get(finding.level) or finding.problem
        missing = [f"there is no citation {n}" for n in sentence.citations if n not in cited]
        problems["L0"] = problems["L0"] or next(iter([*missing, *_misplaced(citations, note_of)]), "")
        levels.append(problems)
    return tuple(levels)


def _misplaced(citations: Sequence[Citation], note_of: Callable[[str], Note | None]) -> list[str]:
    """Citations of notes whose quote does not stand where they say."""
    problems = []
    for one in citations:
        note = note_of(one.note_id) if one.kind == "note" else None
        if one.kind == "note" and (note is None or note.text[one.start : one.end] != one.quote):
            problems.append(f"the quote of [{one.n}] does not stand at {one.note_id}@{one.start}-{one.end}")
    return problems


def _evidence(citation: Citation) -> Evidence:
    return Evidence(
        key=f"{citation.kind[0]}{citation.n}",
        kind=citation.kind,
        note_id=citation.note_id,
        title=citation.title,
        source=citation.source,
        heading=citation.heading,
        start=citation.start,
        end=citation.end,
        text=citation.quote,
    )


def _ranked(hit: Hit) -> RankedSpan:
    return RankedSpan(hit.chunk.note_id, hit.chunk.start, hit.chunk.end, hit.score)
