"""The agent mode: a team works on the question in a thread of its own, its final text is verified like any other.

Whatever happens, the run ends with an answer: the best one that was verified so far, and a notice that says what
happened. Covered: a budget that runs out, a model that fails or cannot write a valid action twice, a reader who stops
the run (within 0.2 seconds, also inside a tool or a generation). Not covered: a tool that does not return keeps its
thread until it does; nobody waits for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from smolagents.utils import AgentError as SmolagentsError

from agent.answer import Answer, Step
from agent.asked import AskedQuestion
from agent.budget import Budget
from agent.citations import joined, not_covered
from agent.confidence import UNSURE, is_sure
from agent.desk import Desk
from agent.errors import AgentError
from agent.events import AnswerReady, Event, StageStarted, TextDelta
from agent.evidence import Evidence, Ledger
from agent.extractive_model import NOT_FOUND, ExtractiveModel
from agent.final_text import Checked, FinalText, declines, least_confidence, open_parts
from agent.freshness import dated
from agent.instructions import filled
from agent.models import EXTRACTIVE
from agent.parts import split_question
from agent.quick import QuickRun, left_out
from agent.sheet import Sheet
from agent.team import Team
from agent.trace import Trace
from agent.web_session import WebSession

if TYPE_CHECKING:
    from smolagents import Model

    from agent.assistant import Assistant
    from agent.desk import WebSource

_LOOK_SECONDS: Final = 0.05
"""How often a run that reports nothing looks whether it was stopped."""
_CLOSEST: Final = 3
"""Notes that a refusal names."""
_SHOWN_PROBLEMS: Final = 3
"""Sentences that a manager is told to repair at once."""
_STOPPED: Final = "The run was stopped by its reader."


class AgentRun:
    """One question in the agent mode."""

    def __init__(self, assistant: Assistant, asked: AskedQuestion) -> None:
        self._assistant = assistant
        self._asked = replace(asked, query=" ".join(asked.query.split()))
        self._started = time.perf_counter()
        self._events: SimpleQueue[Event | None] = SimpleQueue()
        self._trace = Trace()
        self._ledger = Ledger()
        self._budget = Budget(assistant.settings.team)
        self._final = FinalText(assistant, self._ledger, self._asked)
        self._rejected = 0
        self._finished = False
        self._best: list[Checked] = []
        self._declined = False
        self._open: tuple[str, ...] = ()
        self._texts: dict[str, list[Checked]] = {}

    def events(self) -> Iterator[Event]:
        """What happens, ending with `AnswerReady`; closing the iterator stops the team."""
        yield StageStarted("plan", "the team looks at the question", self._seconds())
        model = self._model()
        team = Team(self._desk(), model, self._assistant.pool, self._assistant.tools, self._problem)
        thread = threading.Thread(target=self._work, args=(team,), name="footnote-team", daemon=True)
        thread.start()
        try:
            yield from self._reported()
        finally:
            if not self._finished:
                self._budget.stop(_STOPPED)
                team.interrupt()
                cancel = getattr(model, "cancel", None)
                if cancel:
                    cancel()
        if self._budget.mistake:
            raise self._budget.mistake
        yield StageStarted("verify", "checking every sentence", self._seconds())
        yield from self._ending()

    def _model(self) -> Model:
        """The model of this run, with a cancellation of its own where it has one."""
        llm = self._assistant.llm
        if llm is None:
            passages = self._assistant.settings.passages
            splits = split_question(self._asked.question).several  # not a follow-up from the question before it
            return ExtractiveModel(self._final.quote, passages, web=self._assistant.web is not None, splits=splits)
        share = getattr(llm, "share", None)
        return share() if share else llm

    def _desk(self) -> Desk:
        return Desk(
            index=self._assistant.index,
            search=self._asked.search,
            ledger=self._ledger,
            budget=self._budget,
            trace=self._trace,
            settings=self._assistant.settings.team,
            calculator=self._assistant.calculator,
            report=self._events.put,
            seconds=self._seconds,
            where=self._asked.where,
            web=self._web(),
        )

    def _web(self) -> WebSource | None:
        """The web for this question alone: what pages say does not choose what is searched and visited."""
        web = self._assistant.web
        if web is None:
            return None
        return WebSession(web, f"{self._asked.question} {self._asked.query}", self._note_texts)

    def _note_texts(self) -> list[str]:
        return [one.text for one in self._ledger if one.kind == "note"]

    # --- in the thread of the team ---

    def _work(self, team: Team) -> None:
        try:
            with self._budget.own_mistakes():
                task = filled("task", question=self._asked.query, earlier=self._asked.remembered)
                self._problem(team.work_on(task))
        except (AgentError, SmolagentsError) as error:  # of a model or a tool: the run ends with what was verified
            reason = " ".join(str(error).split())
            self._budget.stop(f"The model failed: {reason[:200]}", gave_up=True)
        finally:
            self._events.put(None)

    def _problem(self, text: str) -> str:
        """What the manager should repair in its final text; empty once it was told before. Keeps the best text."""
        self._declined = declines(text)
        if text.strip() == NOT_FOUND:
            return ""
        if text not in self._texts:
            self._texts[text] = self._final.check(text)
        checked = self._texts[text]
        if not self._best or _worth(checked) > _worth(self._best):
            self._best, self._open = checked, open_parts(text)
        wrong = [one for one in checked if not one.supported]
        if self._rejected or not (wrong or not checked):
            return ""
        self._rejected += 1
        told = [f"{one.text!r}: {one.grounding.reason}" for one in wrong[:_SHOWN_PROBLEMS]]
        return "; ".join(told) or "the text is empty"

    # --- in the thread of the reader ---

    def _reported(self) -> Iterator[Event]:
        while not self._stopped():
            try:
                event = self._events.get(timeout=_LOOK_SECONDS)
            except Empty:
                continue
            if event is None:
                self._finished = True
                return
            yield event

    def _stopped(self) -> bool:
        if self._asked.cancel.is_set():
            self._budget.stop(_STOPPED)
        return self._budget.stopped and not (self._budget.gave_up and self._budget.seconds_left)

    def _ending(self) -> Iterator[Event]:
        """The best verified answer; without one, another way to it where there is time and leave."""
        shown = [one for one in self._best if one.supported]
        if not shown and self._budget.gave_up:
            yield from self._quick()
            return
        quoted = not shown and not self._asked.cancel.is_set() and (self._budget.stopped or self._all_was_rejected)
        if quoted:
            yield StageStarted("quote", "choosing sentences", self._seconds())
            shown = self._final.check("\n".join(self._final.quote(self._asked.query, self._found_keys())))
        yield from self._answered(shown, quoted=bool(quoted and shown))

    @property
    def _all_was_rejected(self) -> bool:
        """Whether the team ended with a text of which nothing holds, instead of saying that the notes do not answer."""
        return bool(self._best) and not self._declined

    def _found_keys(self) -> list[str]:
        """Of what a search for the question finds, best first, then of what the team found beside it."""
        hits = self._asked.search(self._asked.query, self._assistant.settings.passages, self._asked.where)
        found = [one.key for one in self._ledger.enter_hits(hits)]
        return list(dict.fromkeys([*found, *(one.key for one in self._in_order())]))

    def _in_order(self) -> list[Evidence]:
        """What was found, by its keys: agents side by side enter it in any order."""
        return sorted(self._ledger, key=lambda one: int(one.key[1:]))

    def _quick(self) -> Iterator[Event]:
        """The answer of the quick mode, after the steps that led nowhere, in the time that is left."""
        for event in QuickRun(self._assistant, self._asked, self._budget.seconds_left).events():
            if isinstance(event, AnswerReady):
                answer = event.answer
                notice = f"{self._budget.reason} This is the answer of the quick mode. {answer.notice}".strip()
                yield AnswerReady(replace(answer, steps=(*self._trace.steps(), *answer.steps), notice=notice))
            else:
                yield event

    def _answered(self, shown: Sequence[Checked], *, quoted: bool) -> Iterator[Event]:
        sheet = Sheet(self._seconds)
        for one in shown:
            yield from sheet.add(one.text, one.places)
        answer = self._answer(sheet, least_confidence(shown), quoted=quoted)
        if answer.refused:
            yield TextDelta(answer.text)
        yield AnswerReady(answer)

    def _answer(self, sheet: Sheet, chance: float | None, *, quoted: bool) -> Answer:
        sentences = sheet.sentences
        dropped = [one for one in self._best if not one.supported]
        rejected = [Step("reject", f"{one.text} ({one.grounding.reason})", 0.0) for one in dropped]
        found = dict.fromkeys(one.title for one in self._in_order() if one.kind != "tool")
        closest = () if sentences else tuple(found)[:_CLOSEST]
        budget = self._budget
        return Answer(
            question=self._asked.question,
            text=joined(sentences) if sentences else not_covered(closest),
            refused=not sentences,
            model=EXTRACTIVE if quoted else self._assistant.model,
            mode="agent",
            sentences=tuple(sentences),
            citations=tuple(dated(citation, self._assistant.index) for citation in sheet.numbering.citations),
            steps=(*self._trace.steps(), *rejected),
            seconds=self._seconds(),
            usage={"prompt_tokens": budget.prompt_tokens, "completion_tokens": budget.completion_tokens},
            closest=closest,
            notice=self._notice(len(dropped), chance, answered=bool(sentences), quoted=quoted),
            dropped=len(dropped),
            confidence=chance,
        )

    def _notice(self, dropped: int, chance: float | None, *, answered: bool, quoted: bool) -> str:
        reason, written = self._budget.reason, self._assistant.llm is not None
        shown = "These sentences are quoted instead." if quoted and written else "This is what could be verified."
        said = [f"{reason} {shown}"] if reason else []
        if dropped and written:
            said.append(left_out(dropped, quoted=quoted and not reason))
        if answered and self._open:
            parts = "; ".join(f"“{part}”" for part in self._open)
            said.append(f"No passage of your notes seems to answer this part of the question: {parts}.")
        if not is_sure(chance):
            said.append(UNSURE)
        return " ".join(said)

    def _seconds(self) -> float:
        return time.perf_counter() - self._started


def _worth(checked: Sequence[Checked]) -> tuple[int, int]:
    """Texts with more supported sentences are worth more, then those with fewer others."""
    supported = sum(one.supported for one in checked)
    return supported, supported - len(checked)
