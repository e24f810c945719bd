"""What comes from notes and models is escaped, and what the page shows is what the answer holds."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from agent.answer import Action, AnswerSentence, Step
from corpus import Note
from retrieval.hit import Hit
from tests.shown_answers import NOTE, QUOTE, answer, citation
from ui.history import Talk
from ui.page.answers import answer_parts, said, sentences_html
from ui.page.cards import cited_cards, excerpt, retrieved_cards
from ui.page.quoted_text import quoted_html
from ui.page.talk_list import talk_list_html
from ui.page.traces import seconds_text, trace_html, working_html

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src="https://evil.example/x.png">',
    "{{7*7}} ${alert(1)}",
    "<form action=//evil.example>",
    '"><svg onload=alert(1)>',
    "<style>*{position:fixed}</style>",
    "$\\href{javascript:alert(1)}{x}$ <b>",
]
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def note_with(text):
    return lambda _: Note("a.md", "A", text, "a.md")


def parts(shown, **options):
    return answer_parts(shown, 3, **{"web_possible": False, **options})


def test_a_chip_opens_the_card_of_its_turn():
    shown = "".join(parts(answer())["answer"])
    assert 'data-turn="3" data-n="1"' in shown
    assert 'id="fn-3-1"' in cited_cards(answer().citations, 3, note_with(NOTE))


def test_a_card_marks_the_quote_in_its_surroundings():
    card = cited_cards([citation(ranks={"bm25": 2, "dense": 1})], 1, note_with(NOTE))
    assert f"Before the quote. <mark>{QUOTE}</mark> After it." in card
    for fact in ("✓ verbatim", "BM25 #2", "dense #1", "Scaling"):
        assert fact in card


def test_surroundings_are_cut_between_words():
    text = f"{'alpha ' * 60}{QUOTE}{' omega' * 60}"
    start = text.index(QUOTE)
    card = cited_cards([citation(start=start, end=start + len(QUOTE))], 1, note_with(text))
    assert '"0">…alpha alpha' in card
    assert "omega omega…</blockquote>" in card


def test_surroundings_end_where_their_section_does():
    text = f"# A\n\nOther section.\n\n## Scaling\n\nBefore. {QUOTE} After.\n\n## Next\n\nNot this."
    start = text.index(QUOTE)
    card = cited_cards([citation(start=start, end=start + len(QUOTE))], 1, note_with(text))
    assert f'"0">Before. <mark>{QUOTE}</mark> After.</blockquote>' in card


def test_surroundings_hold_no_half_formula():
    text = f"${'x ' * 150}$ before {QUOTE} after ${'y ' * 150}$"
    start = text.index(QUOTE)
    card = cited_cards([citation(start=start, end=start + len(QUOTE))], 1, note_with(text))
    assert f"<mark>{QUOTE}</mark> after…</blockquote>" in card
    assert "$" not in card


@pytest.mark.parametrize("note", [note_with("Something else."), lambda _: None])
def test_a_quote_that_is_no_longer_there_is_not_called_verbatim(note):
    card = cited_cards([citation()], 1, note)
    assert "✓ verbatim" not in card
    assert "no longer holds" in card


def test_a_note_that_changed_can_be_indexed_again():
    card = cited_cards([citation(changed=True)], 1, note_with(NOTE))
    assert "changed since it was indexed" in card
    assert 'data-do="reindex"' in card


def test_a_web_page_looks_different_and_cannot_be_opened_as_a_note():
    page = citation(kind="web", source="https://example.org/a")
    card = cited_cards([page], 1, lambda _: None)
    assert "fn-card-web" in card
    assert 'href="https://example.org/a"' in card
    assert "open-note" not in card
    assert "fn-chip-web" in "".join(sentences_html(answer().sentences, {1: page}, 1))


def test_a_calculation_names_the_footnotes_of_its_figures():
    equation = citation(n=3, kind="tool", quote="28 − 12 = 16", figures=(1, 2))
    assert "calculated from [1] [2]" in cited_cards([equation], 1, lambda _: None)


def test_only_web_addresses_become_links():
    assert "href" not in cited_cards([citation(source="javascript:alert(1)")], 1, note_with(NOTE))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text(text):
    cited = citation(title=text, heading=(text,), source=text, start=0, end=len(text), quote=text, note_id=text)
    step = Step("tool", text, 1.0, action=Action(text, tool=text, arguments=text, code=text, error=text))
    shown = answer(
        question=text,
        sentences=(AnswerSentence(text, (1,), "supported"), AnswerSentence(text, (), "unsupported", text)),
        citations=(cited,),
        steps=(step, Step(text, text, 0.1)),
        notice=text,
    )
    refused = answer(refused=True, sentences=(), citations=(), closest=(text,), text=text)
    hit = Hit(1, 1.0, _chunk(text), text, text, {"bm25": 1})
    html = "".join(
        [
            *(str(part) for one in (shown, refused) for part in parts(one).values()),
            cited_cards([cited], 1, note_with(text)),
            retrieved_cards([hit], 1),
            working_html(text, [step]),
            talk_list_html([Talk(text, text, False, NOW, 1)], NOW, text),
            talk_list_html([], NOW, text),
        ]
    )
    for tag in ("<script", "<img", "<form", "<svg onload", "<style", "<b>", 'href="javascript'):
        assert tag not in html


def _chunk(text):
    from corpus import Chunk

    return Chunk(text, text, 0, len(text), (text,))


def test_a_refusal_names_the_closest_notes_and_offers_the_web_where_it_can_be_had():
    refused = answer(refused=True, sentences=(), citations=(), closest=("One", "Two"))
    shown = "".join(parts(refused)["answer"])
    assert "Not in your notes" in shown
    assert "<li>One</li><li>Two</li>" in shown
    assert "search-web" not in shown
    assert "search-web" in "".join(parts(refused, web_possible=True)["answer"])
    assert said(refused) == "answer ready: not in your notes"
    assert "should_have_refused" not in parts(refused)["foot"]
    assert "should_have_refused" in parts(answer())["foot"]


def test_sentences_without_support_are_dotted_and_counted():
    weak = answer(sentences=(*answer().sentences, AnswerSentence("Guess.", (), "unsupported", "no passage says so")))
    shown = parts(weak)
    assert 'class="fn-unsupported" title="no passage says so"' in "".join(shown["answer"])
    assert "1 sentence has no support" in shown["foot"]


def test_a_reader_is_told_what_was_dropped_and_which_tool_failed():
    step = Step("tool", "", 0.1, action=Action("web", tool="visit_page", error="no answer"))
    foot = parts(answer(dropped=2, steps=(step,)))["foot"]
    assert "2 sentences were left out" in foot
    assert "visit_page failed" in foot


def test_a_trace_is_folded_and_names_agents_tools_queries_and_what_failed():
    steps = (
        Step("step", "manager: ask", 0.5, action=Action("manager", code="x = 1 < 2", prompt_tokens=9)),
        Step("agent", "notes: rope?", 0.4, 2, Action("manager", depth=1, tool="notes", arguments='{"task": "rope?"}')),
        Step("tool", "", 0.02, 1, Action("notes", depth=2, tool="search_notes", arguments='{"query": "rope", "k": 3}')),
        Step("tool", "", 0.1, 0, Action("web", depth=2, tool="web_search", arguments="{}", error="went wrong")),
    )
    html = trace_html(steps, 0.84)
    assert html.startswith('<details class="fn-trace"><summary>Worked 0.8 s · 4 steps · ')
    for text in ("x = 1 &lt; 2", "9 tokens", "asked notes", "“rope?”", "“rope”, k 3", "20 ms", "1 passage", "1 failed"):
        assert text in html
    assert "--depth:2" in html


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0004, "0 ms"), (0.0421, "42 ms"), (0.84, "0.8 s"), (59.9, "59.9 s"), (72, "1 min 12 s")]
)
def test_durations_read_well(seconds, text):
    assert seconds_text(seconds) == text


def test_an_excerpt_is_one_line_and_short():
    assert excerpt(citation(quote="one\n two")) == "one two"
    assert len(excerpt(citation(quote="word " * 100))) <= 180


def test_formulas_are_drawn_and_the_rest_is_escaped():
    html = quoted_html("a < $d_k$ & more")
    assert html.startswith("a &lt; <math")
    assert html.endswith("</math> &amp; more")


def test_talks_are_grouped_by_day():
    days = [("a", 0, True), ("b", 0, False), ("c", 1, False), ("d", 3, False), ("e", 30, False)]
    talks = [Talk(name, name, pinned, NOW - timedelta(days=ago), 2) for name, ago, pinned in days]
    html = talk_list_html(talks, NOW)
    names = ("Pinned", "Today", "Yesterday", "This week", "Earlier")
    places = [html.index(f"<h2>{name}</h2>") for name in names]
    assert places == sorted(places)
    assert "Unpin" in html
    assert "2 questions" in html


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("Sizes: | BERT-base | 12 | <b> |", ["BERT-base", "12", "&lt;b&gt;"]),
        ("Sizes: | norm | $|x|$ |", ["norm", "<math"]),
        ("Sizes: | `a | b` | either |", ["<code>a | b</code>", "either"]),
        ("Sizes: | a |  | c |", ["a", "", "c"]),
    ],
)
def test_a_row_of_a_table_is_shown_in_cells_behind_its_heading(text, cells):
    cited = {1: citation(quote=text.removeprefix("Sizes: "))}
    (row,) = sentences_html([AnswerSentence(text, (1,), "supported")], cited, 1)
    shown = re.findall(r'<span class="fn-cell">(.*?)</span>', row)
    assert "Sizes: </span>" in row
    assert len(shown) == len(cells)
    assert all(html.startswith(start) for html, start in zip(shown, cells, strict=True))


@pytest.mark.parametrize("text", ["P(a | b) is a chance", "the norm |x| is small", "| is a bar"])
def test_bars_make_no_row_of_a_sentence(text):
    (sentence,) = sentences_html([AnswerSentence(text, (1,), "supported")], {1: citation(quote=text)}, 1)
    assert "fn-cell" not in sentence


def test_a_card_leaves_out_the_rule_of_a_table():
    text = "Sizes.\n\n| model | layers |\n|---|:-:|\n| BERT | 12 |\n\nA dash - and a line ---- stay."
    start = text.index("| BERT")
    quote = text[start : text.index("\n\nA dash")]
    html = cited_cards([citation(start=start, end=start + len(quote), quote=quote)], 1, note_with(text))
    assert "| model | layers |" in html
    assert "|---" not in html
    assert "a line ---- stay" in html


def test_quoted_code_keeps_its_lines():
    cited = {1: citation(quote="```python\nfirst = 1\nlast = '<b>'\n```")}
    (code,) = sentences_html([AnswerSentence("```python first = 1 ... ```", (1,), "supported")], cited, 1)
    assert "first = 1\nlast = &#x27;&lt;b&gt;&#x27;</code>" in code
    assert "```" not in code.split('<span class="fn-under">')[0]


def test_a_sentence_about_code_is_shown_in_its_own_words():
    cited = {1: citation(quote="```python\nscaler.update()\n```")}
    (shown,) = sentences_html([AnswerSentence("The scaler is updated at the end.", (1,), "supported")], cited, 1)
    assert "The scaler is updated" in shown
    assert "fn-code" not in shown


def test_code_in_a_sentence_is_set_as_code_and_stays_escaped():
    (shown,) = sentences_html([AnswerSentence("Call `f(<b>)` or `g` now.", (1,), "supported")], {1: citation()}, 1)
    assert "<code>f(&lt;b&gt;)</code> or <code>g</code>" in shown
