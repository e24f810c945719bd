"""Titles fit a line, part names are readable, unique and stable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.formats._naming import MAX_TITLE, PartNames, first_line_title, shorten, slug, url_slug


@pytest.mark.parametrize(
    ("line", "limit", "short"),
    [
        ("a few words", 20, "a few words"),
        ("  a  few\twords ", 20, "a few words"),
        ("exactly ten", 11, "exactly ten"),
        ("one two three", 10, "one two…"),
        ("one two, three", 10, "one two…"),
        ("unbroken", 5, "unbr…"),
        ("", 5, ""),
    ],
)
def test_a_long_line_is_cut_between_words(line, limit, short):
    assert shorten(line, limit) == short


@given(st.text(), st.integers(2, 40))
def test_a_short_line_is_never_longer_than_asked(line, limit):
    assert len(shorten(line, limit)) <= limit


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("\n\n# A title\n\nWords", "A title"),
        ("A title¶\n", "A title"),
        ("", ""),
        ("word " * 40, ("word " * 16).strip() + "…"),
    ],
)
def test_the_first_line_is_the_title(text, title):
    assert first_line_title(text) == title
    assert len(title) <= MAX_TITLE


@pytest.mark.parametrize(
    ("text", "name"),
    [("Why L2-norm?", "why-l2-norm"), ("Ünïcode ГОСТ 注意", "ünïcode-гост-注意"), ("a_b", "a-b"), ("", "post")],
)
def test_a_slug_is_readable(text, name):
    assert slug(text) == name


def test_slugs_of_long_and_of_wordless_texts_differ():
    assert slug("word " * 40 + "a") != slug("word " * 40 + "b")
    assert slug("!!!") != slug("???")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.example/posts/One_two.html", "posts-one-two"),
        ("https://a.example/?p=12", "p-12"),
        ("https://a.example/", "https-a-example"),
        ("https://a.example/a#b", "a-b"),
    ],
)
def test_a_part_is_made_from_what_follows_the_host(url, name):
    assert url_slug(url) == name


def test_twins_are_counted_past_names_that_are_taken():
    parts = PartNames()
    assert [parts.unique(name) for name in ("a", "a-2", "a", "a", "a-2")] == ["a", "a-2", "a-3", "a-4", "a-2-2"]


@given(st.lists(st.sampled_from(["a", "a-2", "a-2-2", "b"]), max_size=12))
def test_part_names_are_unique(names):
    parts = PartNames()
    assert len({parts.unique(name) for name in names}) == len(names)
