"""A conversation in the sandbox: state, errors, tools, answers, limits, cancelling."""

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from agent.errors import SandboxUnavailable, StepFailed, StepInterrupted
from agent.sandbox import Sandbox, SandboxLimits, SandboxPool

ROOT = Path(__file__).parents[2]


@dataclasses.dataclass
class Passage:
    key: str
    score: float
    tags: list[str] = dataclasses.field(default_factory=list)


@pytest.fixture(scope="module")
def pool():
    pool = SandboxPool()
    yield pool
    pool.close()


@pytest.fixture
def sandbox(pool):
    return make(pool)


def make(pool, tools=None, **limits):
    sandbox = Sandbox(pool, SandboxLimits(**limits))
    sandbox.send_tools({"final_answer": lambda answer: answer, **(tools or {})})
    return sandbox


def failure_of(sandbox, code):
    with pytest.raises(StepFailed) as caught:
        sandbox(code)
    return str(caught.value)


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


# Tools


def test_tools_take_and_give_values_of_every_kind(pool):
    given = []

    def tool(*parts, **named):
        given.append((parts, named))
        return {"list": [1, 2.5, None, True], "tuple": (1, "a"), "set": {1}, "bytes": b"x"}

    sandbox = make(pool, {"tool": tool})
    assert sandbox("tool(1, 'a', k={'x': (1, 2)}, none=None)").output == tool()
    assert given[0] == ((1, "a"), {"k": {"x": (1, 2)}, "none": None})


def test_records_show_their_fields_and_come_back_as_the_same_object(pool):
    passage, seen = Passage("n1", 0.5, ["a"]), []
    sandbox = make(pool, {"search": lambda: [passage], "take": seen.append})
    sandbox("hits = search()")
    assert sandbox("hits[0].key, hits[0].tags").output == ("n1", ["a"])
    sandbox("take(hits[0])\ntake({'deep': [hits[0]]})")
    assert seen[0] is passage
    assert seen[1]["deep"][0] is passage
    assert "AttributeError" in failure_of(sandbox, "hits[0].no_such_field")
    assert sandbox("final_answer(hits)").output == [passage]


def test_an_object_of_the_sandbox_reaches_a_tool_as_its_fields(pool):
    seen = []
    sandbox = make(pool, {"take": seen.append})
    sandbox("class A:\n    def __init__(self):\n        self.x = [1]\ntake(A())\ntake(len)\ntake(ValueError('no'))")
    assert seen == [{"x": [1]}, "<len>", "ValueError: no"]


@pytest.mark.parametrize(
    ("error", "caught"),
    [
        (KeyError("k"), "KeyError 'k'"),
        (ValueError("bad"), "ValueError bad"),
        (ConnectionResetError("gone"), "OSError ConnectionResetError: gone"),
        (StepFailed("ours"), "RuntimeError StepFailed: ours"),
    ],
)
def test_a_tools_error_can_be_caught_by_its_type(pool, error, caught):
    def fail():
        raise error

    kind = caught.split()[0]
    code = f"try:\n    fail()\nexcept {kind} as e:\n    r = type(e).__name__ + ' ' + str(e)\nr"
    assert make(pool, {"fail": fail})(code).output == caught


def test_a_tools_error_that_nobody_catches_is_told(pool):
    def search(query, k=3):
        return []

    message = failure_of(make(pool, {"search": search}), "x = 1\nsearch('a', limit=3)")
    assert "line 2" in message
    assert "unexpected keyword argument 'limit'" in message


@pytest.mark.parametrize(
    "code",
    [
        "search = search('a')",
        "for search in []:\n    pass",
        "def search(q):\n    return q",
        "import math as search",
        "def f():\n    global search\n    search = 1",
        "if (search := 1):\n    pass",
        "with open('a') as search:\n    pass",
    ],
)
def test_a_tools_name_cannot_be_taken(pool, code):
    sandbox = make(pool, {"search": lambda query: f"found {query}"})
    assert "'search' is a tool" in failure_of(sandbox, code)
    assert sandbox("search('x')").output == "found x"


def test_a_tools_name_is_free_inside_a_function_and_comes_back_after_a_trick(pool):
    sandbox = make(pool, {"search": lambda query: f"found {query}"})
    assert sandbox("def f(search):\n    return search + 1\nf(1)").output == 2
    sandbox("exec('search = 3')")
    assert sandbox("search('x')").output == "found x"


def test_tools_are_those_of_the_run(pool):
    sandbox = make(pool, {"old": lambda: 1})
    sandbox("keep = old")
    sandbox.send_tools({"new": lambda: 2})
    assert sandbox("new()").output == 2
    assert "NameError" in failure_of(sandbox, "keep()")


def test_a_step_may_call_tools_so_often_and_no_more(pool):
    calls = []
    sandbox = make(pool, {"tool": lambda: calls.append(1)}, tool_calls=10)
    assert "10 times" in failure_of(sandbox, "while True:\n    tool()")
    assert "10 times" in failure_of(sandbox, "while True:\n    try:\n        tool()\n    except:\n        pass")
    assert len(calls) == 2 * 10


def test_a_tool_that_finds_too_much_is_told_so(pool):
    sandbox = make(pool, {"tool": lambda: list(range(1_000))}, value_nodes=500)
    assert "more than 500 parts; ask for less" in failure_of(sandbox, "tool()")


def test_time_that_tools_take_does_not_count(pool):
    sandbox = make(pool, {"slow": lambda: time.sleep(0.5)}, step_seconds=0.2)
    assert sandbox("slow()\n'done'").output == "done"


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


# Cancelling and ending


def test_interrupt_ends_a_busy_step_at_once_and_keeps_earlier_variables(sandbox):
    sandbox("a = 1")
    asked = []

    def interrupt():
        asked.append(time.perf_counter())
        sandbox.interrupt()

    threading.Timer(0.2, interrupt).start()
    with pytest.raises(StepInterrupted):
        sandbox("b = 2\nwhile True:\n    pass")
    assert time.perf_counter() - asked[0] < 0.5  # 0.005 on a quiet machine
    assert sandbox("a").output == 1


def test_interrupt_while_a_tool_works_drops_its_result(pool):
    calls = []

    def tool():
        calls.append(1)
        sandbox.interrupt()
        return "late"

    sandbox = make(pool, {"tool": tool})
    with pytest.raises(StepInterrupted):
        sandbox("x = tool()\ny = tool()")
    assert calls == [1]
    assert "NameError" in failure_of(sandbox, "x")


def test_interrupt_between_steps_cancels_the_next_unless_a_run_starts(sandbox):
    sandbox.interrupt()
    with pytest.raises(StepInterrupted):
        sandbox("1")
    assert sandbox("1").output == 1
    sandbox.interrupt()
    sandbox.send_tools({})
    assert sandbox("2").output == 2


def test_interrupting_one_conversation_leaves_the_others(pool):
    first, second = make(pool), make(pool)
    ends = {}

    def run(name, sandbox, code):
        try:
            ends[name] = sandbox(code).output
        except StepInterrupted:
            ends[name] = "interrupted"

    threads = [
        threading.Thread(target=run, args=("first", first, "while True:\n    pass")),
        threading.Thread(target=run, args=("second", second, "sum(range(3_000_000))")),
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    first.interrupt()
    for thread in threads:
        thread.join(20)
    assert ends == {"first": "interrupted", "second": sum(range(3_000_000))}


def test_all_workers_busy_is_said():
    pool = SandboxPool(workers=1, busy_seconds=0.2)
    sandbox = make(pool, {"wait": lambda: make(pool)("1")})
    message = failure_of(sandbox, "wait()")
    assert "all 1 sandbox workers are busy" in message
    with pool.session(SandboxLimits()), pytest.raises(SandboxUnavailable):
        make(pool)("1")
    pool.close()


def test_twenty_conversations_at_once_keep_to_themselves():
    before = threading.active_count()
    pool = SandboxPool(workers=4)
    wrong = []

    def converse(number):
        sandbox = make(pool, {"mine": lambda: number})
        sandbox(f"x = [{number}]")
        for step in range(5):
            sandbox("x.append(mine())")
            if sandbox("x").output != [number] * (step + 2):
                wrong.append(number)

    threads = [threading.Thread(target=converse, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with pool.session(SandboxLimits()) as session:
        worker = session.worker_pid
    pool.close()
    assert wrong == []
    assert threading.active_count() == before
    assert not _alive(worker)


def _alive(process):
    for _ in range(50):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.02)
    return True


def test_a_closed_pool_starts_again_when_it_is_needed():
    pool = SandboxPool()
    sandbox = make(pool)
    sandbox("a = 1")
    pool.close()
    assert sandbox("a").output == 1
    pool.close()


SCRIPT = """
import sys, threading
from agent.sandbox import Sandbox, SandboxLimits, SandboxPool
pool = SandboxPool()
sandbox = Sandbox(pool)
sandbox("1")
with pool.session(SandboxLimits()) as session:
    print(session.worker_pid, flush=True)
if sys.argv[1] == "busy":
    try:
        sandbox("while True:\\n    pass")
    finally:
        print("ended", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("how", ["exit", "busy"])
def test_workers_end_with_the_host_and_after_ctrl_c(how):
    def restore():
        signal.signal(signal.SIGINT, signal.default_int_handler)

    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, how],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=restore,
    ) as host:
        worker = int(host.stdout.readline())
        if how == "busy":
            time.sleep(0.5)
            host.send_signal(signal.SIGINT)
            asked = time.perf_counter()
            assert host.stdout.readline() == "ended\n"
            assert time.perf_counter() - asked < 2
        host.wait(20)
    assert not _alive(worker)
