"""Repair of an index of which a file is missing or altered."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from retrieval.embedding_cache import EMBEDDINGS_FILE, check_embeddings
from retrieval.errors import IndexDamaged, IndexMissing
from retrieval.index import Index
from retrieval.store import NOTES_FILE, Store
from retrieval.writer_lock import writer_lock


def repair(folder: Path) -> bool:
    """Set damaged files of an index aside, so that `Index.create` makes them anew; returns whether all notes are kept.

    They are where their database is sound. Else only the notes of the next update will be in the index.
    """
    try:
        with Index.open(folder) as index:
            index.check()
    except IndexMissing:
        return True
    except IndexDamaged:
        with writer_lock(folder):
            shutil.rmtree(folder / "generations", ignore_errors=True)
            _keep_if_sound(folder, EMBEDDINGS_FILE, check_embeddings)
            return _keep_if_sound(folder, NOTES_FILE, _forget_generation)
    return True


def _keep_if_sound(folder: Path, name: str, check: Callable[[Path], None]) -> bool:
    try:
        check(folder)
    except IndexDamaged:
        for path in folder.glob(f"{name}*"):
            path.unlink()
        return False
    return True


def _forget_generation(folder: Path) -> None:
    """Check every note, then say that there is no generation of them yet."""
    store = Store(folder)
    try:
        store.check()
        store.chunks([row for row, *_ in store.chunk_rows()])
        store.set_meta(generation="0")
        store.commit()
    finally:
        store.close()
