"""Lines and arrays of JSON objects become one note an object, and what is broken is left out and counted."""

import contextlib
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.formats import json_lines
from corpus.source_file import SourceFile

POSTS = [
    {"url": "https://a.example/1", "title": "One", "text": "First words.", "stars": 3, "tags": ["nlp", "rag"]},
    {"url": "https://a.example/2", "title": "Two", "text": "Second\nwords.", "draft": False},
]


def source(text: str | bytes, name: str = "posts.jsonl") -> SourceFile:
    return SourceFile(name, text.encode() if isinstance(text, str) else text)


def lines(*values: object) -> str:
    return "\n".join(json.dumps(value) for value in values) + "\n"


@pytest.mark.parametrize(
    "text",
    [lines(*POSTS), "\ufeff\n" + lines(*POSTS), json.dumps(POSTS), json.dumps(POSTS, indent=2)],
    ids=["lines", "byte order mark", "array", "indented array"],
)
@pytest.mark.parametrize("name", ["posts.jsonl", "posts.json", "posts.txt"])
def test_an_object_is_a_note(text, name):
    file = source(text, name)
    assert json_lines.matches(file)
    first, second = json_lines.read(file)
    assert (first.note_id, first.title, first.text, first.source) == (
        f"{name}#1",
        "One",
        "First words.",
        "https://a.example/1",
    )
    assert first.metadata == {"format": "json lines", "url": first.source, "stars": 3, "tags": ("nlp", "rag")}
    assert second.text == "Second\nwords."
    assert second.metadata["draft"] is False


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notebook.ipynb", json.dumps({"cells": [{"source": ["text"]}], "metadata": {}, "nbformat": 4})),
        ("config.json", json.dumps({"a": 1}, indent=2)),
        ("numbers.json", "[1, 2, 3]"),
        ("words.txt", "[1] A reference. Text follows.\n"),
        ("braces.txt", "{not json}\n{either}\n"),
        ("chat.json", json.dumps({"messages": [{"role": "user", "content": "hi"}]})),
        ("prose.txt", "A text.\n" + lines(POSTS[0])),
        ("empty.jsonl", ""),
    ],
)
def test_other_json_and_prose_are_not_posts(name, text):
    assert not json_lines.matches(source(text, name))


def test_binary_content_is_not_posts():
    assert not json_lines.matches(source(b"{" + bytes(range(256)) * 40))


@pytest.mark.parametrize("broken", ['{"text": "cut', "words", "[1]", '{"title": 1}', '{"text": null}', '{"text": ""}'])
def test_a_broken_line_is_skipped_and_counted(broken, caplog):
    with caplog.at_level(logging.WARNING):
        notes = json_lines.read(source(lines(POSTS[0]) + broken + "\n\n" + lines(POSTS[1])))
    assert [note.title for note in notes] == ["One", "Two"]
    assert "1 of 3 rows" in caplog.text


def test_an_array_that_is_cut_off_keeps_what_came_before(caplog):
    with caplog.at_level(logging.WARNING):
        notes = json_lines.read(source(json.dumps(POSTS)[:-20]))
    assert [note.title for note in notes] == ["One"]
    assert "1 of 2 rows" in caplog.text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (lines({"id": 1}, {"kind": "x"}), "found: 'id', 'kind'"),
        (lines({"text": "", "title": ""}), "no object holds text"),
        ("words\n", "no line is a JSON object"),
        ("[" * 100_000, "no line is a JSON object"),
        ('{"text": ' + "[" * 100_000, "no line is a JSON object"),
        ('{"n": ' + "9" * 5000 + "}", "no line is a JSON object"),
    ],
)
def test_a_file_without_text_is_refused_with_the_reason(text, reason):
    with pytest.raises(UnreadableFile, match=reason):
        json_lines.read(source(text))


def test_objects_may_differ_in_their_fields():
    notes = json_lines.read(
        source(lines({"body": "one"}, {"question": "Why?", "answer": "So."}, {"content": ["a", "b"]}))
    )
    assert [(note.title, note.text) for note in notes] == [("one", "one"), ("Why?", "So."), ("a", "a\n\nb")]


@pytest.mark.parametrize(
    "answers",
    [["so", "thus"], [{"score": 2, "body": "so"}, {"text": "thus"}], [{"body": "<p>so</p>"}, {"body": "<p>thus</p>"}]],
)
def test_each_answer_of_an_object_stands_below_a_line_that_says_so(answers):
    body = "<p>asks</p>" if "<p>" in str(answers) else "asks"
    (note,) = json_lines.read(source(lines({"title": "T", "body": body, "answers": answers})))
    assert note.text == "asks\n\nAnswer:\n\nso\n\nAnswer:\n\nthus"


@pytest.mark.parametrize("row", [{"question": "Q?", "answer": "so"}, {"question": "Q?", "context": "", "answer": "so"}])
def test_an_answer_with_nothing_above_it_needs_no_such_line(row):
    (note,) = json_lines.read(source(lines(row)))
    assert (note.title, note.text) == ("Q?", "so")


def test_a_passage_that_is_asked_about_is_no_question():
    (note,) = json_lines.read(source(lines({"question": "Q?", "context": "It says so.", "answer": "so"})))
    assert note.text == "It says so.\n\nso"


def test_what_json_can_smuggle_in_can_be_stored():
    (note,) = json_lines.read(
        source('{"text": "half \\ud83d pair, \\u0000 NUL, \\ud83d\\ude00 whole", "n": NaN, "o": {"a": 1}}')
    )
    assert note.text == "half \ufffd pair,  NUL, \U0001f600 whole"
    assert note.text.encode()
    assert note.metadata == {"format": "json lines"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "title", "tags", "url", "date", "author", "x"]), inner)
    ),
    max_leaves=8,
)


@given(st.lists(JSON, max_size=4), st.booleans(), st.binary(max_size=4))
def test_any_json_gives_notes_or_a_reason(values, array, tail):
    data = (json.dumps(values) if array else lines(*values)).encode() + tail
    file = source(data)
    json_lines.matches(file)
    notes = []
    with contextlib.suppress(UnreadableFile):
        notes = json_lines.read(file)
        assert notes
    assert all(note.text.strip() and note.title for note in notes)
    assert len({note.note_id for note in notes}) == len(notes)
