"""Where sentences end, and where they do not."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.sentences import sentence_spans


def sentences(text, **options):
    return [text[start:end] for start, end in sentence_spans(text, **options)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("See e.g. the paper. Next.", ["See e.g. the paper.", "Next."]),
        ("By Vaswani et al. in 2017. Next.", ["By Vaswani et al. in 2017.", "Next."]),
        ("The rate is 0.1 here. Next.", ["The rate is 0.1 here.", "Next."]),
        ("Fig. 3 shows it. Next.", ["Fig. 3 shows it.", "Next."]),
        ("J. Smith wrote it. Next.", ["J. Smith wrote it.", "Next."]),
        ("Use `a. b` now. Next.", ["Use `a. b` now.", "Next."]),
        ("Let $x. y$ be. Next.", ["Let $x. y$ be.", "Next."]),
        ("He said “yes.” Then left.", ["He said “yes.”", "Then left."]),
        ("A line\nwrapped here. Next.", ["A line\nwrapped here.", "Next."]),
        ("Items:\n- one\n- two", ["Items:", "- one", "- two"]),
        ("Para one\n\nPara two", ["Para one", "Para two"]),
        ("1. First item\n2. Second item", ["1. First item", "2. Second item"]),
        ("这是一句。第二句！", ["这是一句。", "第二句！"]),
        ("", []),
        ("  \n ", []),
    ],
)
def test_sentences(text, expected):
    assert sentences(text) == expected


def test_every_line_break_ends_a_sentence_where_lines_are_paragraphs():
    assert sentences("one line\nanother line", line_breaks=True) == ["one line", "another line"]


@given(st.text(max_size=400), st.booleans())
def test_spans_are_trimmed_ordered_and_leave_nothing_out(text, line_breaks):
    spans = sentence_spans(text, line_breaks=line_breaks)
    assert all(text[a:b] == text[a:b].strip() and a < b for a, b in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())
