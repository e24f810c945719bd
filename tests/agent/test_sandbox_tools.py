"""Tools in the sandbox: values and errors that cross, names that cannot be taken, how often they may be called."""

import dataclasses
import time

import pytest

from agent.errors import StepFailed
from tests.sandbox_sessions import failure_of, make


@dataclasses.dataclass
class Passage:
    key: str
    score: float
    tags: list[str] = dataclasses.field(default_factory=list)


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
