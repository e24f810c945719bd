"""The files of one generation of an index, and how they get on disk.

A generation is a folder with the dense index, the lexical index, the chunk rows and a manifest of sizes and checksums.
It is written under another name, synced, renamed; only the commit of `notes.db` that names its number makes it current.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retrieval.errors import IndexDamaged, StorageFull

FOLDER = "generations"
DENSE_FILE = "dense.faiss"
ROWS_FILE = "chunks.npy"
NOTE_POSITIONS_FILE = "notes.npy"
LEXICAL_FOLDER = "lexical"
TOKENS_FOLDER = "tokens"
_MANIFEST = "manifest.json"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, None)
"""Errors of a full disk; NumPy reports a short write without a number."""
_CHECKED_BYTES = 2**28
"""A generation up to this size is checked byte by byte when it is opened (about 0.1 s); of a larger one the sizes
are compared at opening, and the bytes by `footnote doctor` and by `footnote index`."""


def generation_folder(index: Path, number: int) -> Path:
    """Where a generation lies."""
    return index / FOLDER / f"{number:06d}"


@contextmanager
def new_generation(index: Path, number: int) -> Iterator[Path]:
    """A folder to write generation `number` into; on leaving it is complete on disk, or gone after an error.

    Raises:
        StorageFull: The disk has no room.
    """
    final = generation_folder(index, number)
    draft = final.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(final, ignore_errors=True)
    try:
        draft.mkdir(parents=True)
        yield draft
        _write_manifest(draft)
        draft.rename(final)
        _sync(final.parent)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if error.errno in _NO_ROOM:
            raise StorageFull(
                f"the disk is full: {index} keeps its last state; free some space and run it again"
            ) from error
        raise
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def remove_other_generations(index: Path, keep: int) -> None:
    """Delete every generation but one; what a reader still holds open goes when the reader closes."""
    for folder in (index / FOLDER).glob("*"):
        if folder.name != f"{keep:06d}":
            shutil.rmtree(folder, ignore_errors=True)


def check_generation(folder: Path, *, every_byte: bool = False) -> None:
    """Raise `IndexDamaged` unless the files are as their manifest says.

    Sizes are always compared; checksums where the generation is small or `every_byte` is asked for.
    """
    try:
        manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
        entries = [(folder / name, int(size), int(crc)) for name, (size, crc) in manifest["files"].items()]
        sizes = [path.stat().st_size for path, _, _ in entries]
        every_byte = every_byte or sum(sizes) <= _CHECKED_BYTES
        sums = [_checksum(path) if every_byte else crc for path, _, crc in entries]
    except FileNotFoundError as error:
        raise IndexDamaged(f"{error.filename} is missing; run `footnote index` to repair the index") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamaged(f"{folder / _MANIFEST} is damaged; run `footnote index` to repair the index") from error
    for (path, size, crc), actual, found in zip(entries, sizes, sums, strict=True):
        if actual != size or found != crc:
            raise IndexDamaged(f"{path} is damaged; run `footnote index` to repair the index")


def _write_manifest(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    entries = {path.relative_to(folder).as_posix(): (path.stat().st_size, _checksum(path)) for path in files}
    for path in files:
        _sync(path)
    manifest = folder / _MANIFEST
    manifest.write_text(json.dumps({"files": entries}, indent=1), "utf-8")
    _sync(manifest)
    _sync(folder)


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as stream:
        while block := stream.read(2**22):
            value = zlib.crc32(block, value)
    return value


def _sync(path: Path) -> None:
    """Have the file or folder on disk; folders cannot be synced on Windows."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
