"""What a step of model-written code may use."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """Limits of one step; every one of them is reported to the model when it is met.

    Attributes:
        step_seconds: Seconds that the interpreter may run; the clock stands still while a tool works.
        memory_bytes: Memory of the worker; the variables of a conversation live in it.
        recursion_depth: Calls inside calls, CPython's own default.
        code_characters: Length of the code; a model's longest actions are near 5,000.
        printed_characters: Characters that are kept of what a step prints; more would fill a small model's prompt.
        tool_calls: Calls of tools and managed agents; a loop over a hundred notes that reads each twice passes.
        value_nodes: Values inside one value that crosses to or from a tool, each counted as often as it is seen.
        value_depth: Values inside values.
        value_characters: Characters and bytes inside one such value: several books' worth of text.
        saved_bytes: The largest state that is carried from step to step; it unpacks to about five times as much memory.
        seed: Where the sandbox's `random` starts, so that a run can be repeated.
    """

    step_seconds: float = 10.0
    memory_bytes: int = 64 * MEBIBYTE
    recursion_depth: int = 1_000
    code_characters: int = 100_000
    printed_characters: int = 8_000
    tool_calls: int = 200
    value_nodes: int = 100_000
    value_depth: int = 50
    value_characters: int = 2_000_000
    saved_bytes: int = 8 * MEBIBYTE
    seed: int = 0
