"""The tools of a small team, made up and always the same, that the actions call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as a tool returns it."""

    key: str
    title: str
    text: str
    score: float


PASSAGES = (
    Passage("n1", "Dropout", "Dropout zeroes activations with probability 0.5 in training.", 0.91),
    Passage("n2", "Batch normalisation", "Batch normalisation uses the mean and variance of the batch.", 0.74),
    Passage("n3", "Label smoothing", "Label smoothing with 0.1 softens the targets.", 0.62),
    Passage("n4", "Dropout at test time", "At test time, dropout is off and nothing is scaled.", 0.55),
)


def search_notes(query: str, k: int = 3) -> list[Passage]:
    """Passages that share a word with the query, best first."""
    words = set(query.lower().split())
    found = [passage for passage in PASSAGES if words & set(f"{passage.title} {passage.text}".lower().split())]
    return found[:k]


def read_note(note_id: str, start: int = 0, end: int | None = None) -> str:
    """The text of a note."""
    for passage in PASSAGES:
        if passage.key == note_id:
            return passage.text[start:end]
    raise KeyError(note_id)


def list_notes() -> list[dict[str, Any]]:
    """Every note."""
    return [{"key": p.key, "title": p.title, "words": len(p.text.split())} for p in PASSAGES]


def web_search(query: str) -> str:
    """Results as one text."""
    return f"1. About {query} [w1]\n2. More on {query} [w2]"


def notes(task: str, additional_args: dict[str, Any] | None = None) -> str:
    """A managed agent."""
    return f"Here is the final answer from your managed agent 'notes':\n{task.upper()} [n1]"


def final_answer(answer: Any) -> Any:
    """The tool that ends a run."""
    return answer


TOOLS: dict[str, Callable[..., Any]] = {
    tool.__name__: tool for tool in (search_notes, read_note, list_notes, web_search, notes, final_answer)
}
