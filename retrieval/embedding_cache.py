"""Vectors by the digest of the text that was encoded, in a database of their own.

They are committed batch by batch, so that an update that was stopped goes on where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexDamaged
from retrieval.sqlite import clear_errors, connect

EMBEDDINGS_FILE = "embeddings.db"
_EMBEDDINGS_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS embeddings (digest TEXT PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
)


class EmbeddingCache:
    """Vectors by the digest of the encoded text, as float16, in `embeddings.db`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / EMBEDDINGS_FILE
        with clear_errors(self.path):
            self._connection = connect(self.path)
            self._connection.execute(_EMBEDDINGS_SCHEMA)

    def digests(self) -> set[str]:
        """Digests of all cached vectors."""
        with clear_errors(self.path):
            return {digest for (digest,) in self._connection.execute("SELECT digest FROM embeddings")}

    def put(self, digests: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep (n, d) vectors under n digests; they are on disk when this returns."""
        rows = [(digest, vector.tobytes()) for digest, vector in zip(digests, vectors.astype(np.float16), strict=True)]
        with clear_errors(self.path):
            self._connection.execute("BEGIN")
            self._connection.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?)", rows)
            self._connection.execute("COMMIT")

    def get(self, digests: Sequence[str], dimension: int) -> NDArray[np.float16]:
        """The (n, d) vectors of n digests, in their order.

        Raises:
            IndexDamaged: A vector is missing or has another dimension.
        """
        vectors = np.empty((len(digests), dimension), dtype=np.float16)
        positions: dict[str, list[int]] = {}
        for position, digest in enumerate(digests):
            positions.setdefault(digest, []).append(position)
        filled = 0
        with clear_errors(self.path):
            for digest, vector in self._connection.execute("SELECT digest, vector FROM embeddings"):
                for position in positions.get(digest, ()):
                    if len(vector) != 2 * dimension:
                        raise IndexDamaged(
                            f"{self.path} holds a vector of {len(vector)} bytes; delete the file and index again"
                        )
                    vectors[position] = np.frombuffer(vector, dtype=np.float16)
                    filled += 1
        if filled != len(digests):
            raise IndexDamaged(f"{self.path} lacks {len(digests) - filled} vectors; run `footnote index` to repair it")
        return vectors

    def keep_only(self, digests: set[str]) -> None:
        """Delete all other vectors, so that a deleted note leaves nothing behind."""
        unused = [(digest,) for digest in self.digests() - digests]
        if not unused:
            return
        with clear_errors(self.path):
            self._connection.execute("BEGIN")
            self._connection.executemany("DELETE FROM embeddings WHERE digest = ?", unused)
            self._connection.execute("COMMIT")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._connection.close()
