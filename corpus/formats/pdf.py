"""PDF documents: the text layer, page by page.

Pages are joined by a line with a form feed, from which `corpus.sections` makes one section a page. The text is
that of the page but for three repairs: words cut at a line's end are whole again, ligatures are letters, and running
heads and page numbers that stand on nearly every page are gone.

Not read: scanned pages (they need OCR), figures, the layout of tables and formulas, attachments and form fields.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from corpus.errors import UnreadableFile
from corpus.formats._json import encodable
from corpus.formats._parsing import describe, parsing
from corpus.note import MetadataValue, Note
from corpus.source_file import SourceFile

if TYPE_CHECKING:
    from pypdf import DocumentInformation, PageObject, PdfReader

PAGE_BREAK = "\n\f\n"

_SIGNATURE_WITHIN = 1024
"""Bytes before the signature that readers of PDF forgive."""

_MAX_PAGES = 10_000
_LOGGER = "pypdf"

_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_SOFT_HYPHEN = "\u00ad"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_BLANK_LINES = re.compile(r"\n{3,}")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CUT_WORD = re.compile(r"(?<![\w-])([^\W\d_]{2,})-\n[ \t]*([^\W\d_]{2,})(?![\w-])")
_NUMBER = re.compile(r"\d+")

_RUNNING_SHARE = 0.6
_RUNNING_PAGES = 4
"""A line is a running head only where it opens (or closes) more than this share of at least so many pages."""
_RUNNING_LINES = 3
"""Lines at the top and at the bottom of a page that may be running heads."""

_NO_TITLE = re.compile(
    r"untitled.*|microsoft \w+ - .*|.*\.(?:docx?|tex|dvi|pdf|indd|pptx?)|arxiv:.*|\W*", re.IGNORECASE
)
_NOBODY = frozenset({"anonymous", "unknown", "unspecified", "user", "author"})
_TITLE_LENGTH = 150


def matches(file: SourceFile) -> bool:
    """Whether it has the signature of a PDF near its start."""
    return b"%PDF-" in file.data[:_SIGNATURE_WITHIN]


def read(file: SourceFile) -> list[Note]:
    """The one note of a document.

    Raises:
        UnreadableFile: It is damaged, protected by a password, longer than any book, or has no text layer.
    """
    with parsing("PDF", _LOGGER):
        reader = _open(file.data)
        pages, failed = _page_texts(reader)
        information = _information(reader)
    if not any(re.search(r"\w", page) for page in pages):
        raise UnreadableFile("it has no text layer; run OCR first (for example with ocrmypdf)")
    pages = _without_cut_words(_without_running_lines(pages))
    metadata: dict[str, MetadataValue] = {"format": "pdf", "pages": len(pages), "unreadable_pages": failed}
    title = information.pop("title", "")
    if _NO_TITLE.fullmatch(title):
        title = _first_line(pages)
    return [file.note(PAGE_BREAK.join(pages), title=title, metadata={**metadata, **information})]


def _open(data: bytes) -> PdfReader:
    from pypdf import PasswordType, PdfReader
    from pypdf.errors import DependencyError

    reader = PdfReader(io.BytesIO(data))
    try:
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise UnreadableFile("it is protected by a password; save a copy without one")
    except (DependencyError, NotImplementedError) as error:
        raise UnreadableFile("it is encrypted; save a copy without protection") from error
    if len(reader.pages) > _MAX_PAGES:
        raise UnreadableFile(f"{len(reader.pages):,} pages are more than the limit of {_MAX_PAGES:,}")
    return reader


def _page_texts(reader: PdfReader) -> tuple[list[str], tuple[str, ...]]:
    """The cleaned text of each page, and the numbers of those that could not be read, which are empty."""
    texts: list[str] = []
    failed: dict[int, str] = {}
    for number, page in enumerate(reader.pages, start=1):
        try:
            texts.append(_page_text(page))
        except MemoryError:
            raise
        except Exception as error:  # one broken page costs itself only; parsers of fonts fail in any way
            failed[number] = describe(error)
            texts.append("")
    if texts and len(failed) == len(texts):
        raise UnreadableFile(f"none of its pages can be read ({failed[1]})")
    return texts, tuple(map(str, failed))


def _page_text(page: PageObject) -> str:
    # Formula fonts come as surrogates, in pairs or alone; only pairs are characters.
    text = (
        encodable(page.extract_text())
        .translate(_LIGATURES)
        .replace(_SOFT_HYPHEN + "\n", "-\n")
        .replace(_SOFT_HYPHEN, "")
    )
    lines = (line.rstrip() for line in _CONTROLS.sub("", text.replace("\r", "\n")).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def _without_running_lines(pages: list[str]) -> list[str]:
    split = [page.split("\n") for page in pages]
    for position in (0, -1):
        for _ in range(_RUNNING_LINES):
            split = _without_common_line(split, position)
    return ["\n".join(lines).strip("\n") for lines in split]


def _without_common_line(pages: list[list[str]], position: int) -> list[list[str]]:
    """The pages without their first (0) or last (-1) line where most pages share it, numbers aside."""
    shapes = [_NUMBER.sub("#", lines[position].strip()) if lines else "" for lines in pages]
    counts = Counter(shape for shape in shapes if shape)
    if len(pages) < _RUNNING_PAGES or not counts:
        return pages
    common, count = counts.most_common(1)[0]
    if count <= _RUNNING_SHARE * len(pages):
        return pages
    inner = slice(1, None) if position == 0 else slice(None, -1)
    kept = [lines[inner] if shape == common else lines for lines, shape in zip(pages, shapes, strict=True)]
    return [_without_outer_blanks(lines) for lines in kept]


def _without_outer_blanks(lines: list[str]) -> list[str]:
    return "\n".join(lines).strip("\n").split("\n")


def _without_cut_words(pages: list[str]) -> list[str]:
    """Joins words that were cut at a line's end; the words of the document decide whether a hyphen stays."""
    known = {word.lower() for page in pages for word in _WORD.findall(page)}

    def joined(cut: re.Match[str]) -> str:
        left, right = cut[1], cut[2]
        if f"{left}-{right}".lower() in known:
            return f"{left}-{right}"
        if (left + right).lower() in known or right.islower():
            return left + right
        return f"{left}-{right}"

    return [_CUT_WORD.sub(joined, page) for page in pages]


def _information(reader: PdfReader) -> dict[str, str]:
    """Title, author and date as the document states them; a broken record states nothing."""
    try:
        stated = reader.metadata
        return _stated(stated) if stated else {}
    except Exception:  # damage here says nothing about the pages, which are what is read
        return {}


def _stated(stated: DocumentInformation) -> dict[str, str]:
    try:
        created = stated.creation_date
    except ValueError:
        created = None
    author = _plain(stated.author)
    return {
        "title": _plain(stated.title),
        "author": "" if author.lower() in _NOBODY else author,
        "date": created.isoformat() if created else "",
    }


def _plain(text: object) -> str:
    return " ".join(str(text or "").replace("\x00", "").encode("utf-8", "replace").decode("utf-8").split())


def _first_line(pages: Iterable[str]) -> str:
    """The first line that could be a title, or an empty text."""
    for page in pages:
        for line in page.split("\n"):
            line = line.strip()
            if (
                line
                and len(line) <= _TITLE_LENGTH
                and re.search(r"[^\W\d_]{2}", line)
                and not _NO_TITLE.fullmatch(line)
            ):
                return line
    return ""
