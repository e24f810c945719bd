"""Conversations that are kept, in one SQLite file; of the people they belong to it holds hashes alone.

Covered: one user never reads, finds or changes another's talks; what is deleted leaves the file. Not covered: whoever
can read the file reads the talks in it, so it is made readable for its owner alone.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self

from agent.answer import Answer
from retrieval.errors import IndexDamaged
from retrieval.sqlite import Connection, clear_errors, connect
from ui.errors import HistoryDamaged, UnknownTalk
from ui.export import KeptTalk, as_json, as_markdown

ExportForm = Literal["markdown", "json"]

_LONGEST_TITLE = 80
"""Characters; the list of talks is a narrow column."""
_EMPTY_KEPT = timedelta(days=1)
"""How long a talk is kept that was begun and in which nothing was asked."""
_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS talks (
    talk_id TEXT PRIMARY KEY, owner BLOB NOT NULL, title TEXT NOT NULL, title_folded TEXT NOT NULL,
    pinned INTEGER NOT NULL DEFAULT 0, updated TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS talks_of_owner ON talks (owner, pinned, updated);
CREATE TABLE IF NOT EXISTS turns (
    talk_id TEXT NOT NULL REFERENCES talks ON DELETE CASCADE, turn INTEGER NOT NULL, question TEXT NOT NULL,
    folded TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (talk_id, turn)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation in the list."""

    talk_id: str
    title: str
    pinned: bool
    updated: datetime
    turns: int


class History:
    """The talks of all users; any number of threads may use it.

    `user` is any text that stands for one person: see `ui.visitors.history_user`.
    """

    def __init__(self, path: Path, connection: Connection, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._connection = connection
        self._clock = clock
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Self:
        """The history in the file at `path`, made where there is none.

        Raises:
            HistoryDamaged: The file is none of ours, or was made by a later version.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with _clear_errors(path):
            connection = connect(path)
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > _SCHEMA_VERSION:
                connection.close()
                raise HistoryDamaged(f"{path} was made by a later footnote; update footnote, or move the file away")
            connection.executescript(f"{_SCHEMA} PRAGMA user_version = {_SCHEMA_VERSION};")
        return cls(path, connection, clock)

    def talks(self, user: str, search: str = "") -> list[Talk]:
        """The user's talks in which something was asked: pinned ones first, then by their last change, newest first.

        Args:
            user: Whose.
            search: Words that must all occur in the title, the questions or the answers; case does not matter.
        """
        words = search.casefold().split()
        found = (
            " AND (instr(title_folded, ?) OR EXISTS "
            "(SELECT 1 FROM turns AS t WHERE t.talk_id = talks.talk_id AND instr(t.folded, ?)))"
        ) * len(words)
        rows = self._rows(
            "SELECT talk_id, title, pinned, updated, (SELECT count(*) FROM turns WHERE turns.talk_id = talks.talk_id) "
            f"AS asked FROM talks WHERE owner = ? AND asked > 0{found} ORDER BY pinned DESC, updated DESC, rowid DESC",
            (_owner(user), *(word for word in words for _ in range(2))),
        )
        return [Talk(id_, title, bool(pinned), datetime.fromisoformat(at), n) for id_, title, pinned, at, n in rows]

    def begin(self, user: str) -> str:
        """The id of a new talk: 128 random bits, since it stands in the address of the page."""
        talk_id, now = secrets.token_urlsafe(16), self._clock()
        with self._writing() as connection:
            connection.execute(
                "DELETE FROM talks WHERE owner = ? AND updated < ? AND talk_id NOT IN (SELECT talk_id FROM turns)",
                (_owner(user), _stamp(now - _EMPTY_KEPT)),
            )
            connection.execute(
                "INSERT INTO talks (talk_id, owner, title, title_folded, updated) VALUES (?, ?, '', '', ?)",
                (talk_id, _owner(user), _stamp(now)),
            )
        return talk_id

    def add(self, user: str, talk_id: str, answer: Answer) -> int:
        """The number of the turn, from 1, as which the answer was kept; the first question becomes the title.

        Raises:
            UnknownTalk: The talk is not this user's.
        """
        folded = f"{answer.question}\n{answer.text}".casefold()
        with self._writing() as connection:
            self._refuse_foreign(user, talk_id)
            (last,) = connection.execute("SELECT max(turn) FROM turns WHERE talk_id = ?", (talk_id,)).fetchone()
            turn = (last or 0) + 1
            connection.execute(
                "INSERT INTO turns VALUES (?, ?, ?, ?, ?)", (talk_id, turn, answer.question, folded, answer.to_json())
            )
            connection.execute("UPDATE talks SET updated = ? WHERE talk_id = ?", (_stamp(self._clock()), talk_id))
            if turn == 1:
                self._set_title(talk_id, _title(answer.question))
        return turn

    def answers(self, user: str, talk_id: str) -> list[Answer]:
        """The answers of a talk, oldest first.

        Raises:
            UnknownTalk: The talk is not this user's.
        """
        with self._lock:
            self._refuse_foreign(user, talk_id)
            rows = self._rows("SELECT document FROM turns WHERE talk_id = ? ORDER BY turn", (talk_id,))
        return [Answer.from_json(document) for (document,) in rows]

    def rename(self, user: str, talk_id: str, title: str) -> None:
        """Give the talk a title of at most 80 characters; a blank one gives it that of its first question back.

        Raises:
            UnknownTalk: The talk is not this user's.
        """
        first = "SELECT question FROM turns WHERE talk_id = ? ORDER BY turn LIMIT 1"
        with self._writing() as connection:
            self._refuse_foreign(user, talk_id)
            asked = connection.execute(first, (talk_id,)).fetchone() or ("",)
            self._set_title(talk_id, _title(title) or _title(asked[0]))

    def pin(self, user: str, talk_id: str, pinned: bool = True) -> None:
        """Keep the talk at the top of the list, or no longer.

        Raises:
            UnknownTalk: The talk is not this user's.
        """
        with self._writing() as connection:
            self._refuse_foreign(user, talk_id)
            connection.execute("UPDATE talks SET pinned = ? WHERE talk_id = ?", (pinned, talk_id))

    def delete(self, user: str, talk_id: str) -> None:
        """Remove the talk; nothing of it stays in the file.

        Raises:
            UnknownTalk: The talk is not this user's.
        """
        with self._writing() as connection:
            self._refuse_foreign(user, talk_id)
            connection.execute("DELETE FROM talks WHERE talk_id = ?", (talk_id,))
        self._forget()

    def delete_all(self, user: str) -> None:
        """Remove every talk of the user."""
        with self._writing() as connection:
            connection.execute("DELETE FROM talks WHERE owner = ?", (_owner(user),))
        self._forget()

    def export(self, user: str, talk_id: str | None = None, form: ExportForm = "markdown") -> str:
        """One talk, or all of the user's, as Markdown or as one JSON document, with the sources of every answer.

        Raises:
            UnknownTalk: The talk is not this user's.
        """
        with self._lock:
            if talk_id is not None:
                self._refuse_foreign(user, talk_id)
            chosen = [talk for talk in self.talks(user) if talk_id in (None, talk.talk_id)]
            kept = [KeptTalk(t.title, t.pinned, t.updated, tuple(self.answers(user, t.talk_id))) for t in chosen]
        return as_json(kept) if form == "json" else as_markdown(kept)

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._connection.close()

    def _rows(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._lock, _clear_errors(self._path):
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """One transaction: all of it, or nothing where something is raised."""
        with self._lock, _clear_errors(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _set_title(self, talk_id: str, title: str) -> None:
        update = "UPDATE talks SET title = ?, title_folded = ? WHERE talk_id = ?"
        self._connection.execute(update, (title, title.casefold(), talk_id))

    def _refuse_foreign(self, user: str, talk_id: str) -> None:
        owned = "SELECT 1 FROM talks WHERE talk_id = ? AND owner = ?"
        if not self._rows(owned, (talk_id, _owner(user))):
            raise UnknownTalk(
                "there is no such conversation; it was deleted, or it belongs to another browser or account"
            )

    def _forget(self) -> None:
        """Take what was deleted out of the log that SQLite keeps beside the file."""
        self._rows("PRAGMA wal_checkpoint(TRUNCATE)", ())


@contextmanager
def _clear_errors(path: Path) -> Iterator[None]:
    try:
        with clear_errors(path):
            yield
    except IndexDamaged as error:
        raise HistoryDamaged(
            f"the history {path} cannot be read ({error.__cause__}); move it away to begin anew"
        ) from error


def _owner(user: str) -> bytes:
    """What the file holds instead of the user's name or id."""
    if not user:
        raise ValueError("a talk belongs to somebody; the user is empty")
    return hashlib.sha256(b"footnote history\0" + user.encode()).digest()


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_TITLE else line[: _LONGEST_TITLE - 1].rstrip() + "…"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
