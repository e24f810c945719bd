"""Answers and hits as text for a terminal and as JSON fields; `ui.page` draws them for a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agent.answer import Action, Answer, Citation, Step
from retrieval.hit import Hit


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
        return f"[{citation.n}] {citation.location}\n    {citation.quote}\n    {calculated(citation)}"
    changed = " (changed since it was indexed)" if citation.changed else ""
    return f"[{citation.n}] {citation.location}\n    “{_one_line(citation.quote)}”\n    {citation.source}{changed}"


def calculated(citation: Citation) -> str:
    """What stands under a calculation: the footnotes that hold its figures."""
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
