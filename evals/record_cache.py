"""Records of earlier runs, so that the same question of the same setup is asked once.

The key is everything that a record depends on: the setup (model, mode, every setting, notes, encoder, code) and the
words of the question and of its earlier turns. What a key cannot hold is a model behind an address that was exchanged
for another one under the same name: use `--no-cache` then. Errors are never kept.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from evals.question_sets import Question
from evals.run_records import Record
from evals.run_setup import Setup


@dataclass(frozen=True, slots=True)
class RecordCache:
    """Records in a folder, a file each."""

    folder: Path
    setup: Setup

    def get(self, question: Question) -> Record | None:
        """The record of that question, or None."""
        try:
            fields = json.loads(self._path(question).read_text("utf-8"))
            record = Record.from_dict(fields)
        except (OSError, ValueError, TypeError, KeyError):
            return None  # never asked, or a file that a full disk left damaged: ask again
        return replace(record, question_id=question.id, cached=True)

    def put(self, question: Question, record: Record) -> None:
        """Nothing; the record is kept unless it is an error."""
        if record.error:
            return
        path = self._path(question)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        draft.write_text(json.dumps(record.to_dict()), "utf-8")
        draft.replace(path)

    def _path(self, question: Question) -> Path:
        key = self.setup.key(question.text, list(question.history))
        return self.folder / key[:2] / f"{key}.json"
