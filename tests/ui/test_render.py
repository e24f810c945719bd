"""What comes from notes and questions is escaped, and what is shown is what the answer holds."""

import pytest

from agent.answer import Action, Answer, AnswerSentence, Citation, Step
from ui.render import answer_html, answer_text, source_cards_html, trace_lines

NOTE = "Before the quote. Scores are divided by the root of the width. After it."
START = NOTE.index("Scores")
QUOTE = "Scores are divided by the root of the width."


def citation(**changed):
    fields = {
        "n": 1,
        "kind": "note",
        "note_id": "a.md",
        "title": "Attention",
        "source": "a.md",
        "heading": ("Attention", "Scaling"),
        "start": START,
        "end": START + len(QUOTE),
        "quote": QUOTE,
    }
    return Citation(**{**fields, **changed})


def answer(**changed):
    fields = {
        "question": "Why?",
        "text": f"{QUOTE} [1]",
        "refused": False,
        "model": "extractive",
        "mode": "quick",
        "sentences": (AnswerSentence(QUOTE, (1,), "supported"),),
        "citations": (citation(),),
    }
    return Answer(**{**fields, **changed})


def test_the_terminal_shows_the_answer_and_its_footnotes():
    assert answer_text(answer()) == f"{QUOTE} [1]\n\n[1] Attention › Scaling\n    “{QUOTE}”\n    a.md"


def test_a_chip_opens_the_card_of_its_turn():
    html = answer_html(answer(), turn=3)
    assert 'href="#fn-3-1"' in html
    assert 'id="fn-3-1"' in source_cards_html(answer(), 3, {"a.md": NOTE})


def test_a_card_marks_the_quote_in_its_surroundings():
    html = source_cards_html(answer(), 1, {"a.md": NOTE})
    assert f"Before the quote. <mark>{QUOTE}</mark> After it." in html
    assert "✓ verbatim" in html


def test_a_quote_that_is_no_longer_there_is_not_called_verbatim():
    html = source_cards_html(answer(), 1, {"a.md": "Something else entirely."})
    assert "✓ verbatim" not in html
    assert "has changed" in html


HOSTILE = [
    "<script>alert(1)</script>",
    '<img src="https://evil.example/x.png">',
    "{{7*7}} ${alert(1)}",
    "<form action=//evil.example>",
    '"><svg onload=alert(1)>',
    "<style>*{position:fixed}</style>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text(text):
    shown = answer(
        question=text,
        sentences=(AnswerSentence(text, (1,), "supported"),),
        citations=(citation(title=text, heading=(text,), source=text, start=0, end=len(text), quote=text),),
    )
    html = answer_html(shown, 1) + source_cards_html(shown, 1, {"a.md": text})
    for tag in ("<script", "<img", "<form", "<svg", "<style"):
        assert tag not in html


def test_only_web_addresses_become_links():
    html = source_cards_html(answer(citations=(citation(source="javascript:alert(1)"),)), 1, {"a.md": NOTE})
    assert "href" not in html
    html = source_cards_html(answer(citations=(citation(source="https://example.org/a"),)), 1, {"a.md": NOTE})
    assert 'href="https://example.org/a"' in html


def test_a_refusal_names_the_closest_notes():
    html = answer_html(answer(refused=True, sentences=(), citations=(), closest=("One", "Two")), 1)
    assert "Not in your notes" in html
    assert "One; Two" in html


def test_a_notice_is_shown_below_the_answer():
    assert answer_text(answer(notice="The time ran out.")).endswith("\n\nThe time ran out.")


def test_a_trace_is_a_tree_with_code_keys_tokens_and_errors():
    steps = (
        Step("step", "manager: ask", 0.5, action=Action("manager", code="x = 1\ny = 2", prompt_tokens=9)),
        Step("tool", "search_notes {}", 0.25, 1, Action("manager", depth=1, keys=("n1",), error="went\nwrong")),
    )
    assert trace_lines(answer(steps=steps)) == [
        "step · manager: ask [0.500 s; 9 + 0 tokens]",
        "    | x = 1",
        "    | y = 2",
        "  tool · search_notes {} [0.250 s; keys n1]",
        "      ! went wrong",
    ]
