"""One process at a time may write to an index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrieval.errors import IndexLocked

_LOCK_FILE = "writer.lock"


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """The right to write to an index; the operating system takes it back when the process ends, however it ends."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(folder / _LOCK_FILE, timeout=0):
            yield
    except Timeout:
        raise IndexLocked(f"another process is updating {str(folder)!r}; wait for it to end, then try again") from None
