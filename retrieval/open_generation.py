"""One generation of an index, opened for reading: the store, both indexes, and the fields that filters see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.dense import DenseIndex
from retrieval.errors import IndexDamaged
from retrieval.filters import Columns, Mask, Where, build_columns
from retrieval.generation import (
    DENSE_FILE,
    LEXICAL_FOLDER,
    NOTE_POSITIONS_FILE,
    ROWS_FILE,
    TOKENS_FOLDER,
    check_generation,
    generation_folder,
)
from retrieval.hit import Hit
from retrieval.late_interaction import LateInteraction
from retrieval.lexical import LexicalIndex
from retrieval.search import Ranking, Searcher
from retrieval.settings import SearchSettings
from retrieval.store import Store

_OPENING_TRIES = 5
"""A writer may replace the generation between two reads of an opening; the next try sees the new one."""


@dataclass(frozen=True, slots=True)
class NoteEntry:
    """A note as a list shows it."""

    note_id: str
    title: str
    source: str
    metadata: Mapping[str, Any]
    passages: int = 0


class OpenGeneration:
    """The newest generation of the index in a folder; it stays as it is until it is closed."""

    def __init__(self, folder: Path, settings: SearchSettings) -> None:
        for attempt in range(_OPENING_TRIES):
            self.store = Store(folder, read_only=True)
            try:
                self._open_files(generation_folder(folder, self.store.generation), settings)
                break
            except (IndexDamaged, FileNotFoundError):
                self.store.close()
                if attempt == _OPENING_TRIES - 1:
                    raise

    def _open_files(self, files: Path, settings: SearchSettings) -> None:
        check_generation(files)
        self.rows: NDArray[np.int64] = np.load(files / ROWS_FILE, mmap_mode="r")
        self._note_positions: NDArray[np.int32] = np.load(files / NOTE_POSITIONS_FILE, mmap_mode="r")
        self.searcher = Searcher(
            LexicalIndex.load(files / LEXICAL_FOLDER),
            DenseIndex(files / DENSE_FILE),
            LateInteraction.load(files / TOKENS_FOLDER),
            settings,
        )

    @cached_property
    def entries(self) -> list[NoteEntry]:
        """Every note, in the order of ids."""
        rows = self.store.note_metadata()
        passages = np.bincount(self._note_positions, minlength=len(rows)).tolist()
        return [
            NoteEntry(note_id, title, source, metadata, count)
            for (_, note_id, title, source, metadata), count in zip(rows, passages, strict=True)
        ]

    @cached_property
    def columns(self) -> Columns:
        """The metadata that filters see, with the note's own fields beside it."""
        return build_columns(
            [{**e.metadata, "note_id": e.note_id, "title": e.title, "source": e.source} for e in self.entries]
        )

    def chunk_mask(self, where: Where | None) -> Mask | None:
        """Which chunks a filter keeps, or None without one."""
        if not where:
            return None
        kept: Mask = self.columns.mask(where)[self._note_positions]
        return kept

    def hits(self, ranking: Ranking) -> list[Hit]:
        """The ranking's chunks, read from the store."""
        stored = self.store.chunks(self.rows[ranking.positions].tolist())
        return [
            Hit(rank, float(score), found.chunk, found.title, found.source, ranks, cosine, found.metadata)
            for rank, (score, found, ranks, cosine) in enumerate(
                zip(ranking.scores, stored, ranking.ranks, ranking.cosines, strict=True), start=1
            )
        ]

    def close(self) -> None:
        self.store.close()
