"""Which column of a table of posts holds what, told by the columns' names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


def _in_order(names: str) -> tuple[str, ...]:
    return tuple(names.split())


_BODIES = _in_order(
    "full_text fulltext text content contents body body_text text_content page_content article article_text post "
    "post_text selftext self_text question_body question_text markdown raw_text plain_text html message tweet comment "
    "review passage paragraph chunk document context transcript note notes abstract description summary excerpt"
)
"""Columns with the text of a post, the surest first."""

_ANSWERS = _in_order(
    "answer answer_text answer_body accepted_answer best_answer answers response reply output completion"
)
"""Columns with the answer; it follows the body where a row has both."""

_SOURCES = frozenset(
    """
    article article_text abstract chunk context document excerpt note notes paragraph passage review summary transcript
    """.split()
)
"""Columns with a text that a question is about: they are not the asker's words."""

_TITLES = _in_order("title post_title article_title headline heading subject question name")
_LINKS = _in_order("url link permalink href uri post_url article_url page_url source_url canonical_url source")
_DATES = _in_order(
    "date published_date published published_at publication_date pub_date pubdate post_date created created_at "
    "creation_date created_utc datetime timestamp time updated updated_at"
)
_AUTHORS = _in_order("author authors creator writer by byline user username user_name screen_name from")
_TAGS = _in_order("tags tag keywords categories category topics labels hashtags")


@dataclass(frozen=True, slots=True)
class PostColumns:
    """The roles of a table's columns, by the names as the table writes them; an empty name is an absent role.

    Attributes:
        texts: What makes the text of a note, in this order; never empty.
        answer: The one of `texts` that answers what the title, or the one before it, asks.
        title: For people.
        links: Where the original may be found, the surest first.
        date: When it was written.
        author: Who wrote it.
        tags: What it is about.
        others: The rest, kept as metadata.
    """

    texts: tuple[str, ...]
    answer: str
    title: str
    links: tuple[str, ...]
    date: str
    author: str
    tags: str
    others: tuple[str, ...]


def plain_name(name: str) -> str:
    """`name` in lower case with underscores: `Full Text`, `fullText` and `full-text` are `full_text`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip().strip("\ufeff"))
    return re.sub(r"[\W_]+", "_", spaced).strip("_").lower()


@lru_cache(maxsize=256)
def find_post_columns(names: tuple[str, ...]) -> PostColumns | None:
    """The roles of the columns called `names`, or None where no column can hold the text of a post."""
    by_name: dict[str, str] = {}
    for name in names:
        by_name.setdefault(plain_name(name), name)
    title = _first(by_name, _TITLES)
    body = _first(by_name, _BODIES)
    if not body and plain_name(title) != "question":
        body = by_name.get("question", "")
    answer = _first(by_name, _ANSWERS)
    texts = tuple(name for name in (body, answer) if name)
    if not texts:
        return None
    links = tuple(by_name[link] for link in _LINKS if link in by_name)
    date, author, tags = (_first(by_name, known) for known in (_DATES, _AUTHORS, _TAGS))
    used = {*texts, title, date, author, tags}
    others = tuple(name for name in names if name not in used and plain_name(name))
    answer = "" if plain_name(body) in _SOURCES else answer
    return PostColumns(texts, answer, title, links, date, author, tags, others)


def missing_text_reason(names: Sequence[str]) -> str:
    """Why a table with columns called `names` gives no notes, and what to do."""
    shown = ", ".join(repr(name.strip()) for name in names[:20] if name.strip()) or "none with a name"
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"no column holds the text of a post (found: {shown}{more}); call one of them 'text'"


def _first(by_name: dict[str, str], known: Sequence[str]) -> str:
    return next((by_name[name] for name in known if name in by_name), "")
