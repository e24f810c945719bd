"""An answer as data: sentences with verdicts, citations with verbatim quotes, and what it took."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

Verdict = Literal["supported", "unsupported", "uncited"]
CitationKind = Literal["note", "web", "tool"]


@dataclass(frozen=True, slots=True)
class Citation:
    """One footnote: a verbatim span of a note or a web page.

    Attributes:
        n: Its number in the answer, by first use, from 1.
        kind: `note` or `web`.
        heading: Titles of the sections that hold the quote, outermost first.
        start: First code point of the quote in the note's text, 0-based.
        end: One past its last.
        quote: Equals `note.text[start:end]`.
        changed: Whether the file of the note has changed since it was indexed.
    """

    n: int
    kind: CitationKind
    note_id: str
    title: str
    source: str
    heading: tuple[str, ...]
    start: int
    end: int
    quote: str
    changed: bool = False

    @property
    def location(self) -> str:
        """Title and heading path for people, the title once."""
        return " › ".join([self.title, *(part for part in self.heading if part != self.title)])


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One sentence of an answer, the numbers of the citations it stands on, and whether they support it."""

    text: str
    citations: tuple[int, ...]
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """What an agent of the team did in a step, or a tool in a call.

    Attributes:
        agent: Who did it.
        depth: 0 for the manager's steps, one more for what a step called.
        thought: What the model wrote before its action.
        code: What ran in the sandbox.
        tool: The tool or agent that was called.
        arguments: Of that call, as JSON.
        keys: Of the passages that came back.
        error: What went wrong, as the model was told.
    """

    agent: str
    depth: int = 0
    thought: str = ""
    code: str = ""
    tool: str = ""
    arguments: str = ""
    keys: tuple[str, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done on the way: `kind` is `search`, `read`, `write`, ...; seconds of wall time."""

    kind: str
    text: str
    seconds: float
    passages: int = 0
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question; `text` carries the marks `[n]` of its citations.

    `notice` says what a reader should know about how it came about, such as a budget that ran out; mostly empty.
    `dropped` counts the sentences that a model wrote and no passage supported.
    """

    question: str
    text: str
    refused: bool
    model: str
    mode: str
    sentences: tuple[AnswerSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    steps: tuple[Step, ...] = ()
    seconds: float = 0.0
    usage: Mapping[str, int] = field(default_factory=dict)
    closest: tuple[str, ...] = ()
    notice: str = ""
    dropped: int = 0

    def to_json(self) -> str:
        """One JSON document with every field; `answer` holds the text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)

    def to_dict(self) -> dict[str, Any]:
        fields = asdict(self)
        fields["answer"] = fields.pop("text")
        fields["seconds"] = round(self.seconds, 4)
        order = [
            "question",
            "answer",
            "refused",
            "model",
            "mode",
            "sentences",
            "citations",
            "steps",
            "seconds",
            "usage",
        ]
        return {name: fields[name] for name in [*order, "closest", "notice", "dropped"]}

    @classmethod
    def from_json(cls, document: str) -> Self:
        """The answer that `to_json` wrote.

        Raises:
            ValueError: The document is not such an answer.
        """
        try:
            fields = json.loads(document)
            sentences = tuple(AnswerSentence(**{**s, "citations": tuple(s["citations"])}) for s in fields["sentences"])
            citations = tuple(Citation(**{**c, "heading": tuple(c["heading"])}) for c in fields["citations"])
            steps = tuple(_step(step) for step in fields["steps"])
            return cls(
                question=fields["question"],
                text=fields["answer"],
                refused=fields["refused"],
                model=fields["model"],
                mode=fields["mode"],
                sentences=sentences,
                citations=citations,
                steps=steps,
                seconds=fields["seconds"],
                usage=fields["usage"],
                closest=tuple(fields.get("closest", ())),
                notice=fields.get("notice", ""),
                dropped=fields.get("dropped", 0),
            )
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"this is not an answer that footnote wrote ({error!r})") from error


def _step(fields: dict[str, Any]) -> Step:
    action = fields.get("action")
    return Step(**{**fields, "action": Action(**{**action, "keys": tuple(action["keys"])}) if action else None})
