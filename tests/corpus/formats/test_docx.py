"""Word documents become Markdown in document order."""

from __future__ import annotations

import datetime
import io
import zipfile

import docx
import pytest
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.formats import docx as docx_format
from corpus.note import Note
from corpus.source_file import SourceFile


def data_of(document: Document) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def read(document: Document, name: str = "my_notes.docx") -> Note:
    (note,) = docx_format.read(SourceFile(name, data_of(document), path=f"/notes/{name}"))
    return note


def paragraph_xml(inner: str) -> object:
    return parse_xml(f"<w:p {nsdecls('w', 'm')}>{inner}</w:p>")


def add(document: Document, element: object) -> None:
    document.element.body.insert(-1, element)


def test_blocks_in_document_order():
    document = docx.Document()
    document.add_heading("Optimisers", 0)
    document.add_paragraph("Adam keeps two moments.\nBoth decay.")
    document.add_heading("Steps", 2)
    for text, style in (
        ("first", "List Number"),
        ("inner", "List Bullet 2"),
        ("second", "List Number"),
    ):
        document.add_paragraph(text, style=style)
    table = document.add_table(2, 3)
    for cell, text in zip(table._cells, ["a|b", "wide", "", "1", "2", "3\n4"], strict=True):
        cell.text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    document.add_paragraph("# of steps")
    note = read(document)
    assert note.title == "Optimisers"
    assert note.markup == "markdown"
    assert note.text == (
        "# Optimisers\n\nAdam keeps two moments.\nBoth decay.\n\n## Steps\n\n"
        "1. first\n    - inner\n2. second\n\n"
        "| a\\|b | wide |  |\n| --- | --- | --- |\n| 1 | 2 | 3 4 |\n\n"
        "\\# of steps"
    )


def test_properties():
    document = docx.Document()
    document.add_paragraph("text")
    stated = document.core_properties
    stated.title, stated.author, stated.keywords = "A title", "Ada", "adam; sgd, "
    stated.created, stated.language = datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.UTC), "en"
    note = read(document)
    assert note.title == "A title"
    assert note.metadata == {
        "format": "docx",
        "author": "Ada",
        "date": "2024-01-02T03:04:05+00:00",
        "tags": ("adam", "sgd"),
        "language": "en",
    }


def test_title_falls_back_to_the_file_name():
    document = docx.Document()
    document.core_properties.title = "Word Document"
    document.add_paragraph("text")
    assert read(document).title == "my notes"


def test_code_style_becomes_one_fence():
    document = docx.Document()
    document.styles.add_style("Source Code", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    for line in ("def f():", "    return '```'"):
        document.add_paragraph(line, style="Source Code")
    assert read(document).text == "````\ndef f():\n    return '```'\n````"


def test_numbered_and_bulleted_definitions():
    document = docx.Document()
    for list_id, text in ((5, "a"), (5, "b"), (0, "no item")):
        properties = f'<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="{list_id}"/></w:numPr></w:pPr>'
        add(document, paragraph_xml(f"{properties}<w:r><w:t>{text}</w:t></w:r>"))
    numbering = document.part.numbering_part.element
    abstract = numbering.find(f"{{*}}num[@{{{numbering.nsmap['w']}}}numId='5']/{{*}}abstractNumId").val
    (level,) = numbering.xpath(f"./w:abstractNum[@w:abstractNumId='{abstract}']/w:lvl[@w:ilvl='0']/w:numFmt")
    level.set(f"{{{numbering.nsmap['w']}}}val", "lowerLetter")
    assert read(document).text == "1. a\n2. b\n\nno item"
    level.set(f"{{{numbering.nsmap['w']}}}val", "bullet")
    assert read(document).text == "- a\n- b\n\nno item"


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>", "a\tb\nc"),
        ("<w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del>", "new"),
        ("<m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath>", "x=1"),
        ("<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>a</w:t></w:r>", "a"),
    ],
)
def test_characters(inner: str, text: str):
    document = docx.Document()
    add(document, paragraph_xml(inner))
    assert read(document).text == text


def test_links_and_content_controls():
    document = docx.Document()
    relation = document.part.relate_to("https://a.org/x (1)", RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = f'<w:hyperlink xmlns:r="{RELATIONSHIP_TYPE.HYPERLINK.rsplit("/", 1)[0]}" r:id="{relation}">'
    control = f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p>{link}<w:r><w:t>x</w:t></w:r></w:hyperlink></w:p>"
    add(document, parse_xml(control + "</w:sdtContent></w:sdt>"))
    assert read(document).text == "[x](https://a.org/x%20%281%29)"


def simple() -> bytes:
    document = docx.Document()
    document.add_heading("A", 1)
    document.add_paragraph("b", style="List Bullet")
    document.add_table(1, 2).cell(0, 0).text = "c"
    return data_of(document)


VALID = simple()


def repacked(name: str, content: bytes) -> bytes:
    """`VALID` with one part replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(VALID)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return stream.getvalue()


BODY = f"<w:document {nsdecls('w')}><w:body>%s</w:body></w:document>"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (VALID[: len(VALID) // 2], "damaged or cut off"),
        (b"PK\x03\x04", "damaged or cut off"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "password"),
        (repacked("word/document.xml", b"<broken"), "damaged"),
        (repacked("word/document.xml", (BODY % "").encode()), "no text"),
        (repacked("word/document.xml", b"0" * (300 * 2**20)), "more than 256 MB"),
        (repacked("word/document.xml", (BODY % ("<w:sdt>" * 9_999 + "</w:sdt>" * 9_999)).encode()), "damaged"),
        (
            repacked(
                "word/document.xml",
                b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
                + (BODY % "<w:p><w:r><w:t>&b;</w:t></w:r></w:p>").encode(),
            ),
            "damaged|no text",
        ),
    ],
    ids=["cut", "stub", "ole", "xml", "empty", "bomb", "deep", "entities"],
)
def test_what_cannot_be_read_is_reported(data: bytes, reason: str):
    with pytest.raises(UnreadableFile, match=reason):
        docx_format.read(SourceFile("x.docx", data))


def zip_of(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a", VALID, True),
        ("a.docx", b"PK\x03\x04", True),
        ("a.zip", zip_of("inner.docx", VALID), False),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", True),
        ("a.docx", b"text", False),
    ],
)
def test_matches(name: str, data: bytes, expected: bool):
    assert docx_format.matches(SourceFile(name, data)) is expected


FLIPS = st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), min_size=1, max_size=4)
PIECE = st.sampled_from(
    [f"<w:{name}>" for name in ("p", "r", "t", "tbl", "tr", "tc", "pPr", "numPr", "hyperlink", "sdt")]
    + ['<w:ilvl w:val="x"/>', '<w:numId w:val="99"/>', '<w:pStyle w:val="None"/>', '<w:gridSpan w:val="-1"/>', "text"]
)


def flipped(flips: list[tuple[int, int]]) -> bytes:
    data = bytearray(VALID)
    for position, value in flips:
        data[position] = value
    return bytes(data)


def closed(pieces: list[str]) -> bytes:
    """A document of the pieces, each opened element closed at the end."""
    opened = [piece[1:-1] for piece in pieces if piece.startswith("<") and not piece.endswith("/>")]
    inner = "".join(pieces) + "".join(f"</{name}>" for name in reversed(opened))
    return repacked("word/document.xml", (BODY % inner).encode())


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=60).map(lambda data: b"PK\x03\x04" + data),
        st.integers(0, len(VALID)).map(lambda cut: VALID[:cut]),
        FLIPS.map(flipped),
        st.lists(PIECE, max_size=12).map(closed),
    )
)
def test_any_bytes_are_read_or_reported(data: bytes):
    try:
        notes = docx_format.read(SourceFile("x.docx", data))
    except UnreadableFile:
        return
    assert all(note.text.strip() for note in notes)
