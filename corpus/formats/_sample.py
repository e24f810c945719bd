"""The beginning of a file's text, for telling its format."""

from __future__ import annotations

from corpus.errors import UnreadableFile
from corpus.source_file import SourceFile

SAMPLE = 65_536
"""Characters that a format is told from."""


def text_sample(file: SourceFile) -> str:
    """The first characters of the file's text; empty where it is no text, so that `matches` need not raise."""
    try:
        return file.text[:SAMPLE]
    except UnreadableFile:
        return ""
