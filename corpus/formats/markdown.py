"""Markdown notes, with or without YAML front matter.

The note's text is the Markdown below the front matter, as it stands. Known front matter fields become metadata:
`title`, `date`, `tags` (also `categories`, `keywords`), `author`, `url` (also `source`, `link`), `references`; other
plain values keep their name. Broken front matter stays in the text, so that nothing is lost.
"""

from __future__ import annotations

import datetime
import re
from typing import Any

from corpus.errors import UnreadableFile
from corpus.note import MetadataValue, Note
from corpus.sections import outline_text
from corpus.source_file import SourceFile

_SUFFIXES = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mdx", ".rmd", ".qmd"})
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_SIGNS = (
    re.compile(r"^#{1,6} \S", re.MULTILINE),
    re.compile(r"^(```|~~~)\w*$", re.MULTILINE),
    re.compile(r"(?<!!)\[[^\[\]\n]{1,300}\]\([^)\s]{1,2000}\)"),
    re.compile(r"^\|.+\|\n\|[\s:|-]+\|$", re.MULTILINE),
    re.compile(r"\*\*\S[^*\n]*\*\*"),
)
_SIGNS_NEEDED = 2
"""Kinds of Markdown a file without a Markdown name must show: prose may hold one by chance."""

_SAME_FIELD = {"categories": "tags", "keywords": "tags", "source": "url", "link": "url", "authors": "author"}


def matches(file: SourceFile) -> bool:
    """Whether the name says Markdown, or the text has front matter or several kinds of Markdown."""
    if file.suffix in _SUFFIXES:
        return True
    sample = file.text[:65_536]
    return bool(_FRONT_MATTER.match(sample)) or sum(bool(sign.search(sample)) for sign in _SIGNS) >= _SIGNS_NEEDED


def read(file: SourceFile) -> list[Note]:
    """The one note of a Markdown file."""
    fields, text = _split_front_matter(file.text)
    if not text.strip():
        raise UnreadableFile("it has front matter but no text" if fields else "it is empty")
    title = str(fields.pop("title", "")) or _first_heading(text)
    url = fields.get("url", "")
    source = url if isinstance(url, str) and url.startswith(("http://", "https://")) else ""
    return [file.note(text, title=_plain(title), source=source, markup="markdown", metadata=fields)]


def _first_heading(text: str) -> str:
    """The first heading of the first level, as any Markdown marks it: a `#` within a fence is none."""
    return next((section.title for section in outline_text(text, markdown=True).sections if section.level == 1), "")


def _plain(title: str) -> str:
    return re.sub(r"[*`]|\[([^\[\]]{0,300})\]\([^)]{0,2000}\)", r"\1", title)


def _split_front_matter(text: str) -> tuple[dict[str, MetadataValue], str]:
    found = _FRONT_MATTER.match(text)
    if not found:
        return {}, text
    import yaml

    try:
        loaded = yaml.safe_load(found[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}, text
    if not isinstance(loaded, dict):
        return {}, text
    return _metadata(loaded), text[found.end() :]


def _metadata(fields: dict[Any, Any]) -> dict[str, MetadataValue]:
    known: dict[str, MetadataValue] = {}
    for name, value in fields.items():
        key = str(name).strip().lower()
        key = _SAME_FIELD.get(key, key)
        plain = _value(value, many=key in ("tags", "references"))
        if plain is not None and key not in known:
            known[key] = plain
    return known


def _value(value: Any, *, many: bool) -> MetadataValue | None:
    """The value as metadata holds it, or None where it is empty or nested."""
    if isinstance(value, str) and many:
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    if isinstance(value, list):
        return tuple(str(part) for part in value if not isinstance(part, list | dict) and part is not None)
    return None
