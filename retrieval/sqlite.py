"""Connections to SQLite and its errors in our words: the one door to it."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrieval.errors import IndexDamaged, RetrievalError, StorageFull

Connection = sqlite3.Connection


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite says about the file at `path` into errors of this package."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "full" in str(error) or "disk I/O" in str(error):
            raise StorageFull(
                f"the disk is full: {path} could not be written; free some space and run it again"
            ) from error
        if "readonly" in str(error):
            raise PermissionError(errno.EACCES, "it cannot be written", str(path)) from error
        raise IndexDamaged(f"{path} cannot be read ({error}); run `footnote index` to repair it") from error
    except sqlite3.ProgrammingError as error:
        raise RetrievalError(f"the index in {path.parent} was closed; open it again ({error})") from error
    except (sqlite3.DatabaseError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise IndexDamaged(f"{path} is damaged ({error}); run `footnote index` to repair it") from error


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection to the database at `path`, made where it does not exist, in autocommit mode."""
    mode = "ro" if read_only else "rwc"
    if read_only and _is_at_rest(path):
        mode += "&immutable=1"
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=30.0)
    connection.execute("PRAGMA foreign_keys = ON")
    if not read_only:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
    return connection


def _is_at_rest(path: Path) -> bool:
    """Whether we could not make the files that a reader of a log shares with its writer, and there is no log."""
    return not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
