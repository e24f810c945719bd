"""An answer on a terminal."""

from agent.answer import Action, Step
from tests.shown_answers import QUOTE, answer, citation
from ui.render import answer_text, trace_lines


def test_the_terminal_shows_the_answer_and_its_footnotes():
    assert answer_text(answer()) == f"{QUOTE} [1]\n\n[1] Attention › Scaling\n    “{QUOTE}”\n    a.md"


def test_what_a_reader_should_know_is_told():
    told = answer(notice="The model failed; quoted instead.", citations=(citation(changed=True),))
    assert answer_text(told).endswith("a.md (changed since it was indexed)\n\nThe model failed; quoted instead.")


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
