"""An answer while it is made: what the events so far add up to, as messages for the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agent.answer import Answer, AnswerSentence, Citation, Step
from agent.citations import joined
from agent.events import (
    AnswerReady,
    Event,
    Failed,
    PassagesFound,
    SentenceVerified,
    StageEnded,
    StageStarted,
    StepTaken,
    Writing,
)
from ui.page.answers import answer_parts, said, sentences_html
from ui.page.cards import NoteOf, cited_cards
from ui.page.traces import working_html

Message = dict[str, Any]

_TEAM_STAGE = "plan"
"""The stage from which on the team works, which ends by itself when it is told to."""
STOPPED = "Stopped; this is what was verified until then."


@dataclass(slots=True)
class LiveAnswer:
    """What is known of one answer; each sentence and each card is drawn once, when it comes.

    Attributes:
        turn: Its number in the conversation.
        note: Looks a note up.
        web_possible: Whether a refusal offers to search the web.
        answer: The whole answer, once it is there.
        by_team: Whether the team has taken over.
    """

    turn: int
    note: NoteOf
    web_possible: bool = False
    answer: Answer | None = None
    by_team: bool = False
    _doing: str = "Searching the notes"
    _steps: list[Step] = field(default_factory=list)
    _stage: str = ""
    _sentences: list[AnswerSentence] = field(default_factory=list)
    _citations: dict[int, Citation] = field(default_factory=dict)
    _shown: list[str] = field(default_factory=list)
    _cards: str = ""

    def take(self, event: Event) -> None:
        """Add what `event` says."""
        match event:
            case StageStarted(stage=stage, text=text):
                self._doing, self._stage = text[:1].upper() + text[1:], text
                self.by_team = self.by_team or stage == _TEAM_STAGE
            case PassagesFound(passages=passages):
                self._doing = f"{len(passages)} passages found, reading them"
            case StageEnded(stage=stage, seconds=seconds):
                self._steps.append(Step(stage, "", seconds))
            case StepTaken(step=step):
                self._steps.append(step)
            case Writing(characters=characters):
                self._doing = f"Writing ({characters:,} characters read and checked as they come)"
            case Failed(reason=reason):
                self._doing = f"Going on without it: {reason}"
            case SentenceVerified(sentence=sentence, citations=citations):
                self._sentences.append(sentence)
                self._citations |= {one.n: one for one in citations}
                self._shown += sentences_html([sentence], self._citations, self.turn)
                self._cards += cited_cards(citations, self.turn, self.note)
            case AnswerReady(answer=answer):
                self.answer = answer

    def stopped(self, question: str, model: str, mode: str, seconds: float) -> Answer:
        """The answer of what was verified until its reader stopped it."""
        sentences = tuple(self._sentences)
        self.answer = Answer(
            question=question,
            text=joined(sentences) if sentences else "Stopped before a sentence was verified.",
            refused=False,
            model=model,
            mode=mode,
            sentences=sentences,
            citations=tuple(self._citations.values()),
            steps=tuple(self._steps),
            seconds=seconds,
            notice=STOPPED if sentences else "Stopped before a sentence was verified.",
        )
        return self.answer

    def message(self) -> Message:
        """The turn as it stands."""
        if self.answer is not None:
            return finished(self.answer, self.turn, self.note, web_possible=self.web_possible)
        return {
            "state": "working",
            "turn": self.turn,
            "parts": {
                "trace": working_html(self._doing, self._steps if self.by_team else []),
                "answer": list(self._shown),
                "foot": "",
            },
            "cards": self._cards,
            "cited": len(self._citations),
        }


def finished(answer: Answer, turn: int, note: NoteOf, *, web_possible: bool) -> Message:
    """A turn that is over, now or on an earlier day."""
    return {
        "state": "ready",
        "turn": turn,
        "question": answer.question,
        "parts": answer_parts(answer, turn, web_possible=web_possible),
        "cards": cited_cards(answer.citations, turn, note),
        "cited": len(answer.citations),
        "said": said(answer),
    }


class Pace:
    """Says when it is time for the next update.

    Args:
        seconds: Between two updates at least.
        clock: Seconds that never go back.
    """

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._last = -seconds

    def due(self) -> bool:
        """Whether enough time has passed since this was last true."""
        now = self._clock()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True
