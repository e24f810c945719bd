"""Model-written code, run where it can touch nothing: smolagents' `PythonExecutor` on `pydantic-monty`.

    pool = SandboxPool()
    agent = CodeAgent(tools=[...], managed_agents=[...], model=model, executor=Sandbox(pool))

The code runs in a worker process, in an interpreter that has no files, no network, no environment and no other
process; where `bwrap` works, the worker itself has none of them either (`agent/sandbox_wall.py`). Tools and managed
agents stay on the host and are the only way out.

Covered: time, memory, recursion, output, number of tool calls, size of every value that crosses (`SandboxLimits`);
crashes of the interpreter; variables that last from step to step, also after a step that failed or was cancelled; the
first final answer wins. A step that fails tells the model which line, why, and what to write instead.

Not covered: what a tool does with what it is given (a tool that runs a command runs it); a tool that does not return;
errors in the interpreter itself where there is no second wall.

What code cannot use here: files, the network, packages that are not in `agent/sandbox_prelude.py`, exceptions of one's
own, inheritance from built-in types, metaclasses, setters, nested classes, `async with`, `except*`, `input`,
`globals`, `vars`, `dir`. Generators run to their end when they are made. Objects that tools return show their public
fields, have no methods, and come back to tools as the same objects.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from smolagents.agents import MultiStepAgent
from smolagents.local_python_executor import CodeOutput, PythonExecutor

from agent.errors import StepFailed, StepInterrupted, WrongCall
from agent.sandbox_classes import UnsupportedCode
from agent.sandbox_hints import Source, Sources, report
from agent.sandbox_limits import SandboxLimits
from agent.sandbox_pool import SandboxPool
from agent.sandbox_prelude import importable_modules, library, needed_pieces
from agent.sandbox_rewrite import Rewritten, Vocabulary, assigned_names, parse, rewrite
from agent.sandbox_step import CodeFailed, Session, Step, StepEnd, dump, feed, restore
from agent.sandbox_values import ValueBridge, ValueTooLarge

__all__ = ["Sandbox", "SandboxLimits", "SandboxPool"]

_KEPT = "The variables of earlier steps are kept, those of this step are lost."
_PRINTS = "_print_outputs"
"""Where `CodeAgent` looks for what a failed step printed."""
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What goes on from step to step.

    Attributes:
        dump: The interpreter's state; None before the first step.
        feeds: How many times code was fed to it; its tracebacks name code by this number.
        pieces: Files of the library that it has.
    """

    dump: bytes | None = None
    feeds: int = 0
    pieces: frozenset[str] = frozenset()
    sources: Sources = field(default_factory=Sources)
    vocabulary: Vocabulary = field(default_factory=Vocabulary)


class Sandbox(PythonExecutor):  # type: ignore[misc]  # smolagents is not typed
    """The variables of one conversation. Not for two steps at once; several sandboxes share a pool."""

    def __init__(self, pool: SandboxPool, limits: SandboxLimits | None = None) -> None:
        self.limits = limits or SandboxLimits()
        self.state: dict[str, Any] = {_PRINTS: ""}
        self._pool = pool
        self._tools: dict[str, Callable[..., Any]] = {}
        self._variables: dict[str, Any] = {}
        self._bridge = ValueBridge(self.limits)
        self._kept = _Kept()
        self._steps = 0
        self._lock = threading.Lock()
        self._worker: int | None = None
        self._worker_lock = threading.Lock()
        self._cancelled = threading.Event()

    @property
    def authorized_imports(self) -> list[str]:
        """Modules that code may import, for the prompt of the agent."""
        return importable_modules()

    def send_variables(self, variables: Mapping[str, Any]) -> None:
        """Give the next step these variables; names that Python cannot have are left out."""
        self._variables.update({name: value for name, value in variables.items() if name.isidentifier()})

    def send_tools(self, tools: Mapping[str, Any]) -> None:
        """Make these, and no others, callable from the next step on; a new run starts, so nothing is cancelled."""
        self._tools = {name: _only_what_a_task_needs(tool) for name, tool in tools.items()}
        self._cancelled.clear()

    def interrupt(self) -> None:
        """Cancel the step that is running, or else the next one, unless a new run starts before it."""
        self._cancelled.set()
        self._kill()

    def cleanup(self) -> None:
        """Forget all variables. The workers belong to the pool."""
        self._kept = _Kept()
        self._variables.clear()
        self._bridge = ValueBridge(self.limits)

    close = cleanup

    def __call__(self, code_action: str) -> CodeOutput:
        """The value of the last statement, or the final answer, and what was printed.

        Raises:
            StepFailed: The code is wrong or met a limit; the message is for the model.
            StepInterrupted: Somebody cancelled it.
            SandboxUnavailable: No worker could be had.
        """
        with self._lock:
            self._steps += 1
            self.state[_PRINTS] = ""
            try:
                ran = self._prepare(code_action)
                self._check_cancelled()
                return self._run(Source(self._steps, code_action, ran))
            finally:
                self._cancelled.clear()

    def _prepare(self, code: str) -> Rewritten:
        if len(code) > self.limits.code_characters:
            raise StepFailed(f"the code has {len(code):,} characters; at most {self.limits.code_characters:,} are run")
        tree = parse(code)
        for name, line in assigned_names(tree) if tree else ():
            if name in self._tools:
                raise StepFailed(
                    f"line {line}: {name!r} is a tool and cannot be assigned to.\n"
                    f"Hint: use another name, such as {name}_result = {name}(...). Nothing of this step was run."
                )
        try:
            return rewrite(code, tree, self._kept.vocabulary)
        except UnsupportedCode as error:
            raise StepFailed(
                f"line {error.line}: {error}; write it another way. Nothing of this step was run."
            ) from error

    def _run(self, source: Source) -> CodeOutput:
        step = Step(self._tools, self._bridge, self.limits, self._kill, self._cancelled)
        try:
            with self._pool.session(self.limits) as session, self._killable(session):
                kept = self._restore(session, source.ran.names)
                kept = self._with_source(kept, source)
                inputs = {**self._bound_variables(), **{name: _reference(name) for name in self._tools}}
                try:
                    end = step.run(session, source.ran.code, inputs)
                except CodeFailed as error:
                    note = self._keep(session, kept) if error.is_sound else ""
                    raise StepFailed(self._describe(error, kept.sources, note)) from error
                note = self._keep(session, kept) if end.keeps else ""
        finally:
            self.state[_PRINTS] = step.printed.text
        logs = step.printed.text + note
        self.state[_PRINTS] = logs
        return CodeOutput(output=self._shown(end), logs=logs, is_final_answer=end.is_final)

    def _restore(self, session: Session, names: Iterable[str]) -> _Kept:
        """Bring the session to where the last step left it, with what `names` need from the library."""
        kept = self._kept
        if kept.dump is not None:
            try:
                restore(session, kept.dump)
            except CodeFailed as error:
                self._check_cancelled()
                self._kept = _Kept()
                raise StepFailed("The variables of earlier steps take too much memory and are lost.") from error
        missing = needed_pieces(names) - kept.pieces
        if missing:
            try:
                feed(session, "\n".join(library()[piece].source for piece in sorted(missing)))
            except CodeFailed as error:
                self._check_cancelled()
                raise StepFailed(self._describe(error, kept.sources, "")) from error
            kept = replace(kept, feeds=kept.feeds + 1, pieces=kept.pieces | missing)
        return kept

    def _check_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise StepInterrupted("the step was cancelled; the variables of earlier steps are kept")

    def _with_source(self, kept: _Kept, source: Source) -> _Kept:
        name = f"<python-input-{kept.feeds}>"
        sources = Sources({**kept.sources.steps, name: source})
        return replace(kept, feeds=kept.feeds + 1, sources=sources, vocabulary=source.ran.vocabulary)

    def _keep(self, session: Session, kept: _Kept) -> str:
        """Save the state of the session; a note for the model when that is not possible."""
        state = dump(session)
        if state is None:
            return f"\n[The variables of this step take too much memory. {_KEPT}]"
        if len(state) > self.limits.saved_bytes:
            most = self.limits.saved_bytes // 2**20
            return f"\n[The variables take {len(state) / 2**20:.0f} MiB, and {most} are kept. {_KEPT}]"
        self._kept = replace(kept, dump=state)
        self._variables.clear()
        return ""

    def _bound_variables(self) -> dict[str, Any]:
        return {name: self._given(value) for name, value in self._variables.items() if name not in self._tools}

    def _given(self, value: Any) -> Any:
        try:
            return self._bridge.into(value)
        except ValueTooLarge as error:
            return f"<left out: {error}>"

    def _shown(self, end: StepEnd) -> Any:
        if end.is_final:
            return end.value
        try:
            return self._bridge.out_of(end.value)
        except ValueTooLarge as error:
            return f"<not shown: {error}>"

    def _describe(self, error: CodeFailed, sources: Sources, note: str) -> str:
        if error.is_sound:
            where = sources.traceback(error.frames, self._steps)
            return report(where, error.message, self._tools, note.strip())
        return report("", self._limit_message(error), self._tools, _KEPT)

    def _limit_message(self, error: CodeFailed) -> str:
        if error.met == "memory":
            most = self.limits.memory_bytes // 2**20
            return f"MemoryError: the step needed more than {most} MiB of memory; work on less at a time."
        if error.met == "time":
            return f"TimeoutError: the step computed for more than {self.limits.step_seconds:g} seconds; compute less."
        return "The interpreter crashed on this code; write it another way."

    @contextlib.contextmanager
    def _killable(self, session: Session) -> Any:
        self._worker = session.worker_pid
        try:
            yield
        finally:
            with self._worker_lock:  # so that nobody kills a worker that another conversation has by then
                self._worker = None

    def _kill(self) -> None:
        """End the worker of the running step; the pool replaces it."""
        with self._worker_lock, contextlib.suppress(ProcessLookupError, PermissionError):
            if self._worker is not None:
                os.kill(self._worker, _KILL)


def _reference(name: str) -> Callable[..., Any]:
    """What Monty is given for a tool: only its name crosses, and the step looks the tool up by it."""

    def stand_in() -> None:
        """Never called."""

    stand_in.__name__ = name
    return stand_in


def _only_what_a_task_needs(tool: Any) -> Callable[..., Any]:
    """A managed agent without the arguments that steer its run, such as `max_steps`; any other tool as it is."""
    if isinstance(tool, MultiStepAgent):
        return partial(_delegate, tool)
    return tool  # type: ignore[no-any-return]


def _delegate(agent: MultiStepAgent, task: str, additional_args: dict[str, Any] | None = None) -> Any:
    if not isinstance(task, str):
        raise WrongCall(f"{agent.name} takes a task as text, not {task!r}")
    if not isinstance(additional_args, dict | None):
        raise WrongCall(f"additional_args of {agent.name} is a dict, not {additional_args!r}")
    return agent(task, additional_args=additional_args) if additional_args else agent(task)
