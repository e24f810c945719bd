"""What was encoded, by the digest of the text, in a database of its own: embeddings and compressed token states.

They are committed batch by batch, so that an update that was stopped goes on where it was. Every row has a checksum.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexDamaged
from retrieval.sqlite import clear_errors, connect

EMBEDDINGS_FILE = "embeddings.db"
_VECTORS, _TOKENS = "vectors", "token_states"
_PROJECTION = "projection"
_SCHEMA = "".join(
    f"CREATE TABLE IF NOT EXISTS {table} (digest TEXT PRIMARY KEY, value BLOB NOT NULL, checksum INTEGER NOT NULL);"
    for table in (_VECTORS, _TOKENS, _PROJECTION)
)

Vectors = NDArray[np.float16]
Codes = NDArray[np.int8]
Floats = NDArray[np.float32]


class EmbeddingCache:
    """Embeddings as float16 and token states as int8, in `embeddings.db`."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.path = folder / EMBEDDINGS_FILE
        with clear_errors(self.path):
            self._connection = connect(self.path, read_only=read_only)
            if not read_only:
                self._connection.executescript(_SCHEMA)

    def digests(self, *, with_tokens: bool) -> set[str]:
        """Digests of the texts whose embedding is cached, and their token states too if they are asked for."""
        known = self._digests(_VECTORS)
        return known & self._digests(_TOKENS) if with_tokens else known

    def put(self, digests: Sequence[str], vectors: Floats, codes: Sequence[Codes] = ()) -> None:
        """Keep (n, d) embeddings, and token states unless there are none; they are on disk when this returns."""
        with clear_errors(self.path):
            self._connection.execute("BEGIN")
            self._insert(_VECTORS, zip(digests, vectors.astype(np.float16), strict=True))
            self._insert(_TOKENS, zip(digests, codes, strict=False))
            self._connection.execute("COMMIT")

    def vectors(self, digests: Sequence[str], dimension: int) -> Vectors:
        """The (n, d) embeddings of n digests, in their order.

        Raises:
            IndexDamaged: One is missing, altered or of another dimension.
        """
        found = np.empty((len(digests), dimension), dtype=np.float16)
        for positions, value in self._rows(_VECTORS, digests):
            if len(value) != 2 * dimension:
                raise IndexDamaged(f"{self.path} holds a vector of {len(value)} bytes; delete the file and index again")
            found[positions] = np.frombuffer(value, dtype=np.float16)
        return found

    def token_counts(self, digests: Sequence[str], dimension: int) -> NDArray[np.int64]:
        """(n,) how many tokens of `dimension` coordinates are kept of each of n texts."""
        with clear_errors(self.path):
            sizes = dict(self._connection.execute(f"SELECT digest, length(value) FROM {_TOKENS}"))
        return np.array([sizes.get(digest, 0) // dimension for digest in digests], dtype=np.int64)

    def token_states(self, digests: Sequence[str], dimension: int) -> Iterator[tuple[list[int], Codes]]:
        """For each different digest its positions in `digests` and its (t, dimension) token states.

        Raises:
            IndexDamaged: One is missing or altered.
        """
        for positions, value in self._rows(_TOKENS, digests):
            yield positions, np.frombuffer(value, dtype=np.int8).reshape(-1, dimension)

    @property
    def projection(self) -> Floats | None:
        """What token states are compressed with; None where the index keeps none."""
        with clear_errors(self.path):
            rows = self._connection.execute(f"SELECT digest, value, checksum FROM {_PROJECTION}").fetchall()
        for shape, value, checksum in rows:
            self._compare(value, checksum)
            return np.frombuffer(value, dtype=np.float32).reshape(int(shape), -1)
        return None

    def set_projection(self, projection: Floats) -> None:
        """Compress token states with a (d, directions) matrix from now on."""
        with clear_errors(self.path):
            self._insert(_PROJECTION, [(str(len(projection)), projection)])

    def keep_only(self, digests: set[str]) -> None:
        """Delete everything else, so that a deleted note leaves nothing behind."""
        unused = {table: self._digests(table) - digests for table in (_VECTORS, _TOKENS)}
        if not any(unused.values()):
            return
        with clear_errors(self.path):
            self._connection.execute("BEGIN")
            for table, rows in unused.items():
                self._connection.executemany(f"DELETE FROM {table} WHERE digest = ?", ((digest,) for digest in rows))
            self._connection.execute("COMMIT")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def check(self) -> None:
        """Raise `IndexDamaged` unless SQLite finds its file sound and every row is as it was written."""
        with clear_errors(self.path):
            answer = self._connection.execute("PRAGMA quick_check(1)").fetchall()
        if answer != [("ok",)]:
            raise IndexDamaged(f"{self.path} is damaged ({answer[0][0]}); run `footnote index` to repair it")
        for table in (_VECTORS, _TOKENS, _PROJECTION):
            with clear_errors(self.path):
                for value, checksum in self._connection.execute(f"SELECT value, checksum FROM {table}"):
                    self._compare(value, checksum)

    def close(self) -> None:
        self._connection.close()

    def _digests(self, table: str) -> set[str]:
        with clear_errors(self.path):
            return {digest for (digest,) in self._connection.execute(f"SELECT digest FROM {table}")}

    def _insert(self, table: str, rows: Iterable[tuple[str, NDArray[Any]]]) -> None:
        values = ((digest, value.tobytes()) for digest, value in rows)
        self._connection.executemany(
            f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)",
            ((digest, value, zlib.crc32(value)) for digest, value in values),
        )

    def _rows(self, table: str, digests: Sequence[str]) -> Iterator[tuple[list[int], bytes]]:
        """The value of each different digest, with its positions in `digests`; one that is missing is an error."""
        positions: dict[str, list[int]] = {}
        for position, digest in enumerate(digests):
            positions.setdefault(digest, []).append(position)
        found = 0
        with clear_errors(self.path):
            for digest, value, checksum in self._connection.execute(f"SELECT digest, value, checksum FROM {table}"):
                if digest in positions:
                    self._compare(value, checksum)
                    found += 1
                    yield positions[digest], value
        self._check_complete(found, positions)

    def _compare(self, value: bytes, checksum: int) -> None:
        if zlib.crc32(value) != checksum:
            raise IndexDamaged(f"{self.path} is damaged; run `footnote index` to repair it")

    def _check_complete(self, found: int, wanted: Mapping[str, Any]) -> None:
        if found != len(wanted):
            raise IndexDamaged(f"{self.path} lacks {len(wanted) - found} texts; run `footnote index` to repair it")


def check_embeddings(folder: Path) -> None:
    """Read every embedding that is kept for the index in `folder`; raise `IndexDamaged` where one was altered."""
    cache = EmbeddingCache(folder, read_only=True)
    try:
        cache.check()
    finally:
        cache.close()
