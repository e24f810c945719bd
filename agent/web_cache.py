"""Pages that were read, on the disk of their reader, until they are too old.

A cache that cannot be read or written costs a fetch, never an answer: a damaged one is thrown away. It holds what
was visited, so it lies in the user's data folder; deleting the file is safe at any time.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent.web_pages import WebPage
from retrieval.errors import IndexDamaged, StorageFull
from retrieval.sqlite import Connection, clear_errors, connect

if TYPE_CHECKING:
    from corpus.note import Markup

CACHE_FILE: Final = "web.db"
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS pages (asked TEXT PRIMARY KEY, url TEXT NOT NULL, title TEXT NOT NULL, "
    "text TEXT NOT NULL, fetched TEXT NOT NULL, markup TEXT NOT NULL, seconds REAL NOT NULL) WITHOUT ROWID"
)


class PageCache:
    """Pages by the address that was asked for; may be shared by threads and by processes.

    Args:
        folder: Where `web.db` lies.
        age: How old a page may be.
        now: The time, with its time zone.
    """

    def __init__(self, folder: Path, age: timedelta, now: Callable[[], datetime]) -> None:
        self.path = folder / CACHE_FILE
        self._age = age
        self._now = now
        self._lock = threading.Lock()

    def get(self, url: str) -> WebPage | None:
        """The page under an address, or None where there is none that is young enough."""
        with self._lock:
            row = self._run(lambda database: self._find(database, url))
        return row

    def put(self, url: str, page: WebPage) -> None:
        """Keep a page under the address that was asked for, and forget those that are too old."""
        with self._lock:
            self._run(lambda database: self._write(database, url, page))

    def _find(self, database: Connection, url: str) -> WebPage | None:
        row = database.execute(
            "SELECT url, title, text, fetched, markup FROM pages WHERE asked = ? AND seconds > ?", (url, self._oldest())
        ).fetchone()
        if row is None:
            return None
        markup: Markup = "markdown" if row[4] == "markdown" else "plain"
        return WebPage(row[0], row[1], row[2], row[3], markup)

    def _write(self, database: Connection, url: str, page: WebPage) -> None:
        database.execute("DELETE FROM pages WHERE seconds <= ?", (self._oldest(),))
        database.execute(
            "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?, ?)",
            (url, page.url, page.title, page.text, page.fetched, page.markup, self._now().timestamp()),
        )

    def _oldest(self) -> float:
        return (self._now() - self._age).timestamp()

    def _run(self, work: Callable[[Connection], WebPage | None]) -> WebPage | None:
        """What `work` gives on a connection of its own; None where the cache is of no use."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with clear_errors(self.path):
                database = connect(self.path)
                try:
                    database.execute(_SCHEMA)
                    return work(database)
                finally:
                    database.close()
        except IndexDamaged:
            self._throw_away()
            return None
        except (StorageFull, OSError):
            return None

    def _throw_away(self) -> None:
        with contextlib.suppress(OSError):  # in a folder that cannot be written it stays, and is of no use either way
            for name in (CACHE_FILE, f"{CACHE_FILE}-wal", f"{CACHE_FILE}-shm"):
                (self.path.parent / name).unlink(missing_ok=True)
