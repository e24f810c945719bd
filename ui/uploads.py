"""Files that people hand to the page: kept in a folder of the data folder, under safe names.

Nothing that is there is ever written over: a file of the same name and other content gets a number. Names are cut to
their last part, so that none leads out of the folder.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath

from corpus.loading import MAX_FILE_BYTES

UPLOADS_FOLDER = "uploads"
_LONGEST_NAME = 120
"""Characters of a name; file systems allow 255 bytes, and a character takes up to four of them in a stem of letters."""
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|\Z)")


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """What became of uploaded files.

    Attributes:
        names: Under which they are kept, in order.
        renamed: The name that was given and the one it is kept under, where another file had the name.
        refused: Name and reason of each that was not taken.
    """

    names: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def safe_name(given: str) -> str:
    """A name for a file below the uploads that says the same to a reader: no folder, no sign that a system forbids."""
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    name = " ".join(_FORBIDDEN.sub(" ", last).split()).strip(" .")
    suffix = PurePosixPath(name).suffix[:12]
    stem = name[: len(name) - len(suffix)][: _LONGEST_NAME // 2 if not name.isascii() else _LONGEST_NAME].strip(" .")
    whole = f"{stem or 'note'}{suffix}"
    return f"_{whole}" if _RESERVED.match(whole) else whole


def keep_files(files: Iterable[tuple[str, Path]], folder: Path, largest: int = MAX_FILE_BYTES) -> KeptFiles:
    """Copy files into `folder`.

    Args:
        files: The name that each had on its owner's machine, and where its content lies here.
        folder: Where they go; it is made where it is not there.
        largest: Bytes; a larger file is refused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names: list[str] = []
    renamed: list[tuple[str, str]] = []
    refused: list[tuple[str, str]] = []
    for given, content in files:
        if (size := content.stat().st_size) > largest:
            limit = f"{largest / 2**20:,.0f} MB"
            refused.append(
                (given, f"it has {size / 2**20:,.0f} MB; {limit} are the limit, so split it or leave parts out")
            )
            continue
        wanted = safe_name(given)
        name = _free_name(folder, wanted, content)
        if not (folder / name).exists():
            shutil.copyfile(content, folder / name)
        names.append(name)
        if name != wanted:
            renamed.append((given, name))
    return KeptFiles(tuple(names), tuple(renamed), tuple(refused))


def _free_name(folder: Path, wanted: str, content: Path) -> str:
    """`wanted`, or that with a number where another file has it; the name of a file that is there with this content."""
    stem, suffix = PurePosixPath(wanted).stem, PurePosixPath(wanted).suffix
    candidates = (wanted if n == 1 else f"{stem} ({n}){suffix}" for n in count(1))
    return next(name for name in candidates if not (folder / name).exists() or _same_content(folder / name, content))


def _same_content(one: Path, other: Path) -> bool:
    return one.is_file() and one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()
