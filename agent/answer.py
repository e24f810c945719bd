"""An answer as data: sentences with verdicts, citations with verbatim quotes, and what it took."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, Self

from agent.errors import InvalidAnswer

Verdict = Literal["supported", "unsupported", "uncited"]
CitationKind = Literal["note", "web", "tool"]

_LONGEST_REASON: Final = 200
"""Characters of what is wrong with a document that is no answer."""


@dataclass(frozen=True, slots=True)
class Citation:
    """One footnote: a verbatim span of a note or a web page, or what a tool said, such as an equation.

    Attributes:
        n: Its number in the answer, by first use, from 1.
        kind: `note`, `web`, or `tool`.
        heading: Titles of the sections that hold the quote, outermost first.
        start: First code point of the quote in the note's text, 0-based.
        end: One past its last.
        quote: Equals `note.text[start:end]`.
        changed: Whether the file of the note has changed since it was indexed.
        ranks: The place of its passage in each ranking of the search that found it (`bm25`, `dense`).
        figures: Numbers of the citations that a calculation took its figures from.
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
    ranks: Mapping[str, int] = field(default_factory=dict, hash=False)
    figures: tuple[int, ...] = ()

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
    `dropped` counts the sentences that a model wrote and no passage supported. `confidence` is the chance, in [0, 1],
    that sentences which were quoted answer the question; None for a refusal and for what a model wrote.
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
    confidence: float | None = None

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
        return {name: fields[name] for name in [*order, "closest", "notice", "dropped", "confidence"]}

    @classmethod
    def from_json(cls, document: str) -> Self:
        """The answer that `to_json` wrote.

        Raises:
            InvalidAnswer: The document is not such an answer.
        """
        from pydantic import TypeAdapter, ValidationError

        try:
            fields = json.loads(document)
            fields["text"] = fields.pop("answer")
            return TypeAdapter(cls).validate_python(fields)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise _invalid(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise _invalid(repr(error)) from error


def _invalid(reason: str) -> InvalidAnswer:
    what = " ".join(reason.split())[:_LONGEST_REASON]
    return InvalidAnswer(f"this is not an answer that footnote wrote ({what}); keep what `footnote ask --json` prints")
