"""Tables of posts become one note a row, whatever the file is called and however the rows are broken."""

import contextlib
import csv
import io
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.formats import tables
from corpus.source_file import SourceFile

POSTS = (
    "source,full_text,title\n"
    'https://blog.example/one.html,"One\nThe first, with a comma.\nAnd ""quotes"".",One\n'
    "https://blog.example/two.html,Two,Two\n"
)


def table(text: str | bytes, name: str = "posts.csv") -> SourceFile:
    return SourceFile(name, text.encode() if isinstance(text, str) else text)


def rows(header: list[str], *records: list[str], delimiter: str = ",") -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="\n").writerows([header, *records])
    return written.getvalue()


def test_a_row_is_a_note_with_its_title_its_address_and_its_text_unchanged():
    first, second = tables.read(table(POSTS))
    assert first.note_id == "posts.csv#one"
    assert first.title == "One"
    assert first.source == "https://blog.example/one.html"
    assert first.text == 'One\nThe first, with a comma.\nAnd "quotes".'
    assert first.metadata == {"format": "table", "url": "https://blog.example/one.html"}
    assert (second.note_id, second.text) == ("posts.csv#two", "Two")


@pytest.mark.parametrize(
    "preamble", ["", "\n", "blog / posts.csv\nsomebody's picture\nUpload posts.csv\n07f437d verified\n"]
)
@pytest.mark.parametrize("name", ["page.txt", "page.csv", "page"])
def test_lines_before_the_header_are_skipped_whatever_the_name(preamble, name):
    file = table(preamble + POSTS, name)
    assert tables.matches(file)
    assert [note.title for note in tables.read(file)] == ["One", "Two"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_each_delimiter_is_told(delimiter):
    text = rows(["Title", "Content"], ["A", "first, text; here"], ["B", "second"], delimiter=delimiter)
    file = table(text, "posts.txt")
    assert tables.matches(file)
    assert [(note.title, note.text) for note in tables.read(file)] == [("A", "first, text; here"), ("B", "second")]


def test_quotes_escaped_by_a_backslash_are_told():
    text = 'title,text\n"A","he said \\"yes, no\\", then"\n"B","and \\"more, of\\" it"\n'
    assert tables.read(table(text))[0].text == 'he said "yes, no", then'


def test_quotes_mean_nothing_in_tabs_where_they_do_not_pair():
    text = 'title\ttext\nA\t"open\nB\tplain\nC\tplain too\n'
    assert [note.text for note in tables.read(table(text, "posts.tsv"))] == ['"open', "plain", "plain too"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "notes.txt",
            "Well, text, as such, is fine.\n\nText, content, and titles, they say, are words.\nSo, yes, so.\n",
        ),
        ("notes.txt", "Text, Title\n\nA paragraph about columns. It goes on, and on, and on.\n\nAnother one.\n"),
        ("notes.md", "# Title\n\n| text | title |\n|---|---|\n"),
        ("notes.txt", "title\n"),
        ("notes.txt", ""),
        ("notes.csv", ""),
        ("notes.csv", "This is prose, for a change.\nIt is called otherwise. See?\n"),
        ("code.py", "from pages import (\n    Title,\n    Text,\n    Other,\n    More,\n)\n"),
        ("code.txt", "text, title = row\nif text: print(text, title, sep=',')\nfor a, b, c in rows: pass\n"),
    ],
)
def test_prose_with_commas_is_no_table(name, text):
    assert not tables.matches(table(text, name))


def test_the_header_is_not_sought_in_a_preamble_that_only_a_table_by_name_could_begin_with():
    assert [note.title for note in tables.read(table("Text\n" + POSTS, "page.txt"))] == ["One", "Two"]


def test_binary_content_is_no_table():
    assert not tables.matches(SourceFile("posts.csv", bytes(range(256)) * 40))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a,b\n1,2\n", r"found: 'a', 'b'\); call one of them 'text'"),
        ("input,output\n0x1f,0x2f\n1.5,2.5e3\n", "column 'output' holds single values"),
        ("title,text\n", "a header but no row with text"),
        ("title,text\n,\n,  \n", "a header but no row with text"),
        ("\n\n", "no header"),
    ],
)
def test_a_table_without_text_is_refused_with_the_reason(text, reason):
    with pytest.raises(UnreadableFile, match=reason):
        tables.read(table(text))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (["u", "plain", "T"], ("plain", "T")),
        (["u", "plain"], ("plain", "plain")),
        (["u", "plain", "T", "", ""], ("plain", "T")),
        (["u", "one", " two", " three", "T"], ("one, two, three", "T")),
        (["u", "", "T"], ("T", "T")),
        (["u", "NaN", "T"], ("T", "T")),
    ],
)
def test_ragged_rows_keep_their_text_and_title(row, expected):
    text = "source,text,title\nu,first,First\nu,second,Second\n" + ",".join(row) + "\n"
    note = tables.read(table(text))[-1]
    assert (note.text, note.title) == expected


def test_a_table_that_ends_inside_a_quote_keeps_the_part_that_is_there():
    text = POSTS + 'https://blog.example/three.html,"Three\nis cut'
    last = tables.read(table(text))[-1]
    assert (last.title, last.text, last.source) == ("Three", "Three\nis cut", "https://blog.example/three.html")


def test_one_row_that_ends_inside_a_quote_is_still_a_table():
    file = table('source,text,title\nhttps://blog.example/1,"One\nis cut', "page.txt")
    assert tables.matches(file)
    assert tables.read(file)[0].text == "One\nis cut"


def test_nul_bytes_and_a_byte_order_mark_are_dropped():
    file = table(b"\xef\xbb\xbftitle,text\nA\x00B,so\x00me\n")
    assert [(note.title, note.text) for note in tables.read(file)] == [("AB", "some")]


def test_a_field_of_ten_megabytes_is_read_and_the_limit_of_the_process_stays():
    before = csv.field_size_limit()
    large = "word " * (10 * 2**20 // 5)
    file = table(rows(["title", "text"], ["Large", large], ["Small", "little"]))
    assert tables.matches(file)
    assert [len(note.text) for note in tables.read(file)] == [len(large.strip()), len("little")]
    assert csv.field_size_limit() == before


def test_the_parts_of_twins_are_counted_and_a_new_row_renames_no_other():
    header = ["title", "text"]
    old = [["Same", "a"], ["Same", "b"], ["Other", "c"], ["Other-2", "d"]]
    first = [note.note_id for note in tables.read(table(rows(header, *old)))]
    assert first == [f"posts.csv#{part}" for part in ("same", "same-2", "other", "other-2")]
    second = [note.note_id for note in tables.read(table(rows(header, ["New", "n"], *old)))]
    assert second == ["posts.csv#new", *first]


def test_addresses_that_differ_in_their_query_only_make_different_parts():
    text = rows(["url", "text"], ["https://a.example/?p=1", "a"], ["https://a.example/?p=2", "b"])
    assert [note.note_id for note in tables.read(table(text))] == ["posts.csv#p-1", "posts.csv#p-2"]


def test_other_columns_become_metadata():
    header = ["Title", "Body", "Published At", "Author", "Tags", "Score", "Version", "Ratio", "source", ""]
    row = ["T", "text", "3 May 2021", "A. Person", "['nlp', 'rag']", "12", "1.10", "0.5", "a book", "0"]
    (note,) = tables.read(table(rows(header, row)))
    assert note.metadata == {
        "format": "table",
        "date": "2021-05-03",
        "author": "A. Person",
        "tags": ("nlp", "rag"),
        "score": 12,
        "version": "1.10",
        "ratio": 0.5,
        "source": "a book",
    }
    assert note.source == "posts.csv"


def test_a_column_is_numeric_only_as_a_whole():
    notes = tables.read(table(rows(["text", "code"], ["a", "12"], ["b", "012"])))
    assert [note.metadata["code"] for note in notes] == ["12", "012"]


@pytest.mark.parametrize(
    ("header", "row", "title", "text"),
    [
        (["question", "answer"], ["Why scale?", "Because."], "Why scale?", "Because."),
        (["title", "body", "answer"], ["T", "asks", "tells"], "T", "asks\n\nAnswer:\n\ntells"),
        (["title", "question", "answer"], ["T", "asks", "tells"], "T", "asks\n\nAnswer:\n\ntells"),
        (["text"], ["only text"], "only text", "only text"),
        (["FullText", "Headline"], ["words", "H"], "H", "words"),
    ],
)
def test_columns_are_found_by_name(header, row, title, text):
    (note,) = tables.read(table(rows(header, row)))
    assert (note.title, note.text) == (title, text)


def test_a_question_too_long_for_a_title_is_put_before_the_answer():
    (note,) = tables.read(table(rows(["question", "answer"], ["word " * 50, "Because."])))
    assert note.text == ("word " * 50).strip() + "\n\nAnswer:\n\nBecause."
    assert note.title == ("word " * 16).strip() + "…"


def test_html_becomes_markdown():
    (note,) = tables.read(table(rows(["title", "body"], ["T", "<p>Use <code>x</code>.</p><ul><li>one</li></ul>"])))
    assert note.markup == "markdown"
    assert "<p>" not in note.text
    assert "`x`" in note.text


def test_markdown_is_told_by_the_text_of_each_row():
    text = rows(["text"], ["# Heading\n\nSome **bold** words."], ["Plain words."])
    assert [note.markup for note in tables.read(table(text))] == ["markdown", "plain"]


def test_rows_without_text_are_skipped_and_counted(caplog):
    with caplog.at_level(logging.WARNING):
        notes = tables.read(table("id,text\n1,words\n2,\n3,more\n4,null\n"))
    assert len(notes) == 4 - 2
    assert "2 of 4 rows" in caplog.text


def test_a_repeated_header_is_no_row():
    assert len(tables.read(table("title,text\nA,a\ntitle,text\nB,b\n"))) == 2


NAMES = ["a.csv", "a.tsv", "a.txt"]
cells = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)


@given(st.lists(st.tuples(cells, cells.filter(lambda cell: cell.strip() not in ("", "nan"))), min_size=1, max_size=8))
def test_every_row_that_csv_can_write_comes_back_verbatim(records):
    texts = [text.strip() for _, text in records]
    notes = tables.read(table(rows(["id", "text"], *([key, f"x {text}"] for key, text in records))))
    assert [note.text for note in notes] == [f"x {text}".strip() for _, text in records]
    assert len({note.note_id for note in notes}) == len(texts)


PIECES = st.sampled_from(
    [
        "title,text\n",
        "text\ttitle\n",
        '"',
        ",",
        ";",
        "\t",
        "|",
        "\n",
        "\\",
        "a",
        "word word",
        "\x00",
        "\u2028",
        "=",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join).map(str.encode) | st.binary(max_size=200), st.sampled_from(NAMES))
def test_any_content_gives_notes_or_a_reason(data, name):
    file = SourceFile(name, data)
    tables.matches(file)
    notes = []
    with contextlib.suppress(UnreadableFile):
        notes = tables.read(file)
        assert notes
    assert all(note.text.strip() and note.title for note in notes)
    assert len({note.note_id for note in notes}) == len(notes)
