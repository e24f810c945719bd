"""PDF documents keep the text of their pages, with words whole and running lines gone."""

from __future__ import annotations

import io
import re
import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from corpus.errors import UnreadableFile
from corpus.formats import pdf
from corpus.note import Note
from corpus.sections import outline
from corpus.source_file import SourceFile


def pdf_of(
    pages: list[list[str]], title: str = "", author: str = "", encrypt: StandardEncryption | None = None
) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, invariant=1, encrypt=encrypt)
    if title:
        canvas.setTitle(title)
    if author:
        canvas.setAuthor(author)
    for lines in pages:
        for row, line in enumerate(lines):
            canvas.drawString(72, 760 - 14 * row, line)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def read(data: bytes, name: str = "my_paper.pdf") -> Note:
    (note,) = pdf.read(SourceFile(name, data, path=f"/notes/{name}"))
    return note


def test_pages_are_parted_by_form_feeds_which_become_sections():
    note = read(pdf_of([["Residual networks", "add the input"], ["to the output."]], "Deep residuals", "Ada"))
    assert note.title == "Deep residuals"
    assert note.markup == "plain"
    assert note.text == "Residual networks\nadd the input\n\f\nto the output."
    assert outline(note).heading_at(note.text.index("output"))[0] == "page 2"
    assert (note.metadata["author"], note.metadata["pages"], note.metadata["format"]) == ("Ada", 2, "pdf")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*", str(note.metadata["date"]))


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["infor-", "mation flows"], "information flows"),
        (["pre-", "training and pre-training"], "pre-training and pre-training"),
        (["Over-", "Fitting"], "Over-Fitting"),
        (["k-", "means"], "k-\nmeans"),
        (["state-of-the-", "art"], "state-of-the-\nart"),
        (["Trans-", "Formers, transformers"], "TransFormers, transformers"),
        (["from 3-", "4 layers"], "from 3-\n4 layers"),
        (["a - ", "dash"], "a -\ndash"),
    ],
)
def test_words_cut_at_the_end_of_a_line(lines: list[str], text: str):
    assert read(pdf_of([lines])).text == text


def test_running_lines_go_where_nearly_every_page_has_them():
    body = ["alpha", "beta", "gamma", "delta", "epsilon"]
    note = read(pdf_of([["A Book", f"Chapter {n}", word, f"page {n} of 5"] for n, word in enumerate(body, 1)]))
    assert note.text == pdf.PAGE_BREAK.join(body)


@pytest.mark.parametrize(
    "pages",
    [
        [["Same", "a"], ["Same", "b"], ["Same", "c"]],
        [["Same", "a"], ["Same", "b"], ["Other", "c"], ["Another", "d"]],
    ],
)
def test_lines_that_few_pages_share_stay(pages: list[list[str]]):
    assert read(pdf_of(pages)).text == pdf.PAGE_BREAK.join("\n".join(lines) for lines in pages)


@pytest.mark.parametrize(
    ("stated", "lines", "title"),
    [
        ("Stated", ["First"], "Stated"),
        ("Microsoft Word - draft.docx", ["First"], "First"),
        ("untitled", ["arXiv:1706.03762v5", "12", "Attention Is All You Need"], "Attention Is All You Need"),
        ("", ["12"], "my paper"),
    ],
)
def test_title(stated: str, lines: list[str], title: str):
    assert read(pdf_of([lines], stated)).title == title


VALID = pdf_of([["one page of text"]], "T")


def with_objects(*bodies: bytes) -> bytes:
    """A file of the objects 1, 2, ...; the first is the catalogue."""
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(bodies) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer <</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        size,
        table,
        size,
        len(out),
    )


def with_contents(*streams: bytes) -> bytes:
    """A page for each deflated content stream."""
    numbers = range(3, 3 + 2 * len(streams), 2)
    pages = []
    for number, stream in zip(numbers, streams, strict=True):
        pages += [
            b"<</Type /Page /Parent 2 0 R /Contents %d 0 R /MediaBox [0 0 9 9] /Resources <</Font <</F1 "
            b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>>>>>" % (number + 1),
            b"<</Length %d /Filter /FlateDecode>>\nstream\n%s\nendstream" % (len(stream), stream),
        ]
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    tree = b"<</Type /Pages /Kids [%s] /Count %d>>" % (kids, len(streams))
    return with_objects(b"<</Type /Catalog /Pages 2 0 R>>", tree, *pages)


def drawn(text: bytes) -> bytes:
    return zlib.compress(b"BT /F1 12 Tf (" + text + b") Tj ET")


BOMB = zlib.compress(bytes(200 * 2**20), 9)


def with_locked_pages() -> bytes:
    return pdf_of([["secret"]], encrypt=StandardEncryption("user", "owner", strength=128))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (with_locked_pages(), "protected by a password"),
        (pdf_of([[]]), "no text layer; run OCR first"),
        (VALID[:40], "damaged"),
        (b"%PDF-1.7\n", "damaged"),
        (
            with_objects(b"<</Type /Catalog /Pages 2 0 R>>", b"<</Type /Pages /Kids [2 0 R] /Count 1>>"),
            "damaged|no text",
        ),
        (with_contents(BOMB, BOMB), "none of its pages can be read"),
    ],
    ids=["password", "scan", "cut", "stub", "loop", "bomb"],
)
def test_what_cannot_be_read_is_reported(data: bytes, reason: str):
    start = time.perf_counter()
    with pytest.raises(UnreadableFile, match=reason):
        pdf.read(SourceFile("x.pdf", data))
    assert time.perf_counter() - start < 10


def test_an_owner_password_alone_does_not_lock_the_text():
    data = pdf_of([["open to read"]], encrypt=StandardEncryption("", "owner", strength=128))
    assert read(data).text == "open to read"


def test_too_many_pages_are_reported(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pdf, "_MAX_PAGES", 3)
    with pytest.raises(UnreadableFile, match="4 pages are more than the limit of 3"):
        pdf.read(SourceFile("x.pdf", pdf_of([["x"]] * 4)))


def test_a_broken_page_costs_itself_only():
    note = read(with_contents(drawn(b"first"), BOMB, drawn(b"third")))
    assert note.text == "first\n\f\n\n\f\nthird"
    assert note.metadata["unreadable_pages"] == ("2",)


@pytest.mark.parametrize(
    ("data", "expected"), [(VALID, True), (b"\n" * 500 + VALID, True), (b"PDF", False), (b" " * 2000 + VALID, False)]
)
def test_matches(data: bytes, expected: bool):
    assert pdf.matches(SourceFile("x", data)) is expected


FLIPS = st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), min_size=1, max_size=6)


def flipped(flips: list[tuple[int, int]]) -> bytes:
    data = bytearray(VALID)
    for position, value in flips:
        data[position] = value
    return bytes(data)


@settings(max_examples=80, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=100).map(lambda data: b"%PDF-1.4" + data),
        st.integers(0, len(VALID)).map(lambda cut: VALID[:cut]),
        FLIPS.map(flipped),
        st.binary(max_size=60).map(lambda content: with_contents(drawn(content))),
    )
)
def test_any_bytes_are_read_or_reported(data: bytes):
    try:
        notes = pdf.read(SourceFile("x.pdf", data))
    except UnreadableFile:
        return
    for note in notes:
        assert note.text.encode("utf-8")
        assert note.text.count("\f") == note.metadata["pages"] - 1
