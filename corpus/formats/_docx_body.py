"""The blocks of a Word document's body, in document order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from docx.document import Document

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"

_TEXTS = frozenset({f"{_WORD}t", f"{_MATH}t"})
_SIGNS = {f"{_WORD}tab": "\t", f"{_WORD}br": "\n", f"{_WORD}cr": "\n", f"{_WORD}noBreakHyphen": "-"}
_CONTAINERS = frozenset({f"{_WORD}sdt", f"{_WORD}sdtContent", f"{_WORD}ins", f"{_WORD}customXml", f"{_WORD}smartTag"})

_HEADING_STYLE = re.compile(r"heading (\d)", re.IGNORECASE)
_CODE_STYLE = re.compile(r"code|preformatted|listing|verbatim|plain text", re.IGNORECASE)
_LIST_STYLE = re.compile(r"list (bullet|number)(?: (\d))?", re.IGNORECASE)

_MOST_COLUMNS = 64
_DEEPEST_LEVEL = 8
"""The format knows nine levels of lists, counted from 0."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the body.

    Attributes:
        kind: What it is; the text of a table is a Markdown table already.
        level: Of a heading or a list item, from 1.
        list_id: Tells apart the lists that items belong to.
        numbered: Whether an item has a number rather than a bullet.
    """

    kind: Literal["heading", "item", "code", "table", "text"]
    text: str
    level: int = 1
    list_id: str = ""
    numbered: bool = False


@dataclass(slots=True)
class Body:
    """Walks the body of a document."""

    document: Document
    _formats: dict[tuple[str, str], bool] = field(default_factory=dict)

    def blocks(self) -> Iterator[Block]:
        """The blocks in document order; content controls and accepted insertions are looked into."""
        waiting: list[Any] = list(reversed(self.document.element.body))
        while waiting:
            element = waiting.pop()
            if element.tag in _CONTAINERS:
                waiting.extend(reversed(element))
            elif element.tag == f"{_WORD}p":
                yield self._paragraph(element)
            elif element.tag == f"{_WORD}tbl":
                yield from self._table(element)

    def _paragraph(self, element: Any) -> Block:
        style = self._style_name(element)
        text = self._text(element)
        if heading := _HEADING_STYLE.match(style):
            return Block("heading", " ".join(text.split()), max(1, int(heading[1])))
        if style.lower() == "title":
            return Block("heading", " ".join(text.split()))
        if _CODE_STYLE.search(style):
            return Block("code", text)
        if item := self._list_place(element, style):
            list_id, level, numbered = item
            return Block("item", text.strip(), level, list_id, numbered)
        return Block("text", text.strip())

    def _style_name(self, element: Any) -> str:
        from docx.enum.style import WD_STYLE_TYPE

        style = self.document.part.get_style(element.style, WD_STYLE_TYPE.PARAGRAPH)
        return str(style.name or "")

    def _list_place(self, element: Any, style: str) -> tuple[str, int, bool] | None:
        """The list of an item, its level from 1, and whether it is numbered; None for what is no item."""
        numbering = element.find(f"{_WORD}pPr/{_WORD}numPr")
        if numbering is None:
            named = _LIST_STYLE.match(style)
            return (named[1], int(named[2] or 1), named[1].lower() == "number") if named else None
        level = _value(numbering.find(f"{_WORD}ilvl")) or "0"
        list_id = _value(numbering.find(f"{_WORD}numId"))
        if list_id in ("", "0") or not level.isdecimal():
            return None
        return list_id, min(int(level), _DEEPEST_LEVEL) + 1, self._is_numbered(list_id, level)

    def _is_numbered(self, list_id: str, level: str) -> bool:
        """Whether the definition of a list gives numbers or letters to a level, not bullets."""
        if (list_id, level) not in self._formats:
            definitions = self.document.part.numbering_part.element
            chosen = [n for n in definitions.iter(f"{_WORD}num") if n.get(f"{_WORD}numId") == list_id]
            abstract = _value(chosen[0].find(f"{_WORD}abstractNumId")) if chosen else ""
            formats = [
                _value(described.find(f"{_WORD}numFmt"))
                for definition in definitions.iter(f"{_WORD}abstractNum")
                if definition.get(f"{_WORD}abstractNumId") == abstract
                for described in definition.iter(f"{_WORD}lvl")
                if described.get(f"{_WORD}ilvl") == level
            ]
            self._formats[list_id, level] = bool(formats) and formats[0] not in ("bullet", "none")
        return self._formats[list_id, level]

    def _text(self, element: Any) -> str:
        """The characters of a paragraph, its formulas and links included."""
        parts = []
        for child in element:
            text = _characters(child)
            address = self._address(child) if child.tag == f"{_WORD}hyperlink" else ""
            parts.append(f"[{text}]({address})" if address and text.strip() else text)
        return "".join(parts)

    def _address(self, link: Any) -> str:
        relation = self.document.part.rels.get(link.get(_RELATION, ""))
        address = relation.target_ref if relation is not None and relation.is_external else ""
        return address.replace(" ", "%20").replace("(", "%28").replace(")", "%29")

    def _table(self, table: Any) -> Iterator[Block]:
        """One block for a table; what stands in a table of one cell is not tabulated."""
        rows = [self._row(row) for row in table.findall(f"{_WORD}tr")]
        columns = max(map(len, rows), default=0)
        if columns == 1 and len(rows) == 1:
            yield Block("text", rows[0][0])
        elif any(text for row in rows for text in row):
            lines = ["| " + " | ".join(map(_in_cell, row + [""] * (columns - len(row)))) + " |" for row in rows]
            yield Block("table", "\n".join([lines[0], "|" + " --- |" * columns, *lines[1:]]))

    def _row(self, row: Any) -> list[str]:
        """The cells of a row; one that spans columns is followed by empty ones."""
        cells: list[str] = []
        for cell in row.findall(f"{_WORD}tc"):
            span = _value(cell.find(f"{_WORD}tcPr/{_WORD}gridSpan"))
            width = min(int(span), _MOST_COLUMNS) if span.isdecimal() else 1
            paragraphs = [self._text(paragraph).strip() for paragraph in cell.iter(f"{_WORD}p")]
            cells += ["\n".join(filter(None, paragraphs)), *[""] * (width - 1)]
        return cells


def _value(element: Any) -> str:
    return "" if element is None else str(element.get(f"{_WORD}val") or "")


def _characters(element: Any) -> str:
    """The text of an element; what is there twice for older programs is taken once."""
    parts: list[str] = []
    waiting = [element]
    while waiting:
        current = waiting.pop()
        if current.tag == _FALLBACK:
            continue
        if current.tag in _TEXTS:
            parts.append(current.text or "")
        elif current.tag in _SIGNS:
            parts.append(_SIGNS[current.tag])
        else:
            waiting.extend(reversed(current))
    return "".join(parts)


def _in_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
