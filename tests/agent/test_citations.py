"""Footnotes are numbered by first use, and quoted text cannot pass for one."""

import pytest

from agent.answer import AnswerSentence
from agent.citations import Numbering, joined, marks, readable
from agent.evidence import Evidence

TEXT = "Scores are scaled. Otherwise gradients vanish."
PASSAGE = Evidence("n1", "note", "a.md", "A", "a.md", (), 100, 100 + len(TEXT), TEXT)


def test_the_same_place_keeps_its_number():
    numbering = Numbering()
    first = numbering.cite(PASSAGE, 100, 118, ("H",))
    second = numbering.cite(PASSAGE, 119, 146, ("H",))
    assert numbering.cite(PASSAGE, 100, 118, ("H",)) is first
    assert (first.n, second.n) == (1, 2)
    assert (first.quote, second.quote) == ("Scores are scaled.", "Otherwise gradients vanish.")
    assert numbering.citations == (first, second)


def test_a_place_outside_the_passage_is_a_mistake_of_ours():
    with pytest.raises(AssertionError):
        Numbering().cite(PASSAGE, 90, 118, ())


def test_marks():
    assert marks((1, 12)) == "[1][12]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See [KV cache](kv-cache.md) now.", "See KV cache now."),
        ("![a cat](https://evil.example/x.png) here", "a cat here"),
        ("**Bold** and *soft* and __loud__", "Bold and soft and loud"),
        ("matrices **A** and **B** of rank *r* = 8, *s*", "matrices A and B of rank r = 8, s"),
        ("already cited [1] [23].", "already cited."),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("`a **b** [1](c)` stays", "`a **b** [1](c)` stays"),
        ("```py\nfirst = f() [0]\n``` is code [2].", "```py first = f() [0] ``` is code."),
        ("formula $a*b*c$ stays", "formula $a*b*c$ stays"),
        ("$$\n\\sum_{i} f_{i} x_{i}\n$$ _stays_", "$$ \\sum_{i} f_{i} x_{i} $$ stays"),
        ("See [[Schedules|the schedules]], [[AdamW]] and ![[loss.png]].", "See the schedules, AdamW and loss.png."),
        ("the matrix [[1, 2]] and `[[a]]` stay", "the matrix [[1, 2]] and `[[a]]` stay"),
        ("A named paragraph. ^block-1", "A named paragraph."),
        ("a\n  b", "a b"),
    ],
)
def test_quoted_text_reads_without_marks(text, expected):
    assert readable(text) == expected


def test_rows_and_code_stand_on_lines_of_their_own():
    texts = ["Sizes follow.", "| a | b |", "| 1 | 2 |", "Code follows.", "```py\nx = 1\n```", "The end."]
    sentences = [AnswerSentence(text, (n,), "supported") for n, text in enumerate(texts, start=1)]
    assert joined(sentences).splitlines() == [
        "Sizes follow. [1]",
        "| a | b | [2]",
        "| 1 | 2 | [3]",
        "Code follows. [4]",
        "```py",
        "x = 1",
        "```",
        "[5]",
        "The end. [6]",
    ]
