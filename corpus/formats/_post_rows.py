"""One row of a table of posts as a note; shared by CSV, TSV and JSON Lines."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from corpus.errors import UnreadableFile
from corpus.formats import markdown
from corpus.formats._dates import iso_date
from corpus.formats._json import words
from corpus.formats._naming import PartNames, first_line_title, shorten, slug, url_slug
from corpus.formats._post_columns import PostColumns, plain_name
from corpus.note import Markup, MetadataValue, Note
from corpus.source_file import SourceFile

MAX_METADATA = 1000
"""Characters of a metadata value: a longer one is a text of its own, which no filter can name, and is left out."""

_LONGEST_TITLE = 200
"""Characters: a longer title is a question with its details; it is put before the text, and shortened as title."""

_NOTHING = frozenset({"", "nan", "none", "null", "n/a", "<na>"})
"""What programs write where a cell is empty."""

_NESTED_TEXTS = ("body_markdown", "body", "text", "answer", "answer_text", "content")
"""Fields that hold the text of a post within a cell, such as an answer, the surest first."""

_HTML_START = re.compile(
    r"\s*<(?:!doctype|html|body|article|section|div|p|h[1-6]|ul|ol|pre|table|blockquote)\b[^>]*>", re.I
)
_URL = re.compile(r"https?://\S+")
_RESERVED = frozenset({"format", "url", "date", "author", "tags"})
"""Metadata fields with a meaning of their own; another column of such a name is kept as `format_column`."""

_MARKUP_SAMPLE = 65_536
"""Characters from which the markup of a post is told."""


@dataclass(frozen=True, slots=True)
class PostReader:
    """Turns rows of one file into notes with part names of their own.

    Attributes:
        file: Where the rows come from.
        kind: The `format` field of the notes.
        parts: The part names that are taken.
    """

    file: SourceFile
    kind: str
    parts: PartNames = field(default_factory=PartNames)

    def note(self, row: Mapping[str, object], columns: PostColumns) -> Note | None:
        """The note of `row`, or None where the row holds no text."""
        title = cell_text(row.get(columns.title))
        text, markup = _marked_up("\n\n".join(_texts(row, columns, title)))
        if not text:
            return None
        title = shorten(title) if len(title) > _LONGEST_TITLE else title or first_line_title(text)
        url = next((link for name in columns.links if (link := _link(row.get(name)))), "")
        part = self.parts.unique(url_slug(url) if url else slug(title))
        metadata = {**_metadata(row, columns, url), "format": self.kind}
        return self.file.note(text, title=title, part=part, source=url, markup=markup, metadata=metadata)


def _texts(row: Mapping[str, object], columns: PostColumns, title: str) -> list[str]:
    """The parts of a row's text; answers stand below a line that says so where what was asked stands above them."""
    asked = [text for name in columns.texts if name != columns.answer and (text := cell_text(row.get(name)))]
    answers = row.get(columns.answer)
    texts = [text for each in (answers if isinstance(answers, list) else [answers]) if (text := cell_text(each))]
    if len(title) > _LONGEST_TITLE or not (asked or texts):
        asked.insert(0, title)
    return [*filter(None, asked), *(f"Answer:\n\n{text}" if asked else text for text in texts)]


def cell_text(value: object) -> str:
    """The text of a cell: posts of a list as paragraphs, numbers as written, nothing for an empty or nested cell."""
    if isinstance(value, list):
        return "\n\n".join(part for part in map(cell_text, value) if part)
    if isinstance(value, dict):
        return next((text for name in _NESTED_TEXTS if (text := words(value.get(name)).strip())), "")
    text = words(value).strip()
    return "" if text.lower() in _NOTHING else text


def tag_list(value: object) -> tuple[str, ...]:
    """The tags of a cell, each once: `a, b`, `a; b`, `#a #b`, `<a><b>`, `|a|b|`, `['a', 'b']`, or a list."""
    if isinstance(value, list):
        parts = [cell_text(part) for part in value]
    else:
        written = cell_text(value)
        if re.fullmatch(r"(?:#[^\s#,]+[\s,]*)+", written):
            parts = written.replace(",", " ").split()
        else:
            parts = re.split(r"[,;|<>\n]", written.strip("[](){}"))
    cleaned = (part.strip().strip("'\"").lstrip("#").strip() for part in parts)
    return tuple(dict.fromkeys(tag for tag in cleaned if tag))


def _metadata(row: Mapping[str, object], columns: PostColumns, url: str) -> dict[str, MetadataValue]:
    known: dict[str, MetadataValue] = {"url": url, "tags": tag_list(row.get(columns.tags))}
    known["author"] = _author(row.get(columns.author))
    written = row.get(columns.date)
    known["date"] = iso_date(written)
    if not known["date"]:
        known["date_as_written"] = cell_text(written)[:MAX_METADATA]
    for name in columns.others:
        value = _plain_value(row.get(name))
        if value is not None and value != url:
            key = plain_name(name)
            known.setdefault(f"{key}_column" if key in _RESERVED else key, value)
    return {key: value for key, value in known.items() if value not in ("", ())}


def _plain_value(value: object) -> MetadataValue | None:
    """The value as metadata holds it, or None where it is empty, nested, or too long."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        parts = tuple(text for part in value if (text := cell_text(part)))
        return parts if sum(map(len, parts)) <= MAX_METADATA else None
    text = cell_text(value)
    return text if 0 < len(text) <= MAX_METADATA else None


def _author(value: object) -> str:
    if isinstance(value, dict):
        value = value.get("name") or value.get("username") or ""
    if isinstance(value, list):
        value = ", ".join(name for part in value if (name := _author(part)))
    return " ".join(cell_text(value).split())[:MAX_METADATA]


def _link(value: object) -> str:
    text = cell_text(value)
    return text if _URL.fullmatch(text) else ""


def _marked_up(text: str) -> tuple[str, Markup]:
    """The text and its markup; HTML becomes Markdown."""
    if _HTML_START.match(text) and "</" in text:
        from corpus.formats.html import html_to_markdown

        try:
            return html_to_markdown(text), "markdown"
        except UnreadableFile:
            return text, "plain"
    return text, "markdown" if _is_markdown(text) else "plain"


def _is_markdown(text: str) -> bool:
    """Whether a file with this text and no telling name would be read as Markdown."""
    try:
        return markdown.matches(SourceFile("post", text[:_MARKUP_SAMPLE].encode("utf-8")))
    except UnreadableFile:
        return False
