"""What happens while an answer is made; `Assistant.stream` yields these in order and ends with `AnswerReady`."""

from __future__ import annotations

from dataclasses import dataclass

from agent.answer import Answer, AnswerSentence, Citation, Step
from agent.evidence import Evidence


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A stage has begun: `search`, `write` or `verify`; `seconds` since the question was asked."""

    stage: str
    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StageEnded:
    """A stage is over; `seconds` is what it took."""

    stage: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """Something went wrong: the answer is made without it, and says so, or the iterator raises the error next."""

    reason: str
    seconds: float


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """A search has ended with these passages, best first."""

    query: str
    passages: tuple[Evidence, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step of an agent, or a call of a tool, has ended."""

    step: Step
    seconds: float


@dataclass(frozen=True, slots=True)
class Writing:
    """A model is at work; nothing of what it wrote is shown before it is verified. Comes at least every 0.1 s.

    Attributes:
        characters: What it has written so far, thoughts included.
    """

    characters: int
    seconds: float


@dataclass(frozen=True, slots=True)
class SentenceVerified:
    """A sentence is part of the answer; its citations that are new in the answer come with it."""

    sentence: AnswerSentence
    citations: tuple[Citation, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More text of the answer, as it is shown, marks included."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerReady:
    """The whole answer; nothing comes after it."""

    answer: Answer


Event = (
    StageStarted
    | StageEnded
    | Failed
    | PassagesFound
    | StepTaken
    | Writing
    | SentenceVerified
    | TextDelta
    | AnswerReady
)
