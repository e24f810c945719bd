"""A dump of Stack Exchange becomes one note a question, its answers below it, and no other table becomes one."""

import contextlib
import logging
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.formats import stack_exchange
from corpus.source_file import SourceFile

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


def row(**fields) -> str:
    return "  <row " + " ".join(f"{name}={quoteattr(str(value))}" for name, value in fields.items()) + " />\n"


def question(number, **fields) -> str:
    known = {
        "Id": number,
        "PostTypeId": 1,
        "Title": f"Question {number}",
        "Body": f"<p>Asked {number}.</p>",
        "Score": 1,
    }
    return row(**{**known, **fields})


def answer(number, parent, **fields) -> str:
    known = {"Id": number, "PostTypeId": 2, "ParentId": parent, "Body": f"<p>Told {number}.</p>", "Score": 1}
    return row(**{**known, **fields})


def dump(*rows, name="Posts.xml", table="posts", path="") -> SourceFile:
    return SourceFile(name, (HEAD + f"<{table}>\n" + "".join(rows) + f"</{table}>").encode(), path)


def test_a_question_and_its_answers_are_one_note_with_the_accepted_first_then_by_score():
    file = dump(
        answer(5, 1, Score=2),
        question(
            1,
            Title="Why &amp; how?",
            AcceptedAnswerId=4,
            Tags="<nlp><rag>",
            CreationDate="2020-05-01T10:00:00.000",
            OwnerUserId=9,
            Score=7,
        ),
        answer(4, 1, Score=-1),
        answer(3, 1, Score=12),
        answer(6, 1, Score=2),
        name="datascience.stackexchange.com/Posts.xml",
    )
    assert stack_exchange.matches(file)
    (note,) = stack_exchange.read(file)
    assert note.text == "\n\n".join(
        [
            "# Why & how?",
            "Asked 1.",
            "## Answer (accepted, score -1)",
            "Told 4.",
            "## Answer (score 12)",
            "Told 3.",
            "## Answer (score 2)",
            "Told 5.",
            "## Answer (score 2)",
            "Told 6.",
        ]
    )
    assert (note.note_id, note.title, note.markup) == (f"{file.name}#1", "Why & how?", "markdown")
    assert note.source == "https://datascience.stackexchange.com/q/1"
    assert note.metadata == {
        "format": "stack exchange",
        "url": note.source,
        "tags": ("nlp", "rag"),
        "date": "2020-05-01T10:00:00",
        "author": "user 9",
        "score": 7,
        "answers": 4,
    }


def test_bodies_become_markdown():
    body = "<p>Use <code>a_b</code>:</p>\n<pre><code>x = 1\ny = 2\n</code></pre>\n<ul><li>one</li></ul>"
    text = stack_exchange.read(dump(question(1, Body=body)))[0].text
    assert "`a_b`" in text
    assert "x = 1\ny = 2" in text
    assert "<" not in text


@pytest.mark.parametrize("tags", ["<a><b-c>", "|a|b-c|"])
def test_tags_of_old_and_new_dumps(tags):
    assert stack_exchange.read(dump(question(1, Tags=tags)))[0].metadata["tags"] == ("a", "b-c")


@pytest.mark.parametrize(
    ("name", "path", "source"),
    [
        ("Posts.xml", "", "Posts.xml"),
        ("stats.stackexchange.com/Posts.xml", "", "https://stats.stackexchange.com/q/1"),
        ("dump/ai.meta.stackexchange.com.7z/Posts.xml", "", "https://ai.meta.stackexchange.com/q/1"),
        ("stackoverflow.com-Posts.7z/Posts.xml", "", "https://stackoverflow.com/q/1"),
        ("ru.stackoverflow.com_Posts.xml", "", "https://ru.stackoverflow.com/q/1"),
        ("Posts.xml", "/data/mathoverflow.net/Posts.xml", "https://mathoverflow.net/q/1"),
        ("notstackoverflow.com/Posts.xml", "", "notstackoverflow.com/Posts.xml"),
    ],
)
def test_the_site_is_told_by_the_names_around_the_dump(name, path, source):
    assert stack_exchange.read(dump(question(1), name=name, path=path))[0].source == source


def test_answers_without_their_question_are_kept_together():
    (note,) = stack_exchange.read(dump(answer(3, 1), answer(4, 1, Score=5)))
    assert note.title == "Answers to question 1"
    assert note.text.index("Told 4.") < note.text.index("Told 3.")


def test_tag_wikis_and_rows_without_a_number_are_left_out():
    wiki = row(Id=8, PostTypeId=4, Body="<p>About a tag.</p>")
    broken = row(PostTypeId=1, Body="<p>x</p>")
    assert len(stack_exchange.read(dump(question(1), wiki, broken))) == 1


@pytest.mark.parametrize("table", ["users", "comments", "votes", "badges", "tags", "posthistory", "postlinks"])
def test_other_tables_are_recognised_and_refused(table):
    file = dump(row(Id=1, Text="words"), table=table)
    assert stack_exchange.matches(file)
    with pytest.raises(UnreadableFile, match=f"table of {table}"):
        stack_exchange.read(file)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbf" + HEAD.encode() + b'<posts>\r\n  <row Id="1" />', True),
        (b"<posts></posts>", True),
        (b"<posts><post>words</post></posts>", False),
        (b"<html><body><posts></body></html>", False),
        (b"<rss><channel/></rss>", False),
        (b"posts", False),
        (b"", False),
    ],
)
def test_a_dump_is_told_from_other_xml(data, expected):
    assert stack_exchange.matches(SourceFile("Posts.xml", data)) is expected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<posts></posts>", "neither questions nor answers"),
        (b"<posts><row", "cannot be parsed"),
        (b'<!DOCTYPE posts [<!ENTITY a "aaaa">]><posts><row Id="1" PostTypeId="1" Body="&a;" /></posts>', "entities"),
        (b'<!DOCTYPE posts SYSTEM "file:///etc/passwd"><posts></posts>', "document type"),
        (b"", "cannot be parsed"),
    ],
)
def test_unsafe_broken_and_empty_xml_is_refused_with_the_reason(data, reason):
    with pytest.raises(UnreadableFile, match=reason):
        stack_exchange.read(SourceFile("Posts.xml", data))


def test_a_dump_that_is_cut_off_keeps_its_whole_rows(caplog):
    whole = dump(question(1), question(2)).data
    with caplog.at_level(logging.WARNING):
        notes = stack_exchange.read(SourceFile("Posts.xml", whole[:-20]))
    assert [note.title for note in notes] == ["Question 1"]
    assert "after 1 rows" in caplog.text


VALUES = st.sampled_from(["", "1", "2", "-1", "x", "9" * 30, "<p>a</p>", "|a|", "2020-01-01", "<pre>", "&lt;"])
FIELDS = st.sampled_from(
    ["Id", "PostTypeId", "ParentId", "AcceptedAnswerId", "Title", "Body", "Tags", "Score", "CreationDate"]
)


@given(st.lists(st.dictionaries(FIELDS, VALUES), max_size=5), st.integers(0, 60))
def test_any_rows_give_notes_or_a_reason(rows, cut):
    data = dump(*(row(**fields) for fields in rows if fields)).data
    file = SourceFile("Posts.xml", data[: len(data) - cut])
    stack_exchange.matches(file)
    notes = []
    with contextlib.suppress(UnreadableFile):
        notes = stack_exchange.read(file)
        assert notes
    assert all(note.text.strip() and note.title for note in notes)
    assert len({note.note_id for note in notes}) == len(notes)


@given(st.binary(max_size=200))
def test_any_bytes_give_notes_or_a_reason(data):
    file = SourceFile("Posts.xml", data)
    stack_exchange.matches(file)
    with contextlib.suppress(UnreadableFile):
        assert stack_exchange.read(file)
