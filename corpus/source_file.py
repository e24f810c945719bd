"""A file on its way in: its bytes, its name, and its text once somebody asks for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from corpus.errors import UnreadableFile
from corpus.note import Markup, MetadataValue, Note

MAX_TEXT_BYTES = 64 * 2**20
"""A text file beyond this is a data set, not a note; it is reported instead of filling the memory."""

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAMPLE = 200_000
"""Bytes from which an encoding is told."""
_ENGLISH = re.compile(rb"\b(?:the|and|of|with|for|that|this)\b", re.IGNORECASE)
_ASCII_FOR_EACH_OTHER = 8
"""Of English at least seven bytes in eight are ASCII; of Russian in an encoding of one byte a letter, one in five."""
_GOOD_FOR_EACH_BROKEN = 4


@dataclass(frozen=True)
class SourceFile:
    """One file of a corpus, or one member of an archive.

    Attributes:
        name: Path below the folder that was loaded, POSIX form; the stem of every note id from it.
        data: The bytes as they are.
        path: Where it lies on this machine, for people and for the note's `source`.
        root: The folder that was loaded.
        metadata: Fields that every note of this file carries.
    """

    name: str
    data: bytes
    path: str = ""
    root: str = ""
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)

    @property
    def suffix(self) -> str:
        """The file ending in lower case with its dot, or an empty string."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def stem_title(self) -> str:
        """A title made from the file's name, for notes that have none of their own."""
        stem = PurePosixPath(self.name).stem
        return re.sub(r"[\s_]+", " ", stem).strip() or self.name

    @cached_property
    def text(self) -> str:
        """The decoded text, line ends as LF, NUL bytes gone.

        Raises:
            UnreadableFile: It is binary, too large, or in no encoding that could be told.
        """
        return decode(self.data)

    def note(
        self,
        text: str,
        *,
        title: str = "",
        part: str = "",
        source: str = "",
        markup: Markup = "plain",
        metadata: Mapping[str, MetadataValue] | None = None,
    ) -> Note:
        """A note of this file; `part` tells apart the notes of one file and must be stable between runs."""
        known = {**self.metadata, **(metadata or {})}
        return Note(
            note_id=f"{self.name}#{part}" if part else self.name,
            title=" ".join(title.split()) or self.stem_title,
            text=text,
            source=source or self.path or self.name,
            markup=markup,
            metadata={key: value for key, value in known.items() if value not in ("", ())},
            path=self.path or self.name,
            root=self.root,
        )


def decode(data: bytes) -> str:
    """Text of `data`: by its byte order mark, as UTF-8, else by charset-normalizer's best guess.

    Line ends become LF and NUL characters are dropped, so that offsets mean the same everywhere.

    Raises:
        UnreadableFile: Too large, binary, or no encoding fits.
    """
    if len(data) > MAX_TEXT_BYTES:
        raise UnreadableFile(f"{len(data):,} bytes of text are more than the limit of {MAX_TEXT_BYTES:,}")
    text = _decode_bytes(data)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _decode_bytes(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    text = _decode_utf8(data)
    if text is None:
        text = _decode_english(data)
    if text is None:
        text = _guess(data)
    if _looks_binary(text):
        raise UnreadableFile("it holds binary data, not text")
    return text


def _decode_utf8(data: bytes) -> str | None:
    """Text in UTF-8, of which a few bytes may be broken, as where a file was cut; else None."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    beyond_ascii = len(text) - len(text.encode("ascii", errors="ignore")) - broken if broken else 0
    return text if broken * _GOOD_FOR_EACH_BROKEN <= beyond_ascii else None


def _decode_english(data: bytes) -> str | None:
    """English in Windows-1252, which statistics of letters take for an encoding of another language; else None."""
    sample = data[:_SAMPLE]
    beyond_ascii = len(sample.translate(None, bytes(range(128))))
    if beyond_ascii * _ASCII_FOR_EACH_OTHER > len(sample) or not _ENGLISH.search(sample):
        return None
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return None


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    found = from_bytes(data[:_SAMPLE]).best()
    if found is None:
        raise UnreadableFile("it is neither text in a known encoding nor a known document format")
    return data.decode(found.encoding, errors="replace")


def _looks_binary(text: str) -> bool:
    """Whether more than 1 in 100 of the first characters are control characters that no text uses."""
    sample = text[:8192]
    control = sum(1 for c in sample if (ord(c) < 32 and c not in "\n\r\t\f\x1b\b") or ord(c) == 0xFFFD)
    return control > max(2, len(sample) // 100)
