"""Answers and hits as text for a terminal and as JSON fields; `ui.page` draws them for a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agent.answer import Action, Answer, Step
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
    changed = " (changed since it was indexed)"
    notes = [
        f"[{c.n}] {c.location}\n    “{_one_line(c.quote)}”\n    {c.source}{changed if c.changed else ''}"
        for c in answer.citations
    ]
    return "\n\n".join([answer.text, *notes, *([answer.notice] if answer.notice else [])])


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
