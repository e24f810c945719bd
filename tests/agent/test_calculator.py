"""Calculations over figures of passages: what is computed, what it stands on, and what is refused."""

import time

import pytest

from agent.calculator import Calculator
from agent.citations import Numbering
from agent.errors import InvalidCalculation
from agent.evidence import Evidence, Ledger
from agent.expressions import equation, in_floats, numbers_in, parse, readable_expression, written

TEXTS = {
    "n1": "The small model reaches 0.87. The large model reaches 0.91.",
    "n2": "The cache takes 500 MB.\n\nThe weights take 2 GB, the buffers 3 GB.",
    "n3": "| model | layers |\n|---|---|\n| base | 12 |\n| large | 24 |",
    "n4": "It has 340 million parameters and saw 1,024 pictures in 4 hours. Accuracy rose from 40 % to 50 %.",
}


@pytest.fixture(scope="module")
def calculator():
    calculator = Calculator()
    yield calculator
    calculator.close()


@pytest.fixture
def ledger():
    ledger = Ledger()
    for key, text in TEXTS.items():
        ledger._by_key[key] = Evidence(key, "note", f"{key}.md", key, key, (), 0, len(text), text)
    return ledger


@pytest.mark.parametrize(
    ("expression", "keys", "shown"),
    [
        ("(0.91 - 0.87) / 0.87", ["n1"], "(0.91 − 0.87) ÷ 0.87 ≈ 0.045977"),
        ("100 × (0.91 − 0.87) ÷ 0.87", ["n1"], "100 × (0.91 − 0.87) ÷ 0.87 ≈ 4.5977"),
        ("2 + 3", ["n2"], "2 + 3 = 5 GB"),
        ("(2 + 3) / 10", ["n2"], "(2 + 3) ÷ 10 = 0.5 GB"),
        ("24 / 12", ["n3"], "24 ÷ 12 = 2"),
        ("340e6 / 24", ["n4", "n3"], "340,000,000 ÷ 24 ≈ 1.41667e+07"),
        ("1,024 - 24", ["n3", "[n4]"], "1,024 − 24 = 1,000"),
        ("50 - 40", ["n4"], "50 − 40 = 10 percentage points"),
        ("0.5 * 1024", ["n4"], "0.5 × 1,024 = 512"),
        ("12^2", ["n3"], "12^2 = 144"),
        ("-(12)", ["n3"], "−12 = -12"),
    ],
)
def test_an_equation_is_entered_as_evidence(calculator, ledger, expression, keys, shown):
    made = calculator.calculate(expression, keys, ledger)
    assert made.text == shown
    assert (made.kind, made.key, ledger.get("t1")) == ("tool", "t1", made)


def test_figures_are_placed_in_their_sentences_and_cited_by_number(calculator, ledger):
    made = calculator.calculate("0.91 - 0.87", ["n1"], ledger)
    assert [TEXTS[one.key][one.start : one.end] for one in made.figures] == [
        "The large model reaches 0.91.",
        "The small model reaches 0.87.",
    ]
    numbering = Numbering()
    for one in made.figures:
        numbering.cite(ledger.get(one.key), one.start, one.end, ())
    assert numbering.cite(made, 0, len(made.text), ()).figures == (1, 2)


def test_a_row_is_the_place_of_a_figure_of_a_table(calculator, ledger):
    made = calculator.calculate("24 / 12", ["n3"], ledger)
    assert [TEXTS["n3"][one.start : one.end] for one in made.figures] == ["| large | 24 |", "| base | 12 |"]


def test_a_calculation_can_stand_on_another(calculator, ledger):
    first = calculator.calculate("24 - 12", ["n3"], ledger)
    second = calculator.calculate("340e6 / 12", [first.key, "n4"], ledger)
    assert second.key == "t2"
    assert {one.key for one in second.figures} == {"t1", "n3", "n4"}


@pytest.mark.parametrize(
    ("expression", "keys", "told"),
    [
        ("2 - 500", ["n2"], "different units"),
        ("500 / 2", ["n2"], "different units of one kind"),
        ("2 + 4", ["n2", "n4"], "different units"),
        ("2 + 12", ["n2", "n3"], "different units"),
        ("2 ^ 2", ["n2"], "power"),
        ("0.91 / (0.87 - 0.87)", ["n1"], "ZeroDivisionError"),
        ("24 ^ 12 ^ 24", ["n3"], "cannot be calculated|no value"),
        ("(12 - 24) ^ 0.5", ["n3", "n4"], "cannot be calculated|no value|power"),
        ("0.99 - 0.87", ["n1"], "0.99 is not in the passages.*0.87; 0.91"),
        ("1 + 2", ["n1"], "no figure"),
        ("0.91 - 0.87", ["n9"], "'n9' was never given out"),
        ("0.91 - 0.87", [], "0.91 is not"),
        ("12 + 7", ["n3"], "7 is not"),
    ],
)
def test_what_cannot_be_calculated_says_why(calculator, ledger, expression, keys, told):
    with pytest.raises(InvalidCalculation, match=f"(?s){told}"):
        calculator.calculate(expression, keys, ledger)
    assert all(one.kind == "note" for one in ledger)


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "   ",
        "__import__('os').system('id')",
        "().__class__.__bases__[0].__subclasses__()",
        "'a' * 10**9",
        "[0] * 10**9",
        "0.91 if 1 else 2",
        "(lambda: 1)()",
        "f'{1}'",
        "open('/etc/passwd')",
        "0.91; import os",
        "0.91\nimport os",
        "x := 1",
        "True + 1",
        "1j * 1j",
        "0.91 and 0.87",
        "0.91 < 0.87",
        "0.91 // 0.87",
        "0.91 % 0.87",
        "1 << 10**9",
        "~1",
        "1e999",
        "0x10 + b'1'",
        "\x00",
        "(" * 150 + "1" + ")" * 150,
        "(" * 90 + "1",
        "1 + " * 100 + "1",
        "9" * 5_000,
        "await 1",
        "...",
    ],
)
def test_what_is_no_arithmetic_is_not_read(hostile):
    started = time.monotonic()
    with pytest.raises(InvalidCalculation):
        parse(hostile)
    assert time.monotonic() - started < 1


def test_towers_of_powers_end_at_once(calculator):
    started = time.monotonic()
    for tower in ("9^9^9^9^9", "(9^9)^(9^9)", "-" * 150 + "9^9^9", "9" * 190 + "^9"):
        with pytest.raises(InvalidCalculation):
            calculator.value(parse(tower))
    assert calculator.value(parse("2^10")) == 2**10
    assert time.monotonic() - started < 5


def test_expressions_are_written_for_people_and_for_the_interpreter():
    tree = parse("(1000000 - 2.50)*3^2")
    assert readable_expression(tree) == "(1,000,000 − 2.5) × 3^2"
    assert in_floats(tree) == "(1000000.0 - 2.5) * 3.0 ** 2.0"
    assert sorted(numbers_in(tree)) == [2.0, 2.5, 3.0, 1_000_000.0]
    assert equation(parse("1 / 3"), 1 / 3, "") == "1 ÷ 3 ≈ 0.333333"
    assert [written(one) for one in (0.0, -0.0, 1e15, 0.1 + 0.2, -1234.0)] == ["0", "0", "1e+15", "0.3", "-1,234"]
