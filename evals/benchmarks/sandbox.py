"""The sandbox beside smolagents' local executor: `python -m evals.benchmarks.sandbox`.

Three tables: attempts to get out and to exhaust the host (plain Python is the control: an attempt that does nothing
there shows nothing), code actions that should give the value that Python gives, and what a step costs. The local
executor has its default imports in the first table and all imports in the second. All attempts are harmless, and those
on the other systems run in processes of their own.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from evals.sandbox_cases.canaries import Canaries
from evals.sandbox_cases.runs import (
    PlainPython,
    Verdict,
    attempt_elsewhere,
    attempt_in_sandbox,
    by_category,
    local_executor_with_all_imports,
    same,
    value_of,
)
from evals.sandbox_cases.tables import Action, Escape, read_actions, read_escapes, read_exhaustion
from evals.sandbox_cases.team_tools import TOOLS

_STEP_SECONDS = 1.0
"""Seconds of computing that the sandbox allows in the first table, so that it ends soon."""
_CALLS = 100
_REPEATS = 200
_FIB = "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nfib(18)"
_RUN = ("hits = search_notes('dropout')", "text = ' '.join(h.text for h in hits)", "final_answer(len(text))")


def security_lines(sandbox: Callable[[], Any], escapes: list[Escape], control: bool) -> list[str]:
    """A row for each category: how many attempts got out of plain Python, the local executor, and the sandbox."""
    lines = ["| category | attempts | plain Python | local executor | footnote |", "|---|--:|--:|--:|--:|"]
    total = [0, 0, 0, 0]
    outs: list[str] = []
    with Canaries() as canaries:
        for category, attempts in by_category(escapes):
            plain = [attempt_elsewhere("python", one, canaries) for one in attempts] if control else []
            local = [attempt_elsewhere("local", one, canaries) for one in attempts]
            ours = [attempt_in_sandbox(sandbox(), one, canaries) for one in attempts]
            row = [len(attempts), *(sum(verdict.got_out for verdict in verdicts) for verdicts in (plain, local, ours))]
            total = [a + b for a, b in zip(total, row, strict=True)]
            lines.append(_security_row(category, row, control))
            outs += _got_out("local executor", attempts, local) + _got_out("footnote", attempts, ours)
    lines.append(_security_row("all", total, control))
    return [*lines, "", "What got out:", *outs]


def _security_row(category: str, row: Sequence[int], control: bool) -> str:
    attempts, plain, local, ours = row
    return f"| {category} | {attempts} | {plain if control else '–'} | {local} | {ours} |"


def _got_out(system: str, attempts: list[Escape], verdicts: list[Verdict]) -> list[str]:
    return [
        f"- {system}: {attempt.category}, {attempt.name}: {', '.join(verdict.breaches)}"
        for attempt, verdict in zip(attempts, verdicts, strict=True)
        if verdict.got_out
    ]


def compatibility_lines(sandbox: Callable[[], Any], actions: list[Action]) -> list[str]:
    """A row for each group: how many actions each system gives the value that Python gives."""
    systems = (PlainPython, local_executor_with_all_imports, sandbox)
    lines = ["| actions | all | plain Python | local executor, all imports | footnote |", "|---|--:|--:|--:|--:|"]
    total = [0, 0, 0, 0]
    wrong: list[str] = []
    for group in dict.fromkeys(action.group for action in actions):
        row = [0, 0, 0, 0]
        for action in (one for one in actions if one.group == group):
            values = [value_of(make(), action, TOOLS) for make in systems]
            right = [same(value, action.expected) for value in values]
            row = [a + b for a, b in zip(row, [1, *right], strict=True)]
            if not right[2]:
                kind = "an error" if isinstance(values[2], Exception) else "a WRONG VALUE"
                wrong.append(f"- {action.name}: {kind}{'' if right[1] else '; the local executor fails too'}")
        lines.append(f"| {group} | {' | '.join(map(str, row))} |")
        total = [a + b for a, b in zip(total, row, strict=True)]
    lines.append(f"| all | {' | '.join(map(str, total))} |")
    return [*lines, "", "What footnote does not run:", *wrong]


def overhead_lines(sandbox: Callable[[], Any]) -> list[str]:
    """Medians in milliseconds, the systems in turns."""
    makers = {"local executor": local_executor_with_all_imports, "footnote": sandbox}
    loop = f"for i in range({_CALLS}):\n    read_note('n1')"
    rows: dict[str, list[str]] = {
        "start and first step": _timed(makers, lambda make: lambda: _ready(make())("x = 1")),
        "step": _timed(makers, lambda make: _step(_ready(make()), "x = 1")),
        "tool call": _timed(makers, lambda make: _step(_ready(make()), loop), share=_CALLS, repeats=30),
        "fib(18)": _timed(makers, lambda make: _step(_ready(make()), _FIB), repeats=10),
        "agent run of three steps": _timed(makers, lambda make: lambda: _agent_run(make()), repeats=20),
    }
    lines = [f"| median ms | {' | '.join(makers)} |", "|---|" + "--:|" * len(makers)]
    return lines + [f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()]


def _timed(
    makers: dict[str, Callable[[], Any]],
    prepare: Callable[[Callable[[], Any]], Callable[[], Any]],
    share: int = 1,
    repeats: int = _REPEATS,
) -> list[str]:
    work = {name: prepare(make) for name, make in makers.items()}
    times: dict[str, list[float]] = {name: [] for name in makers}
    for _ in range(repeats):
        for name, run in work.items():
            started = time.perf_counter()
            run()
            times[name].append((time.perf_counter() - started) / share)
    return [f"{statistics.median(seconds) * 1e3:.3f}" for seconds in times.values()]


def _ready(executor: Any) -> Any:
    executor.send_tools(TOOLS)
    return executor


def _step(executor: Any, code: str) -> Callable[[], Any]:
    return lambda: executor(code)


def _agent_run(executor: Any) -> Any:
    """A whole run of a `CodeAgent` whose model answers at once."""
    from smolagents import CodeAgent, Model, tool
    from smolagents.models import ChatMessage, MessageRole

    class Instant(Model):  # type: ignore[misc]  # smolagents is not typed
        """Writes one step after the other."""

        def __init__(self) -> None:
            super().__init__()
            self._steps = iter(_RUN)

        def generate(self, *_: Any, **__: Any) -> Any:
            return ChatMessage(role=MessageRole.ASSISTANT, content=f"<code>\n{next(self._steps)}\n</code>")

    def search_notes(query: str) -> list:  # type: ignore[type-arg]  # smolagents reads the annotation
        """Search.

        Args:
            query: Words.
        """
        found: list[Any] = TOOLS["search_notes"](query)
        return found

    return CodeAgent(tools=[tool(search_notes)], model=Instant(), executor=executor, verbosity_level=0).run("Count.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["security", "compatibility", "overhead"])
    parser.add_argument("--bwrap", help="the command of the second wall, when it is not on the path")
    options = parser.parse_args(arguments)
    from agent.sandbox import Sandbox, SandboxLimits, SandboxPool

    pool = SandboxPool(bwrap=options.bwrap)
    short = SandboxLimits(step_seconds=_STEP_SECONDS)
    tables: dict[str, Callable[[], list[str]]] = {
        "security": lambda: [
            *security_lines(lambda: Sandbox(pool, short), read_escapes(), control=True),
            "",
            *security_lines(lambda: Sandbox(pool, short), read_exhaustion(), control=False),
        ],
        "compatibility": lambda: compatibility_lines(lambda: Sandbox(pool), read_actions()),
        "overhead": lambda: overhead_lines(lambda: Sandbox(pool)),
    }
    for name, make in tables.items():
        if options.only in (None, name):
            print(f"\n## {name.capitalize()}\n", *make(), sep="\n")
    print(f"\nSecond wall: {pool.wall.reason}.")
    pool.close()


if __name__ == "__main__":
    # As in the assistant, where every run has a thread of its own: only the main thread pays for being interruptible.
    runner = threading.Thread(target=main)
    runner.start()
    runner.join()
