"""A whole note as HTML: safe, quick, and marked at the place that was asked for and nowhere else."""

import re
import time
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import Note, chunk_note, shipped_notes
from corpus.sentences import sentence_spans
from ui.formulas import LONGEST, formula_html, formulas_in
from ui.note_view import note_html

WORD = re.compile(r"\w+")
MATH = re.compile(r"<math.*?<annotation[^>]*>(.*?)</annotation></semantics></math>", re.DOTALL)
SECONDS = 5.0
"""For what takes half a second on an idle machine."""


def note(text, markup="markdown"):
    return Note("n.md", "N", text, "n.md", markup)


def unmarked(html):
    return re.sub(r"</?mark[^>]*>", "", html)


def marked(html):
    """The text inside the marks, formulas as their source."""
    inside = re.findall(r"<mark[^>]*>(.*?)</mark>", MATH.sub(r" \1 ", html), flags=re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>", "", one)) for one in inside]


def mark_words(text, quote, markup="markdown"):
    at = text.index(quote)
    html = note_html(note(text, markup), at, at + len(quote))
    assert unmarked(html) == note_html(note(text, markup))
    return WORD.findall(" ".join(marked(html)))


def shown_words(source):
    """The words of Markdown that a reader sees: neither the targets of links nor the numbers of list items."""
    source = re.sub(r"^\s*\d+\. |^```.*$", "", source, flags=re.MULTILINE)
    return WORD.findall(re.sub(r"\]\([^)]*\)", "", source))


@pytest.mark.parametrize("one", list(shipped_notes())[::12], ids=lambda one: one.note_id)
def test_every_passage_and_sentence_of_a_shipped_note_is_marked_exactly(one):
    plain = note_html(one)
    chunks = [(chunk.start, chunk.end) for chunk in chunk_note(one)]
    sentences = [(start + a, start + b) for start, end in chunks for a, b in sentence_spans(one.text[start:end])]
    for start, end in chunks + sentences:
        html = note_html(one, start, end)
        assert unmarked(html) == plain
        assert html.count('id="fn-place"') == 1
        assert WORD.findall(" ".join(marked(html))) == shown_words(one.text[start:end])


@pytest.mark.parametrize(
    ("text", "quote", "words"),
    [
        ("# A title\n\nSome *bold words* here.", "# A title\n\nSome *bold", ["A", "title", "Some", "bold"]),
        ("one **two** three", "**two**", ["two"]),
        ("| a | b |\n|---|---|\n| cat | dog |\n| cow | pig |", "| cat | dog |", ["cat", "dog"]),
        ("- one\n- two\n  - three\n- four", "- two\n  - three", ["two", "three"]),
        ("> said\n> again", "again", ["again"]),
        ("```python\nx = 1\ny = 2\n```", "x = 1", ["x", "1"]),
        ("See [the note](other.md) now.", "[the note](other.md)", ["the", "note"]),
        ("twin. twin. twin.", "twin.", ["twin"]),
        ("a &amp; b", "&amp; b", ["b"]),
        ("Text with $\\alpha + 1$ inside.", "with $\\alpha", ["with", "alpha", "1"]),
    ],
)
def test_a_mark_holds_the_words_of_its_span_whatever_the_markup(text, quote, words):
    assert mark_words(text, quote) == words


def test_where_no_place_fits_the_line_that_holds_the_span_is_marked_and_no_other():
    text = "First paragraph.\n\nSee [here](https://example.org/a/long/path).\n\nLast paragraph."
    start = text.index("long/path")
    assert marked(note_html(note(text), start, start + 4)) == ["See ", "here", "."]


def test_a_span_of_what_is_not_shown_is_marked_nowhere():
    text = "Words.\n\n[ref]: https://example.org/there\n\nMore [ref]."
    start = text.index("https")
    html = note_html(note(text), start, start + 8)
    assert "<mark" not in html
    assert "<mark" not in note_html(note(text), 3, 3)


@settings(max_examples=60, deadline=None)
@given(
    st.text("ab *_`$#>|-[]()\n\\", max_size=60),
    st.integers(0, 60),
    st.integers(0, 60),
    st.sampled_from(["markdown", "plain"]),
)
def test_a_mark_never_changes_anything_else(text, one, other, markup):
    html = note_html(note(text, markup), min(one, other), max(one, other))
    assert unmarked(html) == note_html(note(text, markup))
    assert html.count('id="fn-place"') <= 1


def test_nothing_in_a_note_becomes_active():
    text = (
        "# <img src=x onerror=alert(1)>\n\n<script>alert(1)</script> <form action=https://evil.example>\n\n"
        "[a](javascript:alert(1)) [b](data:text/html,x) [c](https://ok.example/?a=1&b=2) [d](notes/d.md) <https://e.example>\n\n"
        '![pic](https://evil.example/p.png "t") {{7*7}} ${alert(1)} $\\href{javascript:alert(1)}{x}$ '
        '$\\style{position:fixed}{y}$ $\\text{<script>}$\n\n```"><script>\nx\n```\n'
    )
    for markup in ("markdown", "plain"):
        html = note_html(note(text, markup))
        tags = {tag.lower() for tag in re.findall(r"<([a-zA-Z]+)", html)}
        assert not tags & {"script", "img", "form", "iframe", "style", "input", "object"}
        assert not re.search(r"<[^>]*\s(on\w+|style|src)=", html)
        assert all(re.match(r"https?://|mailto:", link) for link in re.findall(r'href="([^"]*)"', html))
    html = note_html(note(text))
    assert re.findall(r'href="([^"]*)"', html) == ["https://ok.example/?a=1&amp;b=2", "https://e.example"]
    assert '<span class="fn-nolink" title="notes/d.md">d</span>' in html
    assert "https://evil.example/p.png" in html


@pytest.mark.parametrize("markup", ["markdown", "plain"])
@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000,
        "[" * 19_000,
        "*a" * 70_000,
        ("|" * 70 + "\n") * 2000,
        "$a " * 50_000,
        "\\(" * 70_000,
    ],
    ids=["one line", "brackets", "stars", "bars", "dollars", "parentheses"],
)
def test_hostile_notes_are_shown_at_once(text, markup):
    started = time.perf_counter()
    html = note_html(note(text, markup), 10, 20)
    assert time.perf_counter() - started < SECONDS
    assert html.count('id="fn-place"') == 1


def test_formulas_in_all_four_delimiters_are_drawn_and_keep_their_source():
    text = "Inline $x^2$ and \\(y_1\\), shown $$z$$ or \\[w\\].\n\n$$\n\\frac{a}{b}\n$$\n"
    for markup in ("markdown", "plain"):
        html = note_html(note(text, markup))
        assert re.findall(r'alttext="([^"]*)"', html) == ["x^2", "y_1", "z", "w", "\\frac{a}{b}"]
        assert "<msup><mi>x</mi><mn>2</mn></msup>" in html
        assert "<mfrac>" in html


def test_prices_are_no_formulas():
    assert list(formulas_in("It costs $5 and then $10, or \\$7 and $8")) == []


@pytest.mark.parametrize(
    "tex", ["\\frac{", "{" * 500, "a" * (LONGEST + 1), "\\def\\a{\\a\\a}\\a", "\\href{https://a}{b}"]
)
def test_a_formula_that_cannot_be_read_is_shown_as_its_source(tex):
    assert formula_html(tex, display=False) == f'<code class="fn-tex">{tex}</code>'


def test_code_has_its_language_and_headings_stand_below_those_of_the_page():
    html = note_html(note("# A\n\n## B\n\n```python\nx\n```\n"))
    assert "<h3>A</h3>" in html
    assert "<h4>B</h4>" in html
    assert "<figcaption>python</figcaption>" in html


def test_plain_text_keeps_its_lines_and_shows_headings_lists_code_and_tables_as_they_stand():
    text = "A title ¶\n\nFirst line\nsecond line.\n\n- item one\n- item two\n\n```\ncode()\n```\nOther ¶\n\nThird ¶\n"
    html = note_html(note(text, "plain"))
    assert "<h4>A title</h4>" in html
    assert "First line\nsecond line." in html
    assert "<code>code()</code>" in html
    assert mark_words(text, "second line.\n\n- item one", "plain") == ["second", "line", "item", "one"]
