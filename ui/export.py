"""Kept conversations as a document to take away, with the sources of every answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.answer import Answer, Citation


@dataclass(frozen=True, slots=True)
class KeptTalk:
    """One conversation with its answers, oldest first."""

    title: str
    pinned: bool
    updated: datetime
    answers: tuple[Answer, ...]


def as_json(talks: Sequence[KeptTalk]) -> str:
    """One document, `{"talks": [{"title", "pinned", "updated", "answers"}]}`; answers are as in `ask --json`."""
    fields = [
        {
            "title": talk.title,
            "pinned": talk.pinned,
            "updated": talk.updated.isoformat(),
            "answers": [answer.to_dict() for answer in talk.answers],
        }
        for talk in talks
    ]
    return json.dumps({"talks": fields}, ensure_ascii=False, indent=2)


def as_markdown(talks: Sequence[KeptTalk]) -> str:
    """A heading a talk, a heading a question, the answer, and below it what it cites, quoted.

    Text of notes can't become an element, an image or a link of the document.
    """
    return "\n\n".join(part for talk in talks for part in _talk_parts(talk)) + "\n" if talks else ""


def answer_markdown(answer: Answer) -> str:
    """An answer with its sources, as it can be pasted elsewhere."""
    return "\n\n".join(_answer_parts(answer))


def _talk_parts(talk: KeptTalk) -> Iterator[str]:
    yield f"# {plain(talk.title)}"
    yield f"_{talk.updated:%Y-%m-%d %H:%M} UTC_"
    for answer in talk.answers:
        yield f"## {plain(_one_line(answer.question))}"
        yield from _answer_parts(answer)


def _answer_parts(answer: Answer) -> Iterator[str]:
    yield plain(answer.text)
    if answer.notice:
        yield f"_{plain(_one_line(answer.notice))}_"
    if answer.citations:
        yield "\n".join(_source(citation) for citation in answer.citations)


def _source(citation: Citation) -> str:
    changed = " (changed since it was indexed)" if citation.changed else ""
    quote = plain(_one_line(citation.quote))
    return f"- [{citation.n}] {plain(citation.location)}: “{quote}” — {plain(citation.source)}{changed}"


def plain(text: str) -> str:
    """The text, so that Markdown makes no element, image or link of it; mathematics stays as it is."""
    return text.replace("<", "\\<").replace("![", "!\\[").replace("](", "]\\(")


def _one_line(text: str) -> str:
    return " ".join(text.split())
