"""The outline of Markdown and of plain text."""

import pytest

from corpus.sections import outline_text


def titles(text, markdown):
    return [(section.level, section.title) for section in outline_text(text, markdown=markdown).sections]


def kinds(text, markdown):
    return [
        (block.kind, text[block.start : block.end].strip()) for block in outline_text(text, markdown=markdown).blocks
    ]


def test_markdown_headings_nest_and_end_where_the_next_begins():
    text = "# A\n\none\n\n## B\n\ntwo\n\n# C\n\nthree\n"
    plan = outline_text(text, markdown=True)
    assert [section.path for section in plan.sections] == [("A",), ("A", "B"), ("C",)]
    assert plan.heading_at(text.index("two")) == ("A", "B")
    assert plan.heading_at(text.index("three")) == ("C",)
    assert text[plan.sections[0].start : plan.sections[0].end] == text[: text.index("# C")]


def test_text_before_the_first_heading_has_none():
    assert outline_text("intro\n\n# A\n", markdown=True).heading_at(0) == ()


def test_a_hash_in_a_fence_is_no_heading():
    assert titles("# A\n\n```sh\n# not a heading\n```\n", markdown=True) == [(1, "A")]


def test_heading_titles_lose_their_markup():
    assert titles("# The **bold** [link](x.md) `code` a_b\n", markdown=True) == [(1, "The bold link code a_b")]


def test_markdown_blocks_are_told_apart():
    text = "# T\n\npara\n\n- one\n- two\n\n```py\nx\n```\n\n$$\ny\n$$\n\n| a |\n|---|\n| 1 |\n"
    found = kinds(text, markdown=True)
    assert [kind for kind, _ in found] == ["heading", "paragraph", "list_item", "list_item", "fence", "math", "table"]
    assert found[4][1] == "```py\nx\n```"


def test_the_items_of_an_inner_list_are_the_blocks():
    text = "- outer\n  - inner one\n  - inner two\n"
    assert kinds(text, markdown=True) == [
        ("paragraph", "- outer"),
        ("list_item", "- inner one"),
        ("list_item", "- inner two"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Page¶\n\nGlove¶\n\nSome text.\n\nWord¶\n\nMore.\n", [(1, "Page"), (2, "Glove"), (2, "Word")]),
        ("Optimisers\n- a first item of the list\n", [(1, "Optimisers")]),
        ("Dropout\nA sentence that is longer than the heading above it.\n", [(1, "Dropout")]),
        ("Title\n=====\n\ntext\n", [(1, "Title")]),
        ("This is a sentence.\nAnd another one that follows it.\n", []),
        ("x = f(1)\nA sentence that is longer than the line above.\n", []),
        ("Fig. 3 The network\nA sentence that is longer than the caption above.\n", []),
    ],
)
def test_headings_of_plain_text(text, expected):
    assert titles(text, markdown=False) == expected


def test_where_headings_are_marked_nothing_else_is_one():
    text = "One¶\n\nShort line\nA longer line that follows the short one here.\n\nTwo¶\n\nText.\n\nThree¶\n\nText.\n"
    assert [title for _, title in titles(text, markdown=False)] == ["One", "Two", "Three"]


def test_pages_are_sections():
    plan = outline_text("first page\n\f\nsecond page\n\f\nthird", markdown=False)
    assert [section.title for section in plan.sections] == ["page 1", "page 2", "page 3"]
    assert plan.heading_at(plan.sections[1].start + 3) == ("page 2",)


def test_an_unclosed_fence_does_not_swallow_the_rest_of_a_plain_text():
    assert kinds("```\ncode\n\npara\n", markdown=False)[-1] == ("paragraph", "para")


@pytest.mark.parametrize("markdown", [True, False])
def test_an_empty_text_has_no_outline(markdown):
    plan = outline_text("", markdown=markdown)
    assert plan.sections == ()
    assert plan.blocks == ()
    assert plan.heading_at(0) == ()
