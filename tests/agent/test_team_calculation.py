"""Answers that were calculated: by the rule of the extractive model, and by a manager that calls `calculate`."""

import json
from dataclasses import replace

import pytest

from agent.evidence import Evidence
from agent.grounding import Instruments, ground
from agent.verification import verify
from tests.fakes_model import code
from tests.team_runs import scripted, shown_to, steps_of
from ui.page.cards import cited_cards
from ui.render import answer_text

LARGE = "BERT-large has 24 layers and 340 million parameters."
BASE = "BERT-base has 12 layers and 110 million parameters."
SEARCH = 'found = search_notes("BERT-large BERT-base layers", k=2)\n'


@pytest.mark.parametrize(
    ("question", "equation"),
    [
        ("How many more layers does BERT-large have than BERT-base?", "24 − 12 = 12"),
        (
            "How many times as many parameters does BERT-large have as BERT-base?",
            "340,000,000 ÷ 110,000,000 ≈ 3.09091",
        ),
        ("How many layers do BERT-base and BERT-large have in total?", "12 + 24 = 36"),
    ],
)
def test_two_figures_are_combined_without_a_language_model(opened, question, equation):
    answer = opened().ask(question)
    assert answer.mode == "agent"
    assert {one.text for one in answer.sentences[:2]} == {LARGE, BASE}
    assert answer.sentences[2].text.endswith(f": {equation}.")
    assert answer.sentences[2].citations == (1, 2, 3)
    computed = answer.citations[2]
    assert (computed.kind, computed.quote, computed.figures) == ("tool", equation, (1, 2))


@pytest.mark.parametrize(
    "question",
    [
        "How many more heads does BERT-large have than BERT-base?",
        "How many more layers does BERT-large have than dropout?",
    ],
)
def test_nothing_is_computed_where_a_figure_is_missing(opened, question):
    answer = opened().ask(question)
    assert all(one.kind == "note" for one in answer.citations)
    assert not [step for step in answer.steps if step.action and step.action.tool == "calculate"]


def test_a_manager_cites_the_calculation_and_the_figures_are_cited_with_it(opened):
    claim = "BERT-large has 12 more layers than BERT-base. [t1]"
    assistant, model = scripted(
        opened, code(f'{SEARCH}print(calculate("24 - 12", ["n1", "n2"]))'), code(f"final_answer({claim!r})")
    )
    answer = assistant.ask("How many more layers does BERT-large have?", mode="agent")
    assert "[t1] 24 − 12 = 12" in shown_to(model, 1)
    assert answer.text == "BERT-large has 12 more layers than BERT-base. [1][2][3]"
    assert [one.quote for one in answer.citations] == [LARGE, BASE, "24 − 12 = 12"]


@pytest.mark.parametrize(
    "claim",
    [
        "BERT-large has 13 more layers than BERT-base. [t1]",
        "RoBERTa-large has 12 more layers than BERT-base. [t1]",
        "BERT-large has 12 more layers than BERT-base. [t2]",
    ],
)
def test_what_a_calculation_does_not_say_is_dropped(opened, claim):
    step = code(f'{SEARCH}calculate("24 - 12", ["n1", "n2"])\nfinal_answer({claim!r})')
    assistant, _ = scripted(opened, step, code(f"final_answer({claim!r})"))
    answer = assistant.ask("How many more layers does BERT-large have?", mode="agent")
    assert answer.model == "extractive"
    assert "more layers" not in answer.text
    assert answer.dropped == 1


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ('calculate("24 - 13", ["n1"])', "13 is not in the passages"),
        ('calculate("24 - 12", "n9")', "'n9' was never given out"),
        ('calculate("__import__(\'os\')", ["n1"])', "is no arithmetic"),
        ('calculate("24 / (12 - 12)", ["n1", "n2"])', "ZeroDivisionError"),
        ("calculate(24)", "called wrongly"),
    ],
)
def test_a_calculation_that_cannot_be_made_is_told_to_the_manager(opened, call, told):
    assistant, model = scripted(opened, code(f"{SEARCH}print({call})"), code('final_answer("NOT FOUND")'))
    answer = assistant.ask("How many more layers does BERT-large have?", mode="agent")
    assert told in shown_to(model, 1)
    assert [told in step.action.error for step in steps_of(answer, "tool") if step.action.tool == "calculate"] == [True]


def test_terminal_page_and_json_show_the_equation(opened):
    answer = opened().ask("How many more layers does BERT-large have than BERT-base?")
    assert "[3] Calculation\n    24 − 12 = 12\n    calculated from [1] [2]" in answer_text(answer)
    card = cited_cards(answer.citations, 1, lambda _: None).split("<article")[-1]
    assert "24 − 12 = 12" in card
    assert "calculated from [1] [2]" in card
    written = json.loads(answer.to_json())["citations"][2]
    assert (written["quote"], written["figures"], written["kind"]) == ("24 − 12 = 12", [1, 2], "tool")
    assert type(answer).from_json(answer.to_json()).citations == answer.citations


def test_a_share_is_supported_by_the_percentage_that_rounds_it():
    equation = Evidence("t1", "tool", "e", "Calculation", "calculate", (), 0, 3, "1 ÷ 3 ≈ 0.333333")
    instruments = Instruments(analyse=lambda text: tuple(text.lower().split()), rarity=lambda term: 1.0)

    def numbers(claim):
        findings = ground(claim, [equation], instruments).findings
        return next(one.passed for one in findings if one.check == "numbers")

    assert numbers("It is 33 %")
    assert not numbers("It is 34 %")


def test_a_kept_calculation_is_made_again(opened):
    assistant = opened()
    answer = assistant.ask("How many more layers does BERT-large have than BERT-base?")
    checks = verify(answer, assistant.index, assistant.instruments)
    assert [one.state for one in checks] == ["ok"] * 6
    assert checks[2].text == "calculated again from [1] [2]"


@pytest.mark.parametrize(
    ("quote", "told"),
    [
        ("24 − 12 = 13", "gives '24 − 12 = 12'"),
        ("25 − 12 = 13", "25 is not in the passages"),
        ("open('x') = 1", "no arithmetic"),
    ],
)
def test_a_kept_calculation_that_was_changed_is_found(opened, quote, told):
    assistant = opened()
    answer = assistant.ask("How many more layers does BERT-large have than BERT-base?")
    changed = replace(answer.citations[2], quote=quote)
    kept = replace(answer, citations=(*answer.citations[:2], changed))
    check = verify(kept, assistant.index, assistant.instruments)[2]
    assert check.state == "failed"
    assert told in check.text
