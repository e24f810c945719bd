"""The code that models write gives in the sandbox what it gives in Python, or an error; never another value."""

import pytest

from agent.sandbox import Sandbox
from evals.sandbox_cases.runs import PlainPython, local_executor_with_all_imports, same, value_of
from evals.sandbox_cases.tables import read_actions
from evals.sandbox_cases.team_tools import TOOLS

ACTIONS = read_actions()
NOT_SUPPORTED = {
    "fractions",
    "numpy mean",
    "numpy dot",
    "endless generator",
    "globals",
    "sorted objects",
    "own exception",
    "traceback module",
}
"""Actions of the table that end in an error, by name; the module docstring of `agent/sandbox.py` tells why."""


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_the_table_says_what_python_says(action):
    assert same(value_of(PlainPython(), action, TOOLS), action.expected)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_an_action_gives_its_value_or_an_error(pool, action):
    value = value_of(Sandbox(pool), action, TOOLS)
    if action.name in NOT_SUPPORTED:
        assert isinstance(value, Exception)
    else:
        assert same(value, action.expected), str(value)


def test_the_sandbox_runs_at_least_what_the_local_executor_runs():
    assert len(ACTIONS) >= 100
    slow = "cached fibonacci"  # ends in a timeout there
    theirs = {
        action.name
        for action in ACTIONS
        if action.name != slow and same(value_of(local_executor_with_all_imports(), action, TOOLS), action.expected)
    }
    ours = {action.name for action in ACTIONS} - NOT_SUPPORTED
    assert len(ours) > len(theirs)
    assert theirs - ours < NOT_SUPPORTED
