"""Titles and part names for files that hold several notes."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field

MAX_TITLE = 80
"""Characters of a title that is made from the first line of a text; more does not fit one line of a list."""

_MAX_SLUG = 80
"""Characters of a part name before a hash stands for the rest."""

_NOT_WORD = re.compile(r"[\W_]+")
_PAGE_ENDING = re.compile(r"\.(?:html?|php|aspx?|md)$", re.IGNORECASE)
_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)


def shorten(line: str, limit: int = MAX_TITLE) -> str:
    """`line` on one line with single spaces, cut at a word boundary to at most `limit` characters."""
    line = " ".join(line.split())
    if len(line) <= limit:
        return line
    kept = line[:limit]
    if not line[limit - 1].isspace() and " " in kept:
        kept = kept[: kept.rindex(" ")]
    return kept[: limit - 1].rstrip(" ,;:–—-") + "…"


def first_line_title(text: str) -> str:
    """The first line of `text` that holds anything, shortened; an empty text gives an empty title."""
    for line in text.split("\n"):
        if line.strip():
            return shorten(line.strip().rstrip("¶").strip("#=* "))
    return ""


def slug(text: str) -> str:
    """`text` in lower case with hyphens between its words; a long one ends in a hash, so that twins stay rare."""
    words = _NOT_WORD.sub("-", unicodedata.normalize("NFKC", text).casefold()).strip("-")
    if not words and text.strip():
        return _fingerprint(text)
    if len(words) <= _MAX_SLUG:
        return words or "post"
    return f"{words[:_MAX_SLUG].rstrip('-')}-{_fingerprint(words)}"


def url_slug(url: str) -> str:
    """A slug of what follows the host of `url`, else of the whole of it."""
    path = _PAGE_ENDING.sub("", _ADDRESS.sub("", url)).strip("/")
    return slug(path or url)


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


@dataclass(slots=True)
class PartNames:
    """Hands out the part names of one file: the name that is asked for, with a counter for its twins.

    A note that is added or removed renames no other, except its own twins below it.
    """

    _taken: set[str] = field(default_factory=set)
    _twins: dict[str, int] = field(default_factory=dict)

    def unique(self, name: str) -> str:
        part = name
        while part in self._taken:
            self._twins[name] = self._twins.get(name, 1) + 1
            part = f"{name}-{self._twins[name]}"
        self._taken.add(part)
        return part
