"""Questions to begin with, made from the titles of a person's own notes."""

from __future__ import annotations

from retrieval import Index

_EXAMPLES = 3
_SHORTEST, _LONGEST = 4, 60
"""Characters of a title that reads well in a question."""


def example_questions(index: Index) -> list[str]:
    """Questions from titles that are spread over the index; fewer where there are fewer notes."""
    titles = [entry.title for entry in index.notes() if _SHORTEST <= len(entry.title) <= _LONGEST]
    step = max(1, len(titles) // _EXAMPLES)
    return [title if title.endswith("?") else f"What is the idea of {title}?" for title in titles[step // 2 :: step]][
        :_EXAMPLES
    ]
