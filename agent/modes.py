"""Which run answers a question: `quick` (one search, one text), `agent` (the team), or `auto` (one after the other)."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Final, Literal

from agent.answer import Answer
from agent.asked import AskedQuestion
from agent.asked_calculation import asked_calculation
from agent.events import AnswerReady, Event, SentenceVerified, StageStarted, TextDelta
from agent.parts import split_question
from agent.quick import QuickRun

if TYPE_CHECKING:
    from agent.assistant import Assistant

AskMode = Literal["auto", "quick", "agent"]
ASK_MODES: tuple[AskMode, ...] = ("auto", "quick", "agent")

_ARITHMETIC: Final = re.compile(
    r"\bhow (?:many|much) (?:more|less|fewer|larger|smaller|faster|slower|bigger)\b"
    r"|\btimes (?:more|less|as|larger|smaller|faster)\b"
    r"|\b(?:in total|altogether|on average|sum of|average of|ratio (?:of|between)|add(?:ed)? up|per cent|percentage)\b",
    re.IGNORECASE,
)
_FRESH: Final = re.compile(
    r"\b(?:latest|newest|today|currently|right now|this (?:week|month|year)|news|on the web|online)\b", re.IGNORECASE
)


class Ask:
    """One question to one assistant, for any mode."""

    def __init__(self, assistant: Assistant, asked: AskedQuestion) -> None:
        self._assistant = assistant
        self._asked = asked

    def events(self, mode: AskMode) -> Iterator[Event]:
        """What happens, ending with `AnswerReady`."""
        if mode == "auto":
            return self._auto()
        return self._agent() if mode == "agent" else self._quick()

    def _quick(self) -> Iterator[Event]:
        return QuickRun(self._assistant, self._asked).events()

    def _agent(self) -> Iterator[Event]:
        from agent.team_run import AgentRun  # imports smolagents, which takes a second

        return AgentRun(self._assistant, self._asked).events()

    def _auto(self) -> Iterator[Event]:
        reason = self._reason_to_plan()
        if not reason:
            reason = yield from self._quick_unless_weak()
        if reason:
            yield StageStarted("plan", reason, 0.0)
            yield from self._agent()

    def _reason_to_plan(self) -> str:
        """Why the question itself calls for the team; empty where it does not."""
        # As it was asked: what a follow-up is searched with begins with another question.
        if split_question(self._asked.question).several:
            return "the question has several parts"
        if asked_calculation(self._asked.query) or (self._assistant.llm and _ARITHMETIC.search(self._asked.query)):
            return "the question asks for a calculation"
        if self._assistant.web is not None and _FRESH.search(self._asked.query):
            return "the question asks for what is on the web"
        return ""

    def _quick_unless_weak(self) -> Generator[Event, None, str]:
        """The quick run; where it would refuse and the team can do more, why the team is asked instead."""
        held: list[Event] = []
        written = False
        for event in self._quick():
            written = written or isinstance(event, SentenceVerified)
            if isinstance(event, AnswerReady) and _found_too_little(event.answer) and self._team_can_do_more():
                return "the evidence is weak"
            if isinstance(event, TextDelta) and not written:
                held.append(event)
                continue
            yield from held
            held.clear()
            yield event
        return ""

    def _team_can_do_more(self) -> bool:
        """Without an LLM and without the web it would search for the same words."""
        return self._assistant.llm is not None or self._assistant.web is not None


def _found_too_little(answer: Answer) -> bool:
    """Whether the quick mode refused before a model was asked to write."""
    return answer.refused and all(step.kind != "write" for step in answer.steps)
