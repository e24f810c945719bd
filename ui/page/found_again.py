"""The passages that an answer was made from, found again by its own searches.

An answer keeps what it cites. What else was retrieved is looked up when somebody wants to see it; where the notes have
changed since, the passages may have changed with them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from agent.answer import Answer, Step
from retrieval import Index
from retrieval.hit import Hit

_MOST_SEARCHES = 12
"""Searches of one answer that are made again."""


def passages_of(answer: Answer, index: Index, passages: int) -> list[Hit]:
    """Each passage once, in the order in which the searches of `answer` find them.

    Args:
        answer: Whose steps say what was searched for.
        index: Where to search.
        passages: How many a search returns.
    """
    found: dict[str, Hit] = {}
    for query in list(dict.fromkeys(_queries(answer)))[:_MOST_SEARCHES]:
        for hit in index.search(query, passages):
            found.setdefault(hit.chunk.chunk_id, hit)
    return list(found.values())


def _queries(answer: Answer) -> Iterator[str]:
    searched = [query for step in answer.steps if (query := _query(step))]
    yield from searched or [answer.question]


def _query(step: Step) -> str:
    """What the step searched the notes for; empty where it did something else."""
    if step.kind == "search":
        return step.text
    if step.action is None or step.action.tool != "search_notes":
        return ""
    try:
        arguments = json.loads(step.action.arguments)
    except ValueError:
        return ""
    query = arguments.get("query") if isinstance(arguments, dict) else None
    return query if isinstance(query, str) else ""
