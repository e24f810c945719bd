"""Word documents (DOCX): paragraphs, headings, lists, code, tables and links in document order, as Markdown.

python-docx opens the package and knows its styles; the body is walked here, because its own walk leaves out what
stands in content controls and in formulas.

Not read: images, headers and footers, footnotes, comments, and the structure of formulas (their characters stay).
"""

from __future__ import annotations

import io
import re
from itertools import groupby
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from corpus.errors import UnreadableFile
from corpus.formats._docx_body import Block, Body
from corpus.formats._fence import fence
from corpus.formats._parsing import parsing
from corpus.note import MetadataValue, Note
from corpus.source_file import SourceFile

if TYPE_CHECKING:
    from docx.document import Document

_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Starts Word files older than DOCX, and DOCX files that are protected by a password."""

_MAX_UNPACKED = 256 * 2**20
"""Bytes that all parts together may unpack to; a book without its images has 5 MB."""

_NO_PACKAGE = (BadZipFile, ValueError, OSError, EOFError, NotImplementedError)
_MARKDOWN_HEADING = re.compile(r"^(#{1,6}\s)", re.MULTILINE)
_INDENT = "    "
"""Of a level of lists: as wide as Markdown takes under a bullet and under a number."""
_TEMPLATE_TITLE = "Word Document"


def matches(file: SourceFile) -> bool:
    """Whether it is a package with a Word document, or is named as one and could be an older or a protected one."""
    if file.data.startswith(b"PK\x03\x04"):
        return file.suffix in (".docx", ".docm", ".dotx") or "word/document.xml" in _part_names(file.data)
    return file.data.startswith(_OLE_SIGNATURE) and file.suffix in (".doc", ".docx")


def read(file: SourceFile) -> list[Note]:
    """The one note of a document.

    Raises:
        UnreadableFile: It is damaged, protected, of an older format, empty, or unpacks to more than any text needs.
    """
    if file.data.startswith(_OLE_SIGNATURE):
        raise UnreadableFile("it is protected by a password or older than DOCX; save it as DOCX without a password")
    _check_size(file.data)
    with parsing("Word document"):
        import docx

        document = docx.Document(io.BytesIO(file.data))
        blocks = [block for block in Body(document).blocks() if block.text.strip()]
        fields = _properties(document)
    if not blocks:
        raise UnreadableFile("the document has no text")
    title = str(fields.pop("title", "")) or next((block.text for block in blocks if block.kind == "heading"), "")
    return [file.note(_markdown(blocks), title=title, markup="markdown", metadata={"format": "docx", **fields})]


def _part_names(data: bytes) -> list[str]:
    try:
        with ZipFile(io.BytesIO(data)) as package:
            return package.namelist()
    except _NO_PACKAGE:
        return []


def _check_size(data: bytes) -> None:
    try:
        with ZipFile(io.BytesIO(data)) as package:
            unpacked = sum(part.file_size for part in package.infolist())
    except _NO_PACKAGE as error:
        raise UnreadableFile("it is damaged or cut off: its ZIP directory cannot be read") from error
    if unpacked > _MAX_UNPACKED:
        raise UnreadableFile(f"it would unpack to more than {_MAX_UNPACKED // 2**20} MB")


def _markdown(blocks: list[Block]) -> str:
    """The blocks as Markdown: items of lists and lines of code close together, the rest apart."""
    parts: list[str] = []
    counts: dict[int, tuple[str, int]] = {}
    for kind, group in groupby(blocks, key=lambda block: block.kind):
        if kind == "code":
            parts.append(fence("\n".join(block.text for block in group).strip("\n")))
        elif kind == "item":
            parts.append("\n".join(_item(block, counts) for block in group))
        else:
            parts.extend(_plain_block(block) for block in group)
    return "\n\n".join(parts)


def _plain_block(block: Block) -> str:
    if block.kind == "heading":
        return "#" * min(block.level, 6) + " " + block.text
    return block.text if block.kind == "table" else _MARKDOWN_HEADING.sub(r"\\\1", block.text)


def _item(block: Block, counts: dict[int, tuple[str, int]]) -> str:
    """A list item; `counts` holds the list and the last number of each level that is open."""
    for deeper in [level for level in counts if level > block.level]:
        del counts[deeper]
    list_id, count = counts.get(block.level, (block.list_id, 0))
    count = count + 1 if list_id == block.list_id else 1
    counts[block.level] = (block.list_id, count)
    mark = f"{count}. " if block.numbered else "- "
    indent = _INDENT * (block.level - 1)
    return indent + mark + block.text.replace("\n", "\n" + indent + " " * len(mark))


def _properties(document: Document) -> dict[str, MetadataValue]:
    """What the document's properties state."""
    stated = document.core_properties
    try:
        created = stated.created
    except ValueError:
        created = None
    title = "" if stated.title == _TEMPLATE_TITLE else stated.title
    tags = tuple(tag.strip() for tag in re.split(r"[,;]", stated.keywords or "") if tag.strip())
    return {
        "title": title or "",
        "author": stated.author or "",
        "date": created.isoformat() if created else "",
        "tags": tags,
        "language": stated.language or "",
    }
