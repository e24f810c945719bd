"""From folders and files to notes: walks, sniffs, reads, and reports what could not be read."""

from __future__ import annotations

import hashlib
import os
import posixpath
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from corpus.archives import UnreadableMember, is_archive, open_archive
from corpus.errors import SourceNotFound, UnreadableFile
from corpus.formats import HEAVY, find_format, read_file
from corpus.isolation import read_isolated
from corpus.note import Note
from corpus.source_file import SourceFile

READER_REVISION = 2
"""Counts up when a format reads the same bytes differently, so that unchanged files are read again."""

MAX_FILE_BYTES = 200 * 2**20
"""A file beyond this is reported and not opened."""

SHIPPED_FOLDER = Path(__file__).with_name("notes")

_LARGE = 2**20
"""Bytes beyond which any file is read in a process of its own."""

_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "__MACOSX"})
_PARTS_OF_AN_INDEX = frozenset({"notes.db", "generations"})
"""A folder that holds both is an index of footnote."""
_SAVED_PAGE = "_files"
"""Ending of the folder in which a browser keeps the pictures and scripts of a page that was saved beside it."""
_NOT_NOTES = frozenset(
    """
    .png .jpg .jpeg .gif .webp .bmp .ico .svg .tif .tiff .mp3 .wav .flac .ogg .mp4 .mov .avi .mkv .webm .ttf
    .otf .woff .woff2 .pyc .so .o .a .dll .dylib .exe .bin .pt .pth .ckpt .safetensors .gguf .onnx .npy .npz .h5
    .pkl .pickle .parquet .feather .arrow .sqlite .db .lock
    """.split()
)
"""Endings of media, weights and binaries: counted, not opened, so that the list of failures stays worth reading."""


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """What became of one file.

    Attributes:
        root: The folder that was loaded.
        name: Path below the root.
        path: Where it lies.
        fingerprint: Hash of its bytes and of the reader's revision; empty when it could not be opened.
        notes: Its notes; empty when it failed or is unchanged.
        reason: Why it could not be read, or an empty string.
        lost: Name and reason of each member of an archive that could not be read while others could.
        unchanged: Whether its fingerprint was known already, so that it was not read again.
    """

    root: str
    name: str
    path: str
    fingerprint: str = ""
    notes: tuple[Note, ...] = ()
    reason: str = ""
    unchanged: bool = False
    lost: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class NoteSource:
    """The notes below some paths; iterate over it for the notes, or over `files()` for what became of each file.

    Attributes:
        roots: Absolute paths that were asked for, in order.
        exclude: Names below a root that are left out.
        only: Names below a root that alone are looked at; empty for all. An update leaves the other files as they are.
        skipped: How many files of each ending were left out as no notes, after an iteration.
        unlisted: Names of folders that could not be listed in an iteration; what lies below them is not known.
    """

    roots: tuple[Path, ...]
    exclude: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    skipped: Counter[str] = field(default_factory=Counter)
    unlisted: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Note]:
        for loaded in self.files():
            yield from loaded.notes

    def paths(self) -> list[tuple[Path, str, Path]]:
        """Root, name below it, and path of every file that will be tried, in a stable order."""
        self.skipped.clear()
        self.unlisted.clear()
        return [
            (root, name, path)
            for root in self.roots
            for name, path in _walk(root, self.skipped, self.unlisted)
            if name not in self.exclude and self.covers(name)
        ]

    def covers(self, name: str) -> bool:
        """Whether this source says what became of the file of that name below its roots."""
        below_unlisted = any(name.startswith(f"{folder}/") for folder in self.unlisted)
        return (not self.only or name in self.only) and not below_unlisted

    def files(
        self,
        known: Mapping[tuple[str, str], str] | None = None,
        paths: Sequence[tuple[Path, str, Path]] | None = None,
    ) -> Iterator[LoadedFile]:
        """What became of each file, in a stable order.

        Args:
            known: Fingerprints by (root, name); a file that still has its fingerprint is not read again.
            paths: What `paths()` gave, if the caller has asked for it already.
        """
        for root, name, path in self.paths() if paths is None else paths:
            yield load_file(root, name, path, (known or {}).get((storable(root), name), ""), self.skipped)


def load_notes(*paths: str | Path) -> NoteSource:
    """The notes of every readable file below `paths` (folders or single files).

    Raises:
        SourceNotFound: A path does not exist or cannot be listed.
    """
    roots = []
    for path in paths:
        root = Path(path).expanduser()
        if not root.exists():
            raise SourceNotFound(f"there is no file or folder {str(path)!r}; check the path")
        if root.is_dir() and not os.access(root, os.R_OK | os.X_OK):
            raise SourceNotFound(f"the folder {str(path)!r} cannot be listed; check its permissions")
        roots.append(root.resolve())
    return NoteSource(tuple(roots))


def shipped_notes() -> NoteSource:
    """The notes on machine learning that come with footnote."""
    return NoteSource((SHIPPED_FOLDER.resolve(),), exclude=frozenset({"README.md"}))


def load_file(root: Path, name: str, path: Path, known: str = "", skipped: Counter[str] | None = None) -> LoadedFile:
    """What became of one file; a failure is a reason, never an exception.

    Args:
        root: The folder that is being loaded.
        name: The file's path below it.
        path: Where the file lies.
        known: Its fingerprint when it was last read; if it still has that one, it is not read again.
        skipped: Counts the members of an archive that hold no notes, by their ending.
    """
    opened = LoadedFile(storable(root), name, storable(path))
    fingerprint = ""
    try:
        data = _read_bytes(path)
        fingerprint = hashlib.sha256(data).hexdigest()[:32] + f"-{READER_REVISION}"
        if fingerprint == known:
            return replace(opened, fingerprint=fingerprint, unchanged=True)
        notes, lost = _read(
            SourceFile(name, data, path=opened.path, root=opened.root), Counter() if skipped is None else skipped
        )
    except OSError as error:
        return replace(opened, reason=f"it cannot be opened: {error.strerror or error}")
    except UnreadableFile as error:
        return replace(opened, fingerprint=fingerprint, reason=str(error))
    return replace(opened, fingerprint=fingerprint, notes=tuple(notes), lost=tuple(lost))


def _read(file: SourceFile, skipped: Counter[str]) -> tuple[list[Note], list[tuple[str, str]]]:
    """The notes of a file or of an archive's members, and name and reason of each member that could not be read."""
    if not is_archive(file):
        return _parse(file), []
    notes: list[Note] = []
    lost: list[tuple[str, str]] = []
    for member in open_archive(file, wanted=lambda name: _wanted(name, skipped)):
        try:
            if isinstance(member, UnreadableMember):
                raise UnreadableFile(member.reason)
            notes += _parse(member)
        except UnreadableFile as error:
            lost.append((member.name, str(error)))
    if not notes:
        raise UnreadableFile(f"no member of the archive could be read: {lost[0][1]}" if lost else "it holds no notes")
    return notes, lost


def _parse(file: SourceFile) -> list[Note]:
    """The notes of one file, read in a process of its own where the parser may misbehave."""
    if len(file.data) > _LARGE or find_format(file) in HEAVY:
        return read_isolated(read_file, file)
    return read_file(file)


def storable(path: str | Path) -> str:
    """The path as text that any file can hold: a byte of a name that is no UTF-8 is spelt out."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")


def _read_bytes(path: Path) -> bytes:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise UnreadableFile("the folder cannot be listed; check its permissions")
    if not stat.S_ISREG(mode):
        raise UnreadableFile("it is not a regular file")
    with path.open("rb") as stream:
        data = stream.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableFile(f"it is larger than {MAX_FILE_BYTES // 2**20} MB")
    return data


def _walk(root: Path, skipped: Counter[str], unlisted: list[str]) -> Iterator[tuple[str, Path]]:
    """Name and path of each file below `root`, and of each folder that cannot be listed.

    A link that leads back to a folder above is not followed, and an index of footnote holds no notes.
    """
    if not root.is_dir():
        yield storable(root.name), root
        return
    closed: list[Path] = []
    seen: set[str] = set()
    for folder, folders, files in os.walk(root, onerror=lambda error: _note_closed(error, closed), followlinks=True):
        real = os.path.realpath(folder)
        if real in seen or Path(real) in root.parents or _PARTS_OF_AN_INDEX.issubset((*folders, *files)):
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if _may_hold_notes(name, files))
        below = Path(folder).relative_to(root)
        prefix = f"{below.as_posix()}/" if below.parts else ""
        for name in sorted(files):
            if _wanted(name, skipped):
                yield storable(f"{prefix}{name}"), Path(folder, name)
    for path in closed:
        unlisted.append(storable(path.relative_to(root).as_posix()))
        yield unlisted[-1], path


def _note_closed(error: OSError, closed: list[Path]) -> None:
    """A folder that has gone meanwhile has gone; any other one still holds what it held."""
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        closed.append(Path(error.filename))


def _may_hold_notes(folder: str, files: list[str]) -> bool:
    page = folder.removesuffix(_SAVED_PAGE)
    saved = page != folder and not {f"{page}.html", f"{page}.htm"}.isdisjoint(files)
    return not (folder.startswith(".") or folder in _SKIPPED_FOLDERS or saved)


def _wanted(name: str, skipped: Counter[str]) -> bool:
    """Whether a file of that name may hold notes; one that may not is counted."""
    base = posixpath.basename(name)
    ending = posixpath.splitext(base)[1].lower()
    wanted = not base.startswith(".") and ending not in _NOT_NOTES
    if not wanted:
        skipped[ending or base] += 1
    return wanted
