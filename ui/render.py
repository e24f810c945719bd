"""Answers and hits as text, JSON fields and HTML. Whatever comes from a note or a model is escaped here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from agent.answer import Action, Answer, AnswerSentence, Citation, Step
from retrieval.hit import Hit

_MARK = re.compile(r"\[(\d+)\]")
_SURROUNDINGS = 280
"""Characters of the note that a source card shows on either side of a quote."""


def hit_fields(hit: Hit) -> dict[str, Any]:
    """A hit as `footnote search --json` prints it."""
    chunk = hit.chunk
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "chunk_id": chunk.chunk_id,
        "note_id": chunk.note_id,
        "title": hit.title,
        "source": hit.source,
        "heading": list(chunk.heading),
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
    }


def answer_text(answer: Answer) -> str:
    """An answer for a terminal: the text, then its footnotes, then what a reader should know about it."""
    notes = [_footnote(citation) for citation in answer.citations]
    return "\n\n".join([answer.text, *notes, *([answer.notice] if answer.notice else [])])


def _footnote(citation: Citation) -> str:
    if citation.figures:
        return f"[{citation.n}] {citation.location}\n    {citation.quote}\n    {_calculated(citation)}"
    changed = " (changed since it was indexed)" if citation.changed else ""
    return f"[{citation.n}] {citation.location}\n    “{_one_line(citation.quote)}”\n    {citation.source}{changed}"


def _calculated(citation: Citation) -> str:
    return f"calculated from {' '.join(f'[{n}]' for n in citation.figures)}"


def trace_lines(answer: Answer) -> list[str]:
    """The steps of an answer as a tree: what was done, what came back, tokens, seconds, and what went wrong."""
    return [line for step in answer.steps for line in _step_lines(step)]


def _step_lines(step: Step) -> Iterator[str]:
    action = step.action or Action("")
    indent = "  " * action.depth
    facts = [f"{step.seconds:.3f} s"]
    if action.keys:
        facts.append(f"keys {' '.join(action.keys)}")
    if action.prompt_tokens or action.completion_tokens:
        facts.append(f"{action.prompt_tokens} + {action.completion_tokens} tokens")
    yield f"{indent}{step.kind} · {_one_line(step.text)} [{'; '.join(facts)}]"
    for line in action.code.splitlines():
        yield f"{indent}    | {line}"
    if action.error:
        yield f"{indent}    ! {_one_line(action.error)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def answer_html(answer: Answer, turn: int) -> str:
    """An answer for the page: its sentences, each with chips that open their source."""
    if answer.refused:
        return (
            f'<div class="fn-refusal" role="note"><strong>Not in your notes.</strong> {escape(_closest(answer))}</div>'
        )
    parts = [sentence_html(sentence, turn) for sentence in answer.sentences]
    notice = f'<p class="fn-notice">{escape(answer.notice)}</p>' if answer.notice else ""
    return f'<div class="fn-answer">{" ".join(parts)}{notice}</div>'


def sentence_html(sentence: AnswerSentence, turn: int) -> str:
    """One sentence with the chips of its citations."""
    chips = "".join(_chip(n, turn) for n in sentence.citations)
    return f'<span class="fn-{sentence.verdict}">{escape(sentence.text)}</span> {chips}'


def passages_line(count: int, seconds: float) -> str:
    """What is shown while the answer is being written."""
    return f'<p class="fn-working" role="status">{count} passages found in {seconds:.1f} s</p>'


def _closest(answer: Answer) -> str:
    return f"Closest: {'; '.join(answer.closest)}." if answer.closest else ""


def _chip(n: int, turn: int) -> str:
    return f'<a class="fn-chip" href="#fn-{turn}-{n}" role="button" tabindex="0" title="Open source {n}">{n}</a>'


def source_cards_html(answer: Answer, turn: int, texts: dict[str, str]) -> str:
    """The cards of an answer's citations; `texts` holds each cited note's text by its id."""
    if not answer.citations:
        return ""
    cards = "".join(_card(citation, turn, texts.get(citation.note_id, "")) for citation in answer.citations)
    return (
        f'<section class="fn-turn" id="fn-turn-{turn}"><h3>{escape(_one_line(answer.question))}</h3>{cards}</section>'
    )


_NOT_COMPARED = {
    "note": "the note has changed since it was indexed",
    "web": "as the page said when it was read",
    "tool": "as the tool said",
}
"""What a card says where the text that is quoted is not at hand."""


def _card(citation: Citation, turn: int, text: str) -> str:
    verbatim = text[citation.start : citation.end] == citation.quote
    before, after = _surroundings(text, citation) if verbatim else ("", "")
    if citation.changed:
        check = "the note has changed since it was indexed"
    else:
        check = "✓ verbatim" if verbatim else _NOT_COMPARED[citation.kind]
    if citation.figures:
        check = _calculated(citation)
    return (
        f'<article class="fn-card" id="fn-{turn}-{citation.n}" tabindex="-1">'
        f'<header><span class="fn-number">{citation.n}</span> {escape(citation.location)}</header>'
        f"<blockquote>{escape(before)}<mark>{escape(citation.quote)}</mark>{escape(after)}</blockquote>"
        f"<footer><span>{check}</span> {_source(citation.source)}</footer></article>"
    )


def _surroundings(text: str, citation: Citation) -> tuple[str, str]:
    start, end = max(0, citation.start - _SURROUNDINGS), min(len(text), citation.end + _SURROUNDINGS)
    before, after = text[start : citation.start], text[citation.end : end]
    return ("…" if start else "") + before, after + ("…" if end < len(text) else "")


def _source(source: str) -> str:
    if source.startswith(("https://", "http://")):
        return f'<a href="{escape(source)}" target="_blank" rel="noopener noreferrer">{escape(source)}</a>'
    return f"<code>{escape(source)}</code>"
