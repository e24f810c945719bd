"""What can go wrong with an index.

RetrievalError
├── IndexMissing        there is no index in that folder
├── IndexDamaged        a file of the index is missing, truncated or altered
├── IndexLocked         another process is writing to it
├── EncoderMismatch     the index was made with another encoder
├── EncoderUnavailable  the encoder's weights or its run time cannot be loaded
├── StorageFull         the disk has no room for the new generation
└── InvalidFilter       a `where` names an unknown field or operator
"""

from __future__ import annotations


class RetrievalError(Exception):
    """Any error of this package; the message is one line that says what happened and what to do."""


class IndexMissing(RetrievalError):
    """There is no index in the folder."""


class IndexDamaged(RetrievalError):
    """A file of the index is missing, truncated or altered."""


class IndexLocked(RetrievalError):
    """Another process is writing to the index."""


class EncoderMismatch(RetrievalError):
    """The index was made with another encoder."""


class EncoderUnavailable(RetrievalError):
    """The encoder's weights or its run time cannot be loaded."""


class StorageFull(RetrievalError):
    """The disk has no room for what has to be written."""


class InvalidFilter(RetrievalError):
    """A `where` names an unknown field or operator, or a value of the wrong type."""
