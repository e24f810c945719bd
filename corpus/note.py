"""The two records that the corpus hands on: a note as it was read, and a chunk as a verbatim span of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Markup = Literal["markdown", "plain"]
"""How the text of a note is marked up, which decides how its sections and blocks are found."""

MetadataValue = str | int | float | bool | tuple[str, ...]
"""What a metadata field can hold. Dates are ISO 8601 strings, so that they sort and compare as text."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note: a page, a post, a question with its answers, a notebook, a paper.

    Attributes:
        note_id: Unique in an index and stable between runs: the file's path below the folder that was
            loaded, in POSIX form, followed by `#` and a part where one file holds several notes.
        title: For people; never empty.
        text: What is indexed, shown and quoted. Every offset of footnote counts Unicode code points of
            this string.
        source: Where a reader finds the original: a URL where the format has one, else the file's path.
        markup: `markdown` or `plain`.
        metadata: Fields that a filter can name (`format`, `tags`, `date`, `author`, `url`, ...).
        path: The file that it was read from, as loaded (`archive.zip/inner.md` inside an archive).
        root: The folder that was loaded; notes of other roots are left alone when one root is updated.
    """

    note_id: str
    title: str
    text: str
    source: str
    markup: Markup = "plain"
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    path: str = ""
    root: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A verbatim span of a note: `text == note.text[start:end]`.

    Attributes:
        chunk_id: `note_id@start-end`; two chunks of one note never share it.
        heading: Titles of the enclosing sections, outermost first.
        start: First code point, 0-based.
        end: One past the last code point.
    """

    note_id: str
    text: str
    start: int
    end: int
    heading: tuple[str, ...] = ()

    @property
    def chunk_id(self) -> str:
        return f"{self.note_id}@{self.start}-{self.end}"

    @property
    def location(self) -> str:
        """The heading path for people: `Attention › Scaling`."""
        return " › ".join(self.heading)
