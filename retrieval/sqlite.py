"""Connections to SQLite and its errors in our words: the one door to it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrieval.errors import IndexDamaged, StorageFull

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
        raise IndexDamaged(f"{path} cannot be read ({error}); run `footnote index` to repair it") from error
    except (sqlite3.DatabaseError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise IndexDamaged(f"{path} is damaged ({error}); run `footnote index` to repair it") from error


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection to the database at `path`, made where it does not exist, in autocommit mode."""
    uri = f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=30.0)
    connection.execute("PRAGMA foreign_keys = ON")
    if not read_only:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
    return connection
