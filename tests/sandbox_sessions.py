"""Sandboxes with a final answer and other tools, and what they say when code fails."""

import pytest

from agent.errors import StepFailed
from agent.sandbox import Sandbox, SandboxLimits


def make(pool, tools=None, **limits):
    sandbox = Sandbox(pool, SandboxLimits(**limits))
    sandbox.send_tools({"final_answer": lambda answer: answer, **(tools or {})})
    return sandbox


def failure_of(sandbox, code):
    with pytest.raises(StepFailed) as caught:
        sandbox(code)
    return str(caught.value)
