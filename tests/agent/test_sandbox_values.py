"""Values that cross the wall: what arrives, what comes back, and what is too much."""

import dataclasses
import datetime
import decimal
import enum
import logging
import pathlib
import uuid
from collections import Counter, OrderedDict, deque, namedtuple

import numpy as np
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.sandbox import Sandbox, SandboxLimits
from agent.sandbox_values import ValueBridge, ValueTooLarge

Point = namedtuple("Point", "x y")
WHEN = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC)
IDENTITY = uuid.UUID(int=7)


class Colour(enum.Enum):
    RED = "red"


class Model(pydantic.BaseModel):
    a: int
    b: list[str]


class Loose:
    def __init__(self):
        self.shown = 1
        self.logger = logging.getLogger("host")
        self._hidden = 2
        self.call = print


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    a: int
    inner: object = None


def through(pool, value):
    """What comes back of `value` when a tool returns it and the code answers with it."""
    sandbox = Sandbox(pool)
    sandbox.send_tools({"tool": lambda: value, "final_answer": lambda answer: answer})
    return sandbox("final_answer(tool())").output


@pytest.mark.parametrize(
    ("value", "back"),
    [
        (None, None),
        (2**80, 2**80),
        ("ü\0", "ü\0"),
        (b"\xff", b"\xff"),
        (bytearray(b"a"), b"a"),
        (WHEN, WHEN),
        (datetime.timedelta(days=2), datetime.timedelta(days=2)),
        (decimal.Decimal("1.10"), decimal.Decimal("1.10")),
        (pathlib.Path("/a/b"), "/a/b"),
        (IDENTITY, str(IDENTITY)),
        (Colour.RED, "red"),
        (Point(1, 2), (1, 2)),
        (Counter("aab"), {"a": 2, "b": 1}),
        (OrderedDict(b=1), {"b": 1}),
        (deque([1, 2]), [1, 2]),
        (range(3), [0, 1, 2]),
        ({"a": 1}.keys(), {"a"}),
        ({"a": 1}.values(), [1]),
        (frozenset({1}), {1}),
        ({(1, "a"): 2}, {(1, "a"): 2}),
        (np.float32(0.5), 0.5),
        (np.array([[1, 2]]), [[1, 2]]),
        (np.array(3), 3),
        ("\ud800", "?"),
        (print, "<builtin_function_or_method print>"),
        (int, "<type int>"),
        (logging, "<module logging>"),
        (ValueError("no"), "ValueError: no"),
        ((n for n in [1]), "<generator <genexpr>>"),
        ([Slotted], ["<type Slotted>"]),
    ],
)
def test_values_arrive_as_plain_values(pool, value, back):
    assert through(pool, value) == back
    assert type(through(pool, value)) is type(back)


@pytest.mark.parametrize("value", [Slotted(1, Slotted(2)), Model(a=1, b=["x"]), Loose()])
def test_records_come_back_as_themselves(pool, value):
    assert through(pool, value) is value
    assert through(pool, [{"k": value}])[0]["k"] is value


def test_an_object_shows_plain_public_attributes_only(pool):
    sandbox = Sandbox(pool)
    sandbox.send_variables({"it": Loose()})
    code = "[hasattr(it, name) for name in ('shown', 'logger', '_hidden', 'call', '__init__')]"
    assert sandbox(code).output == [True, False, False, False, False]


def test_a_record_inside_a_record_is_shown(pool):
    sandbox = Sandbox(pool)
    sandbox.send_variables({"it": Slotted(1, Slotted(2, [Model(a=3, b=[])]))})
    assert sandbox("it.inner.inner[0].a").output == 3


def loop():
    value = []
    value.append(value)
    return value


def shared(levels):
    value = []
    for _ in range(levels):
        value = [value, value]
    return value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (loop(), "50 levels"),
        (shared(30), "100,000 parts"),
        (["x" * 1_000_000] * 3, "2,000,000 characters"),
        (range(10**12), "100,000 parts"),
        (10**5_000, "4,300 digits"),
        ({"a": b"x" * 3_000_000}, "2,000,000 characters"),
    ],
    ids=["loop", "shared", "text", "range", "integer", "bytes"],
)
def test_what_is_too_much_is_refused_in_both_directions(value, reason):
    bridge = ValueBridge(SandboxLimits())
    with pytest.raises(ValueTooLarge, match=reason):
        bridge.into(value)
    if not isinstance(value, range):
        with pytest.raises(ValueTooLarge, match=reason):
            bridge.out_of(value)


def test_variables_that_are_too_much_are_described(pool):
    sandbox = Sandbox(pool)
    sandbox.send_variables({"big": shared(30), "small": 1})
    assert sandbox("big, small").output == ("<left out: the value has more than 100,000 parts>", 1)


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4) | st.tuples(inner)
    ),
    max_leaves=12,
)


@given(values=st.lists(PLAIN, max_size=10))
@settings(max_examples=40, deadline=None)
def test_plain_values_cross_unchanged(pool, values):
    assert through(pool, values) == values
