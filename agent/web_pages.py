"""Pages as text: what a server sent, read by the corpus' own readers, so that a page is quoted and checked like a note.

The text is that of the reader, code point by code point; what a model sees of it is another matter (`agent.web_marks`).
The address is the one that the page came from, whatever the page says about itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from agent.errors import WebError
from agent.web_addresses import shortened
from agent.web_fetch import Fetched
from agent.web_marks import plain_line
from corpus.errors import UnreadableFile
from corpus.isolation import read_isolated
from corpus.note import Markup, Note
from corpus.source_file import SourceFile

_NOT_PAGES: Final = frozenset({"text/css", "text/javascript", "text/calendar", "text/vcard", "text/event-stream"})
_OTHER_TEXTS: Final = frozenset({"", "application/xhtml+xml", "application/pdf", "application/x-pdf"})
"""Media types beside `text/*` that are read; an empty one is told by the content."""

_LONGEST_TITLE: Final = 200


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page of the web as it was read.

    Attributes:
        url: Where it came from, after redirects.
        title: One line, never empty.
        text: All offsets of citations count code points of this string.
        fetched: When, in ISO 8601 with the offset of UTC.
        markup: How the text is marked up.
    """

    url: str
    title: str
    text: str = field(repr=False)
    fetched: str
    markup: Markup = "plain"

    @property
    def note(self) -> Note:
        """The page as the rest of footnote knows texts; its address is its id."""
        return Note(
            note_id=self.url,
            title=self.title,
            text=self.text,
            source=self.url,
            markup=self.markup,
            metadata={"format": "web", "url": self.url, "fetched": self.fetched},
        )


def media_problem(media_type: str) -> str:
    """What speaks against reading a media type; empty where it is text."""
    if media_type in _OTHER_TEXTS or (media_type.startswith("text/") and media_type not in _NOT_PAGES):
        return ""
    return f"{media_type[:60]!r} is no text; only HTML, PDF and plain text are read"


def read_page(fetched: Fetched, moment: datetime) -> WebPage:
    """The page in what a server sent.

    Args:
        fetched: The answer of the server.
        moment: When it was had, with its time zone.

    Raises:
        WebError: It is damaged, binary, or holds no text.
    """
    try:
        note = _read(fetched)
    except UnreadableFile as error:
        raise WebError(f"{shortened(fetched.url)!r} cannot be read: {error}") from error
    if not note.text.strip():
        raise WebError(f"{shortened(fetched.url)!r} holds no text")
    title = plain_line(note.title)[:_LONGEST_TITLE].strip() or shortened(fetched.url)
    return WebPage(fetched.url, title, note.text, moment.isoformat(timespec="seconds"), note.markup)


def _read(fetched: Fetched) -> Note:
    """The one note of a page, read in a process of its own where the parser may misbehave."""
    from corpus.formats import html, pdf

    file = SourceFile(name=_name(fetched.url), data=_as_utf8(fetched), path=fetched.url)
    if pdf.matches(file):
        return read_isolated(pdf.read, file)[0]
    if "html" in fetched.media_type or html.matches(file):
        return read_isolated(html.read_visible, file)[0]
    return file.note(file.text, markup="markdown" if fetched.media_type == "text/markdown" else "plain")


def _as_utf8(fetched: Fetched) -> bytes:
    """The body in UTF-8 where the server names another encoding that Python knows."""
    if not fetched.charset or "pdf" in fetched.media_type:
        return fetched.body
    try:
        return fetched.body.decode(fetched.charset, "replace").encode("utf-8", "replace")
    except LookupError:
        return fetched.body


def _name(url: str) -> str:
    """The last part of an address, from which a page without a title gets its name."""
    path = re.split(r"[?#]", url, maxsplit=1)[0].rstrip("/")
    return path.rsplit("/", 1)[-1] or url
