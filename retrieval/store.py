"""Notes and chunks in `notes.db`: what an index knows about its notes, in one transaction a generation.

A reader keeps a read transaction open: it sees its generation until it is closed, whatever is written meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus import Chunk, Note
from retrieval.errors import IndexDamaged
from retrieval.sqlite import clear_errors, connect

NOTES_FILE = "notes.db"
SCHEMA_REVISION = 1
_BATCH = 500
"""Parameters a statement; SQLite allows at least 999."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    root TEXT NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL, fingerprint TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (root, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (
    id INTEGER PRIMARY KEY, note_id TEXT NOT NULL UNIQUE, root TEXT NOT NULL, file TEXT NOT NULL, own_id TEXT NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, source TEXT NOT NULL, markup TEXT NOT NULL, path TEXT NOT NULL,
    metadata TEXT NOT NULL, digest TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS notes_by_file ON notes (root, file);
CREATE TABLE IF NOT EXISTS chunks (
    id INTEGER PRIMARY KEY, note INTEGER NOT NULL REFERENCES notes ON DELETE CASCADE, "start" INTEGER NOT NULL,
    "end" INTEGER NOT NULL, heading TEXT NOT NULL, context TEXT NOT NULL, terms BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS chunks_by_note ON chunks (note);
"""


_SURROGATES = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk with what a hit shows of its note."""

    chunk: Chunk
    title: str
    source: str
    markup: str
    path: str
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A chunk on its way in: `context` is what the encoder reads, `terms` what the lexical index counts."""

    start: int
    end: int
    heading: tuple[str, ...]
    context: str
    terms: bytes


def digest_text(*parts: str) -> str:
    """A 128-bit hash of some texts, as hexadecimal digits."""
    joined = "\x1f".join(parts)
    return hashlib.blake2b(joined.encode("utf-8", "replace"), digest_size=16).hexdigest()


def clean_text(text: str) -> str:
    """`text` as SQLite can hold it, of the same length: lone surrogates and NULs become U+FFFD."""
    return _SURROGATES.sub("\ufffd", text).replace("\x00", "\ufffd")


def empty_log(folder: Path) -> None:
    """Move what the write-ahead log holds into `notes.db` and cut the log to nothing.

    Text that was deleted could still be read from the log. Where a reader needs it, it stays until the next update.
    """
    path = folder / NOTES_FILE
    with clear_errors(path):
        connection = connect(path)
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


def newest_generation(folder: Path) -> int:
    """Number of the generation that a reader would see that opened the index now; 0 before the first is complete."""
    path = folder / NOTES_FILE
    if not path.exists():
        return 0
    with clear_errors(path):
        connection = connect(path, read_only=True)
        made = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchall()
        rows = made and connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchall()
        connection.close()
    return int(rows[0][0]) if rows else 0


class Store:
    """`notes.db` of one index, for one writer or one reader; safe to use from several threads."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.path = folder / NOTES_FILE
        self._lock = threading.RLock()
        with clear_errors(self.path):
            self._connection = connect(self.path, read_only=read_only)
            if not read_only:
                self._connection.executescript(_SCHEMA)
            self._connection.execute("BEGIN" if read_only else "BEGIN IMMEDIATE")
            self.meta = dict(self._all("SELECT key, value FROM meta"))

    def _all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with self._lock, clear_errors(self.path):
            return self._connection.execute(sql, parameters).fetchall()

    def _run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        with self._lock, clear_errors(self.path):
            self._connection.execute(sql, parameters)

    @property
    def generation(self) -> int:
        """Number of the generation that this transaction sees; 0 before the first."""
        return int(self.meta.get("generation", "0"))

    def set_meta(self, **values: str) -> None:
        """Write settings of the index; they take effect with `commit`."""
        for key, value in values.items():
            self._run("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
            self.meta[key] = value

    def commit(self) -> None:
        """Make all that was written since the last commit the new generation, at once and durably."""
        self._run("COMMIT")
        self._run("BEGIN IMMEDIATE")

    def close(self) -> None:
        """Forget what was not committed and let the file go."""
        with self._lock:
            self._connection.close()

    # --- files and notes, for the writer ---

    def fingerprints(self) -> dict[tuple[str, str], str]:
        """Fingerprint of each known file, by root and name."""
        return {(root, name): print_ for root, name, print_ in self._all("SELECT root, name, fingerprint FROM files")}

    def put_file(self, root: str, name: str, path: str, fingerprint: str, reason: str) -> None:
        self._run("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", (root, name, path, fingerprint, reason))

    def drop_file(self, root: str, name: str) -> None:
        self._run("DELETE FROM files WHERE root = ? AND name = ?", (root, name))

    def failures(self) -> list[tuple[str, str]]:
        """Path and reason of each file that could not be read."""
        return self._all("SELECT path, reason FROM files WHERE reason != '' ORDER BY path")

    def notes_of_file(self, root: str, name: str) -> dict[str, tuple[int, str]]:
        """Row and digest of each note of a file, by the note's own id."""
        rows = self._all("SELECT own_id, id, digest FROM notes WHERE root = ? AND file = ?", (root, name))
        return {own_id: (row, digest) for own_id, row, digest in rows}

    def drop_note(self, row: int) -> None:
        self._run("DELETE FROM notes WHERE id = ?", (row,))

    def touch_note(self, row: int, note: Note) -> None:
        """Take over where an unchanged note now lies."""
        self._run("UPDATE notes SET source = ?, path = ? WHERE id = ?", (note.source, note.path, row))

    def put_note(self, note: Note, file: str, chunks: Iterable[ChunkRow]) -> None:
        """Add a note with its chunks; it gets its own id, behind its folder's name where that is taken."""
        with self._lock, clear_errors(self.path):
            cursor = self._connection.execute(
                "INSERT INTO notes (note_id, root, file, own_id, title, text, source, markup, path, metadata, digest)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self._free_id(note),
                    note.root,
                    file,
                    note.note_id,
                    clean_text(note.title),
                    note.text,
                    note.source,
                    note.markup,
                    note.path,
                    json.dumps(dict(note.metadata), ensure_ascii=False),
                    note_digest(note),
                ),
            )
            self._connection.executemany(
                'INSERT INTO chunks (note, "start", "end", heading, context, terms) VALUES (?, ?, ?, ?, ?, ?)',
                (
                    (
                        cursor.lastrowid,
                        row.start,
                        row.end,
                        json.dumps(row.heading, ensure_ascii=False),
                        row.context,
                        row.terms,
                    )
                    for row in chunks
                ),
            )

    def _free_id(self, note: Note) -> str:
        folder = Path(note.root).name or "notes"
        candidates = [note.note_id, f"{folder}/{note.note_id}"]
        for number in range(2, 10_000):
            for candidate in candidates:
                if not self._all("SELECT 1 FROM notes WHERE note_id = ?", (candidate,)):
                    return candidate
            candidates = [f"{folder}-{number}/{note.note_id}"]
        raise IndexDamaged(f"{note.note_id!r} exists 10,000 times; index fewer folders of the same name")

    def chunk_rows(self) -> list[tuple[int, int, str, bytes]]:
        """Chunk row, note row, context digest and terms of every chunk, in the total order of chunk ids."""
        return self._all(
            "SELECT c.id, c.note, c.context, c.terms FROM chunks c JOIN notes n ON n.id = c.note"
            ' ORDER BY n.note_id, c."start"'
        )

    def note_metadata(self) -> list[tuple[int, str, str, str, dict[str, Any]]]:
        """Row, id, title, source and metadata of every note, in the order of their ids."""
        rows = self._all("SELECT id, note_id, title, source, metadata FROM notes ORDER BY note_id")
        with clear_errors(self.path):
            return [(row, note_id, title, source, json.loads(fields)) for row, note_id, title, source, fields in rows]

    def missing_contexts(self, digests: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Context digest and the text to encode of each chunk whose digest is in `digests`, once each."""
        seen: set[str] = set()
        rows = (
            'SELECT c.context, c.heading, n.title, n.text, c."start", c."end", n.path'
            " FROM chunks c JOIN notes n ON n.id = c.note"
        )
        with self._lock, clear_errors(self.path):
            for digest, heading, title, text, start, end, path in self._connection.execute(rows):
                if digest in digests and digest not in seen:
                    seen.add(digest)
                    yield digest, encoder_input(title, json.loads(heading), text[start:end], path)

    # --- reading ---

    def note(self, note_id: str) -> Note | None:
        """The note with that id, or None."""
        columns = "note_id, title, text, source, markup, metadata, path, root, digest"
        rows = self._all(f"SELECT {columns} FROM notes WHERE note_id = ?", (note_id,))
        if not rows:
            return None
        with clear_errors(self.path):
            *fields, digest = rows[0]
            fields[5] = {key: tuple(v) if isinstance(v, list) else v for key, v in json.loads(fields[5]).items()}
            note = Note(*fields)
        if note_digest(note) != digest:
            raise IndexDamaged(f"the text of {note_id!r} in {self.path} was altered; run `footnote index` to repair it")
        return note

    def chunks(self, rows: Sequence[int]) -> list[StoredChunk]:
        """The chunks of those rows, in the same order."""
        found: dict[int, StoredChunk] = {}
        for at in range(0, len(rows), _BATCH):
            batch = rows[at : at + _BATCH]
            sql = (
                "SELECT c.id, n.note_id, n.title, n.source, n.markup, n.path, n.metadata,"
                ' c."start", c."end", c.heading,'
                ' substr(n.text, c."start" + 1, c."end" - c."start"), c.context'
                f" FROM chunks c JOIN notes n ON n.id = c.note WHERE c.id IN ({','.join('?' * len(batch))})"
            )
            for row in self._all(sql, batch):
                found[row[0]] = self._stored_chunk(row)
        if len(found) != len(set(rows)):
            raise IndexDamaged(f"{self.path} lacks chunks that its generation names; run `footnote index` to repair it")
        return [found[row] for row in rows]

    def _stored_chunk(self, row: tuple[Any, ...]) -> StoredChunk:
        _, note_id, title, source, markup, path, metadata, start, end, heading, text, context = row
        with clear_errors(self.path):
            headings = tuple(json.loads(heading))
            fields = json.loads(metadata)
        if digest_text(encoder_input(title, headings, text, path)) != context:
            raise IndexDamaged(f"the text of {note_id!r} in {self.path} was altered; run `footnote index` to repair it")
        return StoredChunk(Chunk(note_id, text, start, end, headings), title, source, markup, path, fields)

    def chunk_row(self, note_id: str, start: int, end: int) -> int | None:
        """The row of the chunk at that place of a note, or None."""
        rows = self._all(
            "SELECT c.id FROM chunks c JOIN notes n ON n.id = c.note"
            ' WHERE n.note_id = ? AND c."start" = ? AND c."end" = ?',
            (note_id, start, end),
        )
        return int(rows[0][0]) if rows else None

    def counts(self) -> tuple[int, int]:
        """How many notes and chunks there are."""
        row = self._all("SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM chunks)")[0]
        return int(row[0]), int(row[1])

    def check(self) -> None:
        """Raise `IndexDamaged` unless SQLite finds its own file sound."""
        answer = self._all("PRAGMA quick_check(1)")
        if answer != [("ok",)]:
            raise IndexDamaged(f"{self.path} is damaged ({answer[0][0]}); run `footnote index` to repair it")


def encoder_input(title: str, heading: Sequence[str], text: str, path: str) -> str:
    """What the encoder reads of a chunk: where it stands, then its text.

    A title that only repeats the file's name is left out, so that renaming a file changes nothing.
    """
    named_by_file = re.sub(r"[\s_]+", " ", Path(path).stem).strip() == title
    places = [*([] if named_by_file or title in heading else [title]), *heading]
    return f"{' › '.join(places)}\n{text}" if places else text


def note_digest(note: Note) -> str:
    """Hash of all that a reader sees of a note, except where it lies."""
    return digest_text(note.title, note.text, note.markup, json.dumps(dict(note.metadata), sort_keys=True))
