"""The border between a library that parses documents and the rest: what it prints stays in, what it raises is named."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from corpus.errors import UnreadableFile

_LONGEST_REASON = 160
"""Characters: libraries put whole documents into their messages."""


@contextmanager
def parsing(kind: str, *loggers: str) -> Iterator[None]:
    """Runs a library on a document that may be broken in any way.

    Its warnings and the named loggers are silent meanwhile. Parsers of binary formats fail in undocumented ways on
    damaged files, so every exception counts as damage, running out of stack or memory included.

    Args:
        kind: What the document was taken for (`PDF`), for the reason.
        loggers: Names of the library's loggers.

    Raises:
        UnreadableFile: The library raised something else.
    """
    with warnings.catch_warnings(), _silenced(loggers):
        warnings.simplefilter("ignore")
        try:
            yield
        except UnreadableFile:
            raise
        except Exception as error:
            raise UnreadableFile(f"it is damaged, or no {kind} ({describe(error)})") from error


def describe(error: BaseException) -> str:
    """The error's type and the first line of its message."""
    message = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    if len(message) > _LONGEST_REASON:
        message = message[: _LONGEST_REASON - 1].rstrip() + "…"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


@contextmanager
def _silenced(names: tuple[str, ...]) -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
