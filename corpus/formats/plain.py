"""Plain text: whatever is text and nothing else. The whole file is one note, character by character."""

from __future__ import annotations

from corpus.errors import UnreadableFile
from corpus.note import Note
from corpus.source_file import SourceFile

_LONGEST_TITLE = 120
"""Characters: a longer first line is a paragraph, and the file's name is the better title."""


def matches(file: SourceFile) -> bool:
    """Whether the file can be decoded; this format is asked last."""
    return bool(file.text.strip())


def read(file: SourceFile) -> list[Note]:
    """The one note of a text file."""
    text = file.text
    if not text.strip():
        raise UnreadableFile("it is empty")
    first = text.strip().split("\n", 1)[0].strip().rstrip("¶").strip("#=* ")
    return [file.note(text, title=first if len(first) <= _LONGEST_TITLE else "")]
