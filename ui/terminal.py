"""What the command line owes a terminal: an encoding that holds every note, and no control characters from notes."""

from __future__ import annotations

import errno
import io
import re
import sys

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters by which a note could colour, move or reorder what a terminal shows: not the tab, not the line feed."""

_NEXT_STEP = {
    errno.ENOENT: "check the path",
    errno.EEXIST: "name another folder",
    errno.ENOTDIR: "name another folder",
    errno.EISDIR: "name a file",
    errno.EACCES: "check its permissions",
    errno.EPERM: "check its permissions",
    errno.EROFS: "name another folder",
    errno.ENOSPC: "free some space",
    errno.EFBIG: "free some space",
    errno.EADDRINUSE: "choose another --port",
    errno.ENAMETOOLONG: "choose a shorter name",
}


def prepare_output() -> None:
    """Nothing; what goes to a file or another program is then UTF-8, and a terminal is spared what it cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def printable(text: str) -> str:
    """The text of the same length with `�` for each control character."""
    return _CONTROL.sub("\ufffd", text)


def os_error_words(error: OSError) -> str:
    """What the system said, of which file, and what to do."""
    said = (error.strerror or str(error)).lower()
    what = f"{error.filename}: {said}" if error.filename else said
    step = _NEXT_STEP.get(error.errno or 0)
    return f"{what}; {step}" if step else what
