"""ZIP archives of notes: each member is a file to read, or a reason why it is not.

Nothing is written to disk. What a member really unpacks to is counted while it is unpacked, whatever the archive
says, so a bomb costs no more than the limits. Names that lead out of the archive are refused although no file is
made of them, because they would be shown as places where a note lies. Names without the UTF-8 flag are read in code
page 437, as the format says.
"""

from __future__ import annotations

import io
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from corpus.errors import UnreadableFile
from corpus.source_file import SourceFile

_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_DOCUMENT_PARTS = frozenset(
    {"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF", "META-INF/container.xml", "AndroidManifest.xml"}
)
"""A part with one of these names makes a ZIP file one document or program: OOXML, OpenDocument, EPUB, JAR, APK."""
_DOCUMENT_ENDINGS = (".iwa", "data.pkl", ".npy")
"""The same for Apple's documents, PyTorch checkpoints and NumPy arrays."""

_BLOCK = 2**20
_SMALLEST_BOMB = 16 * 2**20
"""Bytes up to which any ratio is fine: a small file of blank lines packs 1 to 1000."""

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    OverflowError,
    MemoryError,
)
"""What `zipfile` raises on archives that are broken, encrypted or packed in ways it does not know."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much of an archive is unpacked.

    Attributes:
        total_bytes: Of all members together, archives inside counted.
        member_bytes: Of one member.
        ratio: Unpacked to packed bytes of a member beyond 16 MB; text packs 1 to 3 or 10, a table 1 to 50.
        members: Entries of one archive.
        directory_bytes: Of the archive's table of contents, which is read whole: 1 kB a member.
        depth: How many archives deep a file may lie.
    """

    total_bytes: int = 2 * 2**30
    member_bytes: int = 200 * 2**20
    ratio: int = 200
    members: int = 50_000
    directory_bytes: int = 50 * 2**20
    depth: int = 2


@dataclass(frozen=True, slots=True)
class UnreadableMember:
    """A member that was not unpacked; `name` is as a file's name would be."""

    name: str
    reason: str


@dataclass(slots=True)
class _Budget:
    """What may still be unpacked, shared by an archive and those inside it."""

    bytes_left: int


def is_archive(file: SourceFile) -> bool:
    """Whether a file is a ZIP archive of files, and not a document that happens to be packed as one."""
    if not file.data.startswith(_SIGNATURES):
        return False
    try:
        _check_directory(file.data, ArchiveLimits())
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            names = archive.namelist()
    except (*_DAMAGE, UnreadableFile):
        return file.suffix == ".zip"  # opening it will tell what is wrong
    return _DOCUMENT_PARTS.isdisjoint(names) and not any(name.endswith(_DOCUMENT_ENDINGS) for name in names)


def open_archive(
    file: SourceFile,
    limits: ArchiveLimits | None = None,
    wanted: Callable[[str], bool] = lambda name: True,
) -> Iterator[SourceFile | UnreadableMember]:
    """The members of a ZIP archive in the archive's order, one at a time.

    A member is named `archive.zip/folder/name`. Folders, hidden files and macOS's `__MACOSX` are left out silently,
    as is what is not `wanted`. An archive inside the archive is opened as well; one inside that is a reason.

    Args:
        file: The archive.
        limits: How much is unpacked.
        wanted: Tells by a member's name whether it is unpacked at all.

    Raises:
        UnreadableFile: The archive is damaged or has too many members.
    """
    limits = limits or ArchiveLimits()
    return _members(_open(file, limits), file, limits, wanted, _Budget(limits.total_bytes), depth=1)


def _open(file: SourceFile, limits: ArchiveLimits) -> zipfile.ZipFile:
    try:
        _check_directory(file.data, limits)
        archive = zipfile.ZipFile(io.BytesIO(file.data))
    except _DAMAGE as error:
        raise UnreadableFile("the archive is damaged or cut off") from error
    if len(archive.infolist()) > limits.members:
        raise UnreadableFile(f"{len(archive.infolist()):,} members are more than the limit of {limits.members:,}")
    return archive


def _check_directory(data: bytes, limits: ArchiveLimits) -> None:
    """Refuses an archive whose table of contents is too large to be read into memory."""
    end = data.rfind(b"PK\x05\x06", -65_557 if len(data) > 65_557 else 0)
    if end < 0 or end + 22 > len(data):
        raise zipfile.BadZipFile("there is no end record")
    (size,) = struct.unpack_from("<L", data, end + 12)
    large = data.rfind(b"PK\x06\x06", max(0, end - 4096), end)
    if large >= 0 and large + 48 <= len(data):
        (size,) = struct.unpack_from("<Q", data, large + 40)
    if size > limits.directory_bytes:
        raise UnreadableFile(f"its table of contents is larger than {limits.directory_bytes // 2**20} MB")


def _members(
    archive: zipfile.ZipFile,
    file: SourceFile,
    limits: ArchiveLimits,
    wanted: Callable[[str], bool],
    budget: _Budget,
    depth: int,
) -> Iterator[SourceFile | UnreadableMember]:
    last = {entry.filename: entry for entry in archive.infolist()}
    with archive:
        for entry in archive.infolist():
            if entry.filename.endswith("/") or _is_hidden(entry.filename) or not wanted(entry.filename):
                continue
            name = f"{file.name}/{entry.filename}"
            try:
                if last[entry.filename] is not entry:
                    raise UnreadableFile("the archive has a newer file of the same name")
                member = _unpack(archive, entry, file, limits, budget)
                if not is_archive(member):
                    yield member
                elif depth >= limits.depth:
                    raise UnreadableFile("it lies too many archives deep; unpack it")
                else:
                    yield from _members(_open(member, limits), member, limits, wanted, budget, depth + 1)
            except UnreadableFile as error:
                yield UnreadableMember(name, str(error))


def _is_hidden(name: str) -> bool:
    parts = PureWindowsPath(name).parts
    return any(part == "__MACOSX" or (part.startswith(".") and part != "..") for part in parts)


def _unpack(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: SourceFile, limits: ArchiveLimits, budget: _Budget
) -> SourceFile:
    """One member as a file.

    Raises:
        UnreadableFile: The entry is not a plain readable file, or unpacks to more than the limits allow.
    """
    if not entry.filename:
        raise UnreadableFile("it has no name")
    if _leads_out(entry.filename):
        raise UnreadableFile("its name leads out of the archive")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise UnreadableFile("it is a link")
    if entry.flag_bits & 1:
        raise UnreadableFile("it is protected by a password")
    try:
        data = _read_bounded(archive, entry, limits, budget)
    except _DAMAGE as error:
        raise UnreadableFile("it is damaged, or packed in a way that is not known") from error
    place = f"{file.path or file.name}/{entry.filename}"
    return SourceFile(f"{file.name}/{entry.filename}", data, path=place, root=file.root, metadata=file.metadata)


def _leads_out(name: str) -> bool:
    windows = PureWindowsPath(name)
    return bool(windows.drive or windows.root) or ".." in windows.parts or PurePosixPath(name).is_absolute()


def _read_bounded(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: ArchiveLimits, budget: _Budget) -> bytes:
    """The member's bytes, counted as they come."""
    too_much = f"the archive unpacks to more than {limits.total_bytes // 2**20} MB in all"
    if budget.bytes_left < 0:
        raise UnreadableFile(too_much)
    most = min(limits.member_bytes, max(_SMALLEST_BOMB, entry.compress_size * limits.ratio))
    parts: list[bytes] = []
    size = 0
    with archive.open(entry) as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            budget.bytes_left -= len(block)
            if budget.bytes_left < 0:
                raise UnreadableFile(too_much)
            if size > most:
                raise UnreadableFile(f"it unpacks to more than {most // 2**20} MB, which is the limit for its size")
            parts.append(block)
    return b"".join(parts)
