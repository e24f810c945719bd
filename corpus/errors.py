"""What can go wrong while notes are read.

CorpusError
├── SourceNotFound      the path that was asked for does not exist or cannot be listed
└── UnreadableFile      one file could not become notes; the run goes on without it
"""

from __future__ import annotations


class CorpusError(Exception):
    """Any error of this package; the message is one line that says what happened and what to do."""


class SourceNotFound(CorpusError):
    """The folder or file that was asked for cannot be opened."""


class UnreadableFile(CorpusError):
    """A file cannot become notes. The message is the reason, without the file's name."""
