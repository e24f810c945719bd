"""Chunks are verbatim, leave nothing out, and keep what belongs together."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import Chunking, Note, chunk_note


def note(text, markup="markdown"):
    return Note("n.md", "T", text, "n.md", markup)


def dense(text):
    return "".join(text.split())


words = st.text(alphabet="abcde é日😀", min_size=1, max_size=12)
paragraphs = st.lists(words, min_size=1, max_size=40).map(" ".join)
pieces = st.one_of(
    paragraphs,
    st.builds("{} {}".format, st.sampled_from(["#", "##", "###"]), words),
    st.lists(paragraphs, min_size=1, max_size=6).map(lambda items: "\n".join(f"- {item}" for item in items)),
    paragraphs.map(lambda body: f"```py\n{body}\n\n{body}\n```"),
    paragraphs.map(lambda body: f"$$\n{body}\n$$"),
    st.just("| a | b |\n|---|---|\n| 1 | 2 |"),
    st.text(max_size=60),
)
documents = st.lists(pieces, max_size=12).map("\n\n".join)


@settings(max_examples=150)
@given(documents, st.sampled_from(["markdown", "plain"]), st.sampled_from([60, 200, 1200]))
def test_chunks_are_verbatim_ordered_and_complete(text, markup, size):
    chunking = Chunking(size=size, smallest=size // 6)
    chunks = chunk_note(note(text, markup), chunking)
    assert all(chunk.text == text[chunk.start : chunk.end] for chunk in chunks)
    assert all(len(chunk.text) <= size * 5 // 4 for chunk in chunks)
    assert all(one.end <= other.start for one, other in pairwise(chunks))
    assert dense("".join(chunk.text for chunk in chunks)) == dense(text)
    assert len({chunk.chunk_id for chunk in chunks}) == len(chunks)


@pytest.mark.parametrize(
    "block",
    [
        "```py\n" + "x = 1\n\n" * 20 + "```",
        "$$\n" + "a + b \\\\\n" * 15 + "$$",
        "- " + "word " * 40,
        "| a |\n|---|\n" + "| 1 |\n" * 20,
    ],
    ids=["fence", "formula", "item", "table"],
)
def test_a_block_that_fits_is_never_cut(block):
    text = "\n\n".join(["word " * 50, block.strip(), "word " * 50])
    chunks = chunk_note(note(text), Chunking(size=300, smallest=40))
    assert any(block.strip() in chunk.text for chunk in chunks)


def test_a_heading_stays_with_what_follows_it():
    text = "word " * 55 + "\n\n## Next\n\n" + "more " * 30
    chunks = chunk_note(note(text), Chunking(size=300, smallest=40))
    assert [chunk.text.startswith("## Next") for chunk in chunks] == [False, True]
    assert chunks[1].heading == ("Next",)


def test_a_long_paragraph_is_cut_at_sentences():
    text = " ".join(f"This is sentence number {n}." for n in range(60))
    chunks = chunk_note(note(text), Chunking(size=300, smallest=40))
    assert all(re.fullmatch(r"This is .*\d\.", chunk.text, re.DOTALL) for chunk in chunks)


def test_a_text_without_any_boundary_is_cut_at_the_size():
    assert [len(chunk.text) for chunk in chunk_note(note("x" * 700), Chunking(size=300, smallest=40))] == [
        300,
        300,
        100,
    ]


def test_indentation_inside_a_chunk_survives():
    text = "```py\ndef f():\n    return 1\n```"
    assert chunk_note(note(text))[0].text == text


def test_an_empty_note_has_no_chunks():
    assert chunk_note(note(" \n\n ")) == []


@pytest.mark.parametrize(("size", "smallest"), [(0, 0), (100, 100), (100, -1)])
def test_sizes_that_make_no_sense_are_refused(size, smallest):
    with pytest.raises(ValueError, match="chunk size"):
        Chunking(size=size, smallest=smallest)
