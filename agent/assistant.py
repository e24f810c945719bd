"""The assistant: a question in, a verified answer out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Self

from agent.answer import Answer, AnswerSentence, Citation, Step
from agent.citations import Numbering, marks, readable
from agent.errors import InvalidQuestion
from agent.events import AnswerReady, Event, PassagesFound, SentenceVerified, StageStarted, TextDelta
from agent.evidence import Evidence, Ledger
from agent.extractive import Extractor, ScoredUnit, Unit, units_of
from agent.followups import search_text
from agent.grounding import Instruments, ground
from agent.models import resolve_spec
from agent.refusal import SupportFeatures, shipped_rule, support_features
from agent.settings import Settings
from retrieval import Index
from retrieval.filters import Where
from retrieval.tokens import analyse

AskMode = Literal["auto", "quick"]
ASK_MODES: tuple[AskMode, ...] = ("auto", "quick")

LONGEST_QUESTION = 10_000
"""Characters; more is a document, not a question."""


def terms_of(text: str) -> tuple[str, ...]:
    """The terms of a text, as the lexical index counts them."""
    return analyse(text).terms


_CLOSEST = 3
"""Notes that a refusal names."""


class Assistant:
    """Answers from one index with one model; many conversations may share it."""

    def __init__(self, index: Index, model: str, settings: Settings) -> None:
        self.index = index
        self.model = model
        self.settings = settings
        self.instruments = Instruments(analyse=terms_of, rarity=index.rarity)
        self._extractor = Extractor(
            encode=lambda texts: self.index.query_encoder.encode(texts),
            analyse=terms_of,
            rarity=lambda term: self.index.rarity(term),
            settings=settings.extractive,
        )

    @classmethod
    def open(
        cls, index: str | Path | Index | None = None, model: str | None = None, settings: Settings | None = None
    ) -> Self:
        """An assistant over `index`.

        Args:
            index: A folder or an open index; None is the one of the settings.
            model: A model spec; None is the best model found on this machine.
            settings: What a person may change; None reads the environment.

        Raises:
            RetrievalError: The index is missing, damaged or of another encoder.
            AgentError: The model spec is unknown or its model is not there.
        """
        settings = settings or Settings.from_environment()
        spec = resolve_spec(model or settings.model)
        opened = index if isinstance(index, Index) else Index.open(index or settings.index, settings=settings.search)
        return cls(opened, spec, settings)

    def ask(self, question: str, *, mode: AskMode = "auto", where: Where | None = None) -> Answer:
        """The verified answer to `question`.

        Args:
            question: In plain words, at most 10,000 characters.
            mode: `quick` searches once and writes once; `auto` picks the mode.
            where: A filter over note metadata.

        Raises:
            InvalidQuestion: It is empty, binary or far too long.
            InvalidFilter: `where` names an unknown field or operator.
        """
        return _last_answer(self.stream(question, mode=mode, where=where))

    def stream(
        self, question: str, *, mode: AskMode = "auto", where: Where | None = None, earlier: Sequence[str] = ()
    ) -> Iterator[Event]:
        """Events while the answer is made, ending with `AnswerReady`; closing the iterator stops the work.

        Args:
            question: As in `ask`.
            mode: As in `ask`.
            where: As in `ask`.
            earlier: Questions that were asked before in the same conversation, oldest first.
        """
        question = checked_question(question)
        if mode not in ASK_MODES:
            raise ValueError(f"mode is one of {', '.join(ASK_MODES)}, not {mode!r}")
        if self.index.stale:
            self.index.reopen()
        query = self.index.corrected(search_text(question, earlier))
        return _QuickRun(self, question, query, where).events()

    def conversation(self) -> Conversation:
        """A conversation of its own, which understands follow-up questions."""
        return Conversation(self)

    def extract(self, query: str, evidence: Sequence[Evidence]) -> tuple[list[Unit], list[ScoredUnit]]:
        """All units of the evidence, and those that were scored for `query`, best first."""
        units: dict[tuple[str, int], Unit] = {}
        for passage in evidence:
            note = self.index.note(passage.note_id)
            for unit in units_of(passage, note) if note else ():
                units.setdefault((passage.note_id, unit.start), unit)
        everything = list(units.values())
        return everything, self._extractor.score(query, everything)

    def choose(self, scored: Sequence[ScoredUnit], units: Sequence[Unit]) -> list[ScoredUnit]:
        """The units of the answer, in reading order."""
        return self._extractor.choose(scored, units)

    def features(self, query: str, evidence: Sequence[Evidence], scored: Sequence[ScoredUnit]) -> SupportFeatures:
        """What speaks for the notes answering `query`."""
        nearest = max((one.cosine for one in scored), default=0.0)
        return support_features(query, evidence, nearest, terms_of, self.index.rarity)

    def close(self) -> None:
        """Let the index go."""
        self.index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(slots=True)
class Conversation:
    """Turns of one visitor; nothing in it is shared with another conversation."""

    assistant: Assistant
    turns: list[Answer] = field(default_factory=list)

    def ask(self, question: str, *, mode: AskMode = "auto", where: Where | None = None) -> Answer:
        """The answer to `question`, understood after the earlier turns."""
        return _last_answer(self.stream(question, mode=mode, where=where))

    def stream(self, question: str, *, mode: AskMode = "auto", where: Where | None = None) -> Iterator[Event]:
        """As `Assistant.stream`; the turn counts once its answer is ready."""
        earlier = [turn.question for turn in self.turns]
        for event in self.assistant.stream(question, mode=mode, where=where, earlier=earlier):
            if isinstance(event, AnswerReady):
                self.turns.append(event.answer)
            yield event


def checked_question(question: str) -> str:
    """The question without control characters and outer white space.

    Raises:
        InvalidQuestion: Nothing is left, or it is too long.
    """
    text = "".join(c for c in question if c.isprintable() or c in "\n\t").strip()
    if not any(c.isalnum() for c in text):
        raise InvalidQuestion("the question has no words; ask something in plain words")
    if len(text) > LONGEST_QUESTION:
        raise InvalidQuestion(f"the question has {len(text):,} characters; {LONGEST_QUESTION:,} are the limit")
    return text


def _last_answer(events: Iterator[Event]) -> Answer:
    for event in events:
        if isinstance(event, AnswerReady):
            return event.answer
    raise AssertionError("a stream ends with its answer")


class _QuickRun:
    """One question in the quick mode: search once, extract once, verify."""

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
            text = sentence_text(one.unit, self._query)
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


def sentence_text(unit: Unit, question: str) -> str:
    """How a unit reads in an answer: on one line, without list marks, behind its heading if that names the subject."""
    text = readable(unit.text)
    text = text.lstrip("-*•‣◦▪·–— ") or text
    heading = unit.heading[-1] if unit.heading else ""
    asked = set(terms_of(question))
    named_by_heading = asked & set(terms_of(heading)) - set(terms_of(unit.text))
    return f"{readable(heading)}: {text}" if named_by_heading else text


def marked(sentence: AnswerSentence) -> str:
    """A sentence with the marks of its citations."""
    return f"{sentence.text} {marks(sentence.citations)}"


def joined(sentences: Sequence[AnswerSentence]) -> str:
    """The sentences of an answer with their marks, in one paragraph."""
    return " ".join(marked(sentence) for sentence in sentences)
