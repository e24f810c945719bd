"""The assistant: a question in, a verified answer out."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from agent.answer import Answer
from agent.asked import AskedQuestion
from agent.calculator import Calculator
from agent.earlier_turns import summarise
from agent.errors import AgentError, InvalidQuestion, ModelUnavailable
from agent.events import AnswerReady, Event, Failed
from agent.evidence import Evidence
from agent.extractive import Extractor, ScoredUnit
from agent.followups import may_lean, search_text
from agent.grounding import Instruments
from agent.models import AUTO, EXTRACTIVE, open_model, resolve_spec
from agent.modes import ASK_MODES, Ask, AskMode
from agent.passage_units import Unit, loose_units, units_of
from agent.refusal import SupportFeatures, names_in, support_features
from agent.remembering import RememberingEncoder, RememberingRarity, RememberingSearch
from agent.rewriting import rewrite
from agent.sandbox_pool import SandboxPool
from agent.settings import Settings
from agent.unit_readers import EncodingReader, StoredReader, UnitReader
from retrieval import Index
from retrieval.errors import RetrievalError
from retrieval.filters import Where
from retrieval.tokens import analyse

if TYPE_CHECKING:
    from smolagents import Model

    from agent.desk import WebSource

_log = logging.getLogger(__name__)

LONGEST_QUESTION = 10_000
"""Characters; more is a document, not a question."""

_REWRITING_SHARE = 0.25
"""Of the seconds for writing, for putting a follow-up into words that stand alone; else a rule does it."""

_REMEMBERED_TEXTS = 10_000
"""Texts whose terms are remembered, about 20 MB: questions about the same notes meet the same sentences."""
_KEPT_TURNS = 20
"""Of a conversation: a follow-up seldom leans on a question further back."""


@lru_cache(_REMEMBERED_TEXTS)
def terms_of(text: str) -> tuple[str, ...]:
    """The terms of a text, as the lexical index counts them."""
    return analyse(text).terms


class Assistant:
    """Answers from one index with one model; many conversations may share it.

    Attributes:
        model: The name that answers carry.
        llm: The model itself; None where sentences are only quoted.
        instruments: What quoted sentences are verified with.
        sharp_instruments: What written sentences are verified with: the encoder compares them, too.
        tools: What the user gave the team beside its own.
        web: The web, for the team; None where it is off.
        pool: Where the team's code runs.
        calculator: Computes what the team cites as calculated.
    """

    def __init__(
        self,
        index: Index,
        model: str,
        settings: Settings,
        llm: Model | None = None,
        tools: Sequence[Any] = (),
        web: WebSource | None = None,
    ) -> None:
        self.index = index
        self.model = model
        self.llm = llm
        self.settings = settings
        self.tools = tuple(tools)
        self.web = web
        self.pool = SandboxPool()
        self.calculator = Calculator()
        self._rarity = RememberingRarity(index)
        self.instruments = Instruments(analyse=terms_of, rarity=self._rarity)
        self._encoder = RememberingEncoder(lambda: index.query_encoder)
        self.sharp_instruments = replace(self.instruments, encode=self._encoder.encode, sparing=True)
        self._stored = StoredReader(index)
        self._encoding = EncodingReader(self._encoder, settings.extractive.candidates)
        self._extractor = Extractor(terms_of, self._rarity, settings.extractive)

    @classmethod
    def open(
        cls,
        index: str | Path | Index | None = None,
        model: str | Model | None = None,
        settings: Settings | None = None,
        *,
        tools: Sequence[Any] = (),
        web: WebSource | None = None,
    ) -> Self:
        """An assistant over `index`.

        Args:
            index: A folder or an open index; None is the one of the settings.
            model: A model spec or a smolagents `Model`; None is the best model found on this machine.
            settings: What a person may change; None reads the environment.
            tools: More tools for the team: smolagents `Tool`s, LangChain tools, `McpTools` of an MCP server.
                They run on this machine, with the rights of this process; what they say can be cited.
            web: The web, for the team; None keeps it off.

        Raises:
            RetrievalError: The index is missing, damaged or of another encoder.
            AgentError: The model spec is unknown or its model is not there.
        """
        settings = settings or Settings.from_environment()
        name, llm = _named_model(model or settings.model, settings)
        opened = index if isinstance(index, Index) else Index.open(index or settings.index, settings=settings.search)
        return cls(opened, name, settings, llm, tools, web)

    def ask(self, question: str, *, mode: AskMode = "auto", where: Where | None = None) -> Answer:
        """The verified answer to `question`.

        Args:
            question: In plain words, at most 10,000 characters.
            mode: `quick` searches once and writes once; `agent` lets the team plan and delegate; `auto` starts quick
                and hands over when the question has several parts or the evidence is weak.
            where: A filter over note metadata.

        Raises:
            InvalidQuestion: It is empty, binary or far too long.
            InvalidFilter: `where` names an unknown field or operator.
        """
        return _last_answer(self.stream(question, mode=mode, where=where))

    def stream(
        self,
        question: str,
        *,
        mode: AskMode = "auto",
        where: Where | None = None,
        earlier: Sequence[str] = (),
        remembered: str = "",
        cancel: threading.Event | None = None,
    ) -> Iterator[Event]:
        """Events while the answer is made, ending with `AnswerReady`; closing the iterator stops the work.

        Args:
            question: As in `ask`.
            mode: As in `ask`.
            where: As in `ask`.
            earlier: Questions that were asked before in the same conversation, oldest first.
            remembered: A summary of those turns, for the team.
            cancel: Ends the work of the team once it is set, from any thread, with what was verified until then.
        """
        question = checked_question(question)
        if mode not in ASK_MODES:
            raise ValueError(f"mode is one of {', '.join(ASK_MODES)}, not {mode!r}")
        if self.index.stale:
            self.index.reopen()
        search = RememberingSearch(self.index)
        asked = AskedQuestion(question, question, search, where, remembered, cancel or threading.Event())
        return self._events(asked, mode, tuple(earlier))

    def _events(self, asked: AskedQuestion, mode: AskMode, earlier: Sequence[str]) -> Iterator[Event]:
        started = time.perf_counter()
        try:
            query = self._mended(self._standalone(asked.question, earlier))
            yield from Ask(self, replace(asked, query=query)).events(mode)
        except (AgentError, RetrievalError) as error:
            yield Failed(str(error), time.perf_counter() - started)
            raise

    def understood(self, question: str, earlier: Sequence[str] = ()) -> str:
        """What is looked for without an LLM: the question as it can stand alone, its misspelt words mended."""
        return self._mended(search_text(question, earlier))

    def _mended(self, question: str) -> str:
        """The question without its misspelt words. A name that no note has is no mistake: the notes do not have it."""
        return self.index.corrected(question, keep=names_in(question))

    def _standalone(self, question: str, earlier: Sequence[str]) -> str:
        """The question as it can be understood alone: in the words of the model, or by rule where there is none."""
        if (
            self.llm is not None
            and earlier
            and may_lean(question)
            and (rewritten := rewrite(self.llm, question, earlier, self.settings.writing.seconds * _REWRITING_SHARE))
        ):
            return rewritten
        return search_text(question, earlier)

    def conversation(self) -> Conversation:
        """A conversation of its own, which understands follow-up questions."""
        return Conversation(self)

    def use(self, model: str, llm: Model | None) -> None:
        """Let another model write the answers from the next question on; one that is being written goes on."""
        self.model, self.llm = model, llm

    def extract(self, query: str, evidence: Sequence[Evidence]) -> tuple[list[Unit], list[ScoredUnit]]:
        """All units of the evidence, and those that were scored for `query`, best first."""
        units: dict[tuple[str, int], Unit] = {}
        for passage in evidence:
            for unit in self._units(passage):
                units.setdefault((passage.note_id, unit.start), unit)
        everything = list(units.values())
        return everything, self._extractor.score(query, everything, self._reader(evidence))

    def _reader(self, evidence: Sequence[Evidence]) -> UnitReader:
        """The quick way to read the units of these passages, where the index has all that it takes."""
        return self._stored if self._stored.knows(evidence) else self._encoding

    def _units(self, passage: Evidence) -> list[Unit]:
        if passage.kind != "note":
            return loose_units(passage)
        note = self.index.note(passage.note_id)
        return units_of(passage, note) if note else []

    def choose(self, scored: Sequence[ScoredUnit], units: Sequence[Unit]) -> list[ScoredUnit]:
        """The units of the answer, in reading order."""
        return self._extractor.choose(scored, units)

    def features(self, query: str, evidence: Sequence[Evidence], scored: Sequence[ScoredUnit]) -> SupportFeatures:
        """What speaks for the notes answering `query`."""
        return support_features(query, evidence, scored, self._reader(evidence), terms_of, self._rarity)

    def close(self) -> None:
        """Let the index go, and end the workers of the sandbox."""
        self.pool.close()
        self.calculator.close()
        self.index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(slots=True)
class Conversation:
    """Turns of one visitor; nothing in it is shared with another conversation.

    Attributes:
        turns: The last answers, oldest first; each keeps its own citations.
        asked: How many turns there were in all.
    """

    assistant: Assistant
    turns: list[Answer] = field(default_factory=list)
    asked: int = 0

    def ask(self, question: str, *, mode: AskMode = "auto", where: Where | None = None) -> Answer:
        """The answer to `question`, understood after the earlier turns."""
        return _last_answer(self.stream(question, mode=mode, where=where))

    def stream(
        self,
        question: str,
        *,
        mode: AskMode = "auto",
        where: Where | None = None,
        cancel: threading.Event | None = None,
    ) -> Iterator[Event]:
        """As `Assistant.stream`; the turn counts once its answer is ready."""
        earlier = [turn.question for turn in self.turns]
        remembered = summarise(self.turns, self.assistant.settings.team.earlier_tokens)
        for event in self.assistant.stream(
            question, mode=mode, where=where, earlier=earlier, remembered=remembered, cancel=cancel
        ):
            if isinstance(event, AnswerReady):
                self.keep(event.answer)
            yield event

    def keep(self, answer: Answer) -> None:
        """Count `answer` as a turn: one of a stream that was stopped before its end, or of an earlier visit."""
        self.turns = [*self.turns, answer][-_KEPT_TURNS:]
        self.asked += 1


def checked_question(question: str) -> str:
    """The question without control characters and outer white space.

    Raises:
        InvalidQuestion: It is no text, nothing of it is left, or it is too long.
    """
    if not isinstance(question, str):
        raise InvalidQuestion(f"a question is a text, not {type(question).__name__}")
    text = "".join(c for c in question if c.isprintable() or c in "\n\t").strip()
    if not any(c.isalnum() for c in text):
        raise InvalidQuestion("the question has no words; ask something in plain words")
    if len(text) > LONGEST_QUESTION:
        raise InvalidQuestion(f"the question has {len(text):,} characters; {LONGEST_QUESTION:,} are the limit")
    return text


def _named_model(model: str | Model | None, settings: Settings) -> tuple[str, Model | None]:
    """The name that answers carry, and the LLM where there is one."""
    if model is not None and not isinstance(model, str):
        from agent.foreign_model import behind_the_door  # imports smolagents, which takes a second

        return str(model.model_id), behind_the_door(model)
    spec = resolve_spec(model)
    if spec == EXTRACTIVE:
        return spec, None
    try:
        return spec, open_model(spec, settings.local_model)
    except ModelUnavailable as error:
        if model not in (None, "", AUTO):
            raise
        _log.warning("%s; until then sentences are quoted", error)
        return EXTRACTIVE, None


def _last_answer(events: Iterator[Event]) -> Answer:
    for event in events:
        if isinstance(event, AnswerReady):
            return event.answer
    raise AssertionError("a stream ends with its answer")
