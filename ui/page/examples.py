"""Questions to begin with, made from a person's own notes and tried on them."""

from __future__ import annotations

from collections.abc import Sequence

from agent import Assistant
from agent.models import EXTRACTIVE

_EXAMPLES = 3
_TRIED = 12
"""Questions that are tried at most, some 30 ms each."""
_SHORTEST, _LONGEST = 4, 60
"""Characters of a title that reads well in a question."""


def example_questions(assistant: Assistant) -> list[str]:
    """Questions from titles that are spread over the index, which the note of that title answers; three at most."""
    quoting = Assistant(assistant.index, EXTRACTIVE, assistant.settings)
    titles = [entry.title for entry in assistant.index.notes() if _reads_well(entry.title)]
    found: list[str] = []
    for title in _spread(titles)[:_TRIED]:
        question = title if title.endswith("?") else f"What is {title}?"
        if title in {citation.title for citation in quoting.ask(question, mode="quick").citations}:
            found.append(question)
        if len(found) == _EXAMPLES:
            break
    quoting.pool.close()
    return found


def _reads_well(title: str) -> bool:
    return _SHORTEST <= len(title) <= _LONGEST and any(c.isalnum() for c in title)


def _spread(titles: Sequence[str]) -> list[str]:
    """The titles in another order: those that come first are far from each other."""
    step = max(1, len(titles) // _EXAMPLES)
    return [title for shift in range(step) for title in titles[(step // 2 + shift) % step :: step]]
