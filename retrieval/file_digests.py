"""SHA-256 digests of large files, remembered by path, size and modification time."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from pathlib import Path

_log = logging.getLogger(__name__)


class FileDigests:
    """Digests that are computed once a file; `memory` is the JSON file that keeps them between processes.

    A memory that cannot be read or written costs time, never correctness: the file is digested again.
    """

    def __init__(self, memory: Path) -> None:
        self._memory = memory

    def digest(self, path: Path) -> str:
        """SHA-256 of the file's content, in hexadecimal.

        Raises:
            OSError: The file cannot be read.
        """
        path = path.resolve()
        state = path.stat()
        key, stamp = str(path), [state.st_size, state.st_mtime_ns]
        known = self._read()
        entry = known.get(key)
        if isinstance(entry, list) and len(entry) == 3 and entry[:2] == stamp and isinstance(entry[2], str):
            return entry[2]
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self._write({**known, key: [*stamp, digest]})
        return digest

    def _read(self) -> dict[str, object]:
        try:
            known = json.loads(self._memory.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def _write(self, known: dict[str, object]) -> None:
        try:
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            descriptor, draft = tempfile.mkstemp(dir=self._memory.parent, prefix=self._memory.name)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(known, file, indent=1)
            Path(draft).replace(self._memory)
        except OSError as error:
            _log.info("digests cannot be kept in %s: %s", self._memory, error)
