"""One module a file format, each with the same two functions.

`matches(file)` tells by the content (the name only breaks ties) whether this module reads the file; `read(file)`
returns its notes, or raises `UnreadableFile` with the reason. `corpus.loading` asks the modules in the order of
`FORMATS`: formats with a signature first, plain text last.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from corpus.errors import UnreadableFile

if TYPE_CHECKING:
    from corpus.note import Note
    from corpus.source_file import SourceFile

FORMATS = (
    "stack_exchange",
    "telegram_export",
    "json_lines",
    "html",
    "tables",
    "telegram_page",
    "question_dump",
    "markdown",
    "plain",
)
"""Modules of this package in the order in which they are asked."""


class Format(Protocol):
    """What every module of this package offers."""

    def matches(self, file: SourceFile) -> bool: ...

    def read(self, file: SourceFile) -> list[Note]: ...


def read_file(file: SourceFile) -> list[Note]:
    """The notes of `file`, read by the first format that recognises it; each has a `format` field.

    Raises:
        UnreadableFile: No format recognises it, or the one that does finds it broken or empty.
    """
    if not file.data.strip():
        raise UnreadableFile("it is empty")
    for name in FORMATS:
        reader = cast("Format", import_module(f"corpus.formats.{name}"))
        if reader.matches(file):
            return reader.read(file)
    raise UnreadableFile("it holds no text")
