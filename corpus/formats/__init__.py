"""One module a file format, each with the same two functions.

`matches(file)` tells by the content (the name only breaks ties) whether this module reads the file; `read(file)`
returns its notes, or raises `UnreadableFile` with the reason. `corpus.loading` asks the modules in the order of
`FORMATS`: formats with a signature first, plain text last.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from corpus.errors import UnreadableFile

if TYPE_CHECKING:
    from corpus.note import Note
    from corpus.source_file import SourceFile

FORMATS = (
    "pdf",
    "docx",
    "notebook",
    "stack_exchange",
    "telegram_export",
    "json_lines",
    "telegram_page",
    "html",
    "latex",
    "tables",
    "question_dump",
    "markdown",
    "plain",
)
"""Modules of this package in the order in which they are asked: those with a signature first, plain text last."""

HEAVY = frozenset({"pdf", "docx", "notebook", "stack_exchange", "html", "latex"})
"""Formats whose parsers may loop, fill the memory or crash on a bad file."""


class Format(Protocol):
    """What every module of this package offers."""

    def matches(self, file: SourceFile) -> bool: ...

    def read(self, file: SourceFile) -> list[Note]: ...


def find_format(file: SourceFile) -> str:
    """The name of the first format that recognises `file`.

    Raises:
        UnreadableFile: None does.
    """
    if not file.data.strip():
        raise UnreadableFile("it is empty")
    for name in FORMATS:
        if _module(name).matches(file):
            return name
    raise UnreadableFile("it holds no text")


def read_file(file: SourceFile) -> list[Note]:
    """The notes of `file`, read by the first format that recognises it; each has a `format` field.

    Raises:
        UnreadableFile: No format recognises it, or the one that does finds it broken or empty.
    """
    name = find_format(file)
    return [_labelled(note, name) for note in _module(name).read(file)]


def _module(name: str) -> Format:
    return cast("Format", import_module(f"corpus.formats.{name}"))


def _labelled(note: Note, name: str) -> Note:
    return note if "format" in note.metadata else replace(note, metadata={**note.metadata, "format": name})
