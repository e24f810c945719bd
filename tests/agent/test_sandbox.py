"""A conversation in the sandbox: state, what a model is told, final answers, limits."""

import os
import signal

import pytest

from tests.sandbox_sessions import failure_of, make

# State


def test_variables_functions_and_imports_last_from_step_to_step(sandbox):
    sandbox("import math\nx = 3\ndef area(r):\n    return round(math.pi * r * r, 2)")
    sandbox("y = x + 1")
    assert sandbox("area(y), x").output == (50.27, 3)


@pytest.mark.parametrize(
    ("code", "value"),
    [("x = 6 * 7", 42), ("x = 1\nx += 1", 2), ("x: int = 5", 5), ("a, b = 1, 2", (1, 2)), ("3", 3), ("pass", None)],
)
def test_the_value_of_a_step_is_that_of_its_last_statement(sandbox, code, value):
    assert sandbox(code).output == value


def test_a_failed_step_keeps_what_it_and_earlier_steps_assigned(sandbox):
    sandbox("a = 1")
    assert "ZeroDivisionError" in failure_of(sandbox, "b = a + 1\nc = b / 0\nd = 4")
    assert sandbox("a, b").output == (1, 2)
    assert "NameError" in failure_of(sandbox, "d")


def test_a_step_that_met_a_limit_keeps_earlier_steps_only(pool):
    sandbox = make(pool, step_seconds=0.3)
    sandbox("a = 1")
    message = failure_of(sandbox, "b = 2\nwhile True:\n    pass")
    assert "0.3 seconds" in message
    assert "earlier steps are kept" in message
    assert sandbox("a").output == 1
    assert "NameError" in failure_of(sandbox, "b")


def test_a_worker_that_is_killed_costs_one_step(pool):
    sandbox = make(pool, {"crash": lambda: os.kill(sandbox._worker, signal.SIGKILL)})
    sandbox("a = 1")
    assert "crashed" in failure_of(sandbox, "b = 2\ncrash()\nb")
    assert sandbox("a").output == 1


def test_what_was_sent_is_there_also_when_the_first_step_met_a_limit(pool):
    sandbox = make(pool, step_seconds=0.3)
    sandbox.send_variables({"question": "why?", "not a name": 1})
    failure_of(sandbox, "while True:\n    pass")
    assert sandbox("question").output == "why?"


def test_cleanup_forgets(sandbox):
    sandbox("a = 1")
    sandbox.cleanup()
    assert "NameError" in failure_of(sandbox, "a")


def test_variables_that_take_too_much_are_not_kept_and_the_model_is_told(pool):
    sandbox = make(pool, saved_bytes=100_000)
    sandbox("a = 1")
    assert "are kept" in sandbox("b = 'x' * 1_000_000\nprint(len(b))").logs
    assert sandbox("a").output == 1
    assert "NameError" in failure_of(sandbox, "b")


def test_random_numbers_repeat_with_the_seed(pool):
    draws = "import random\n[random.random() for _ in range(3)]"
    first, again, other = (make(pool, seed=seed)(draws).output for seed in (1, 1, 2))
    assert first == again != other


# What a model is told


def test_a_traceback_names_the_line_of_the_models_code(sandbox):
    sandbox("def ratio(a, b):\n    return a / b")
    message = failure_of(sandbox, "d = {'a': 1}\nbest = max(d, key=d.get)\n\nratio(1,\n      0)")
    assert "line 4\n    ratio(1," in message
    assert "line 2 of step 1, in ratio\n    return a / b" in message
    assert message.splitlines()[-1] == "ZeroDivisionError: division by zero"


def test_a_long_traceback_is_cut(sandbox):
    message = failure_of(sandbox, "def f(n):\n    return f(n + 1)\nf(0)")
    assert "more calls" in message
    assert len(message.splitlines()) < 25


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import numpy", "These modules exist: abc, "),
        ("import requests", "call the tools"),
        ("open('/etc/passwd')", "no files here"),
        ("import os\nos.environ['HOME']", "no files here"),
        ("class MyError(Exception):\n    pass", "raise ValueError"),
        ("from math import *", "from module import name"),
        ("x = yield 1", "list"),
        ("search('a')", "The tools are: final_answer"),
        ("globals()", "print"),
        ("input('?')", "Nobody can answer"),
        ("def f():\n    pass\nf.__name__", "as a string"),
        ("class A:\n    def __new__(cls):\n        return 1", "__new__ in a class is not supported"),
    ],
)
def test_an_error_says_what_to_write_instead(sandbox, code, told):
    assert told in failure_of(sandbox, code)


def test_a_syntax_error_shows_its_line(sandbox):
    message = failure_of(sandbox, "x = 1\ny = (2")
    assert "SyntaxError" in message


def test_what_a_failed_step_printed_is_where_the_agent_looks(sandbox):
    failure_of(sandbox, "print('before')\n1 / 0")
    assert sandbox.state["_print_outputs"] == "before\n"
    sandbox("x = 1")
    assert sandbox.state["_print_outputs"] == ""


# Final answers


@pytest.mark.parametrize(
    "code",
    [
        "final_answer('A')\nprint('never')",
        "try:\n    final_answer('A')\nexcept Exception:\n    final_answer('B')",
        "try:\n    final_answer('A')\nexcept:\n    final_answer('B')",
        "try:\n    final_answer('A')\nfinally:\n    x = 1 / 0",
        "try:\n    final_answer('A')\nexcept BaseException:\n    pass\nfinal_answer('B')",
        "while True:\n    try:\n        final_answer('A')\n    except:\n        pass",
        "try:\n    final_answer('A')\nexcept:\n    pass\nwhile True:\n    pass",
        "def f():\n    final_answer('A')\n[f() for _ in range(3)]",
    ],
)
def test_the_first_final_answer_wins(pool, code):
    end = make(pool, step_seconds=2)(code)
    assert (end.output, end.is_final_answer) == ("A", True)
    assert "never" not in end.logs


def test_tools_are_out_of_reach_after_the_final_answer(pool):
    calls = []
    sandbox = make(pool, {"tool": lambda: calls.append(1)})
    sandbox("try:\n    final_answer(1)\nexcept:\n    tool()")
    assert calls == []


def test_a_final_answer_may_be_any_plain_value(sandbox):
    value = {"a": [1, 2.5, None, True], "b": {"c": "ü"}}
    assert sandbox(f"final_answer({value!r})").output == value


def test_a_final_answer_that_its_tool_refuses_is_none(pool):
    def final_answer(answer):
        if "[n" not in answer:
            raise ValueError("cite a key")
        return answer

    sandbox = make(pool)
    sandbox.send_tools({"final_answer": final_answer})
    assert "cite a key" in failure_of(sandbox, "final_answer('no')")
    assert sandbox("final_answer('yes [n1]')").is_final_answer


def test_the_variables_of_the_step_with_the_answer_are_kept(sandbox):
    sandbox("x = 5\nfinal_answer(x)")
    assert sandbox("x").output == 5


# Limits


def test_printing_is_cut(pool):
    end = make(pool, printed_characters=100)("for i in range(1000):\n    print('x' * 50)")
    assert end.logs.startswith("x" * 50 + "\n")
    assert len(end.logs) < 200
    assert f"{1000 * 51 - 100:,} more characters" in end.logs


def test_memory_is_limited(pool):
    sandbox = make(pool, memory_bytes=8 * 2**20)
    sandbox("a = 1")
    assert "8 MiB" in failure_of(sandbox, "x = 'a' * 20_000_000")
    assert sandbox("a").output == 1


@pytest.mark.parametrize("code", ["2 ** 100_000", "x = []\nfor _ in range(99):\n    x = [x, x]\nx", "'a' * 3_000_000"])
def test_a_value_that_cannot_be_shown_is_described(sandbox, code):
    assert str(sandbox(code).output).startswith("<not shown: ")


def test_long_code_and_code_that_no_parser_takes_fail_as_steps(pool):
    sandbox = make(pool, code_characters=50_000)
    assert "50,000" in failure_of(sandbox, "x = 1\n" * 10_000)
    assert "SyntaxError" in failure_of(sandbox, "x = " + "(" * 20_000)
    assert "SyntaxError" in failure_of(sandbox, "x = " + "-" * 40_000 + "1")
