"""The columns of a table are told by their names, and the cells of a row become fields of a note."""

import pytest

from corpus.formats._post_columns import find_post_columns, missing_text_reason, plain_name
from corpus.formats._post_rows import cell_text, tag_list


@pytest.mark.parametrize("name", ["full_text", "Full Text", "fullText", " FULL-TEXT ", "\ufefffull_text"])
def test_names_are_compared_without_case_and_separators(name):
    assert plain_name(name) == "full_text"


@pytest.mark.parametrize(
    ("names", "texts", "title", "links"),
    [
        (("source", "full_text", "title"), ("full_text",), "title", ("source",)),
        (("Text", "Link", "URL", "Headline"), ("Text",), "Headline", ("URL", "Link")),
        (("text", "content"), ("text",), "", ()),
        (("question", "answer"), ("answer",), "question", ()),
        (("title", "question", "answer"), ("question", "answer"), "title", ()),
        (("answer", "body"), ("body", "answer"), "", ()),
        (("name", "description"), ("description",), "name", ()),
    ],
)
def test_roles_are_found_by_name(names, texts, title, links):
    columns = find_post_columns(names)
    assert columns is not None
    assert (columns.texts, columns.title, columns.links) == (texts, title, links)


@pytest.mark.parametrize("names", [(), ("a", "b"), ("title", "url"), ("textual",), ("question",)])
def test_columns_without_a_text_are_none(names):
    assert find_post_columns(names) is None


def test_the_reason_names_the_columns_and_what_to_do():
    assert (
        missing_text_reason(["a", " b ", ""])
        == "no column holds the text of a post (found: 'a', 'b'); call one of them 'text'"
    )
    assert "and 5 more" in missing_text_reason([f"c{n}" for n in range(25)])


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        ("nlp, rag", ("nlp", "rag")),
        ("nlp; rag; nlp", ("nlp", "rag")),
        ("#nlp #rag", ("nlp", "rag")),
        ("<nlp><c++>", ("nlp", "c++")),
        ("|nlp|c#|", ("nlp", "c#")),
        ("['nlp', \"deep learning\"]", ("nlp", "deep learning")),
        (["nlp", 3, None], ("nlp", "3")),
        ("deep learning", ("deep learning",)),
        ("", ()),
        (None, ()),
    ],
)
def test_tags_are_split_however_they_are_written(cell, tags):
    assert tag_list(cell) == tags


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" a ", "a"),
        ("NaN", ""),
        (None, ""),
        (True, ""),
        (3, "3"),
        (["a", "", "b"], "a\n\nb"),
        ({"a": 1}, ""),
        ("a\x00b", "ab"),
    ],
)
def test_a_cell_is_a_text_or_nothing(value, text):
    assert cell_text(value) == text
