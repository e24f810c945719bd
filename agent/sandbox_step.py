"""One step of model-written code on one worker: the code runs, the host answers its calls.

Covered: only the tools of this step can be called, at most `tool_calls` times; the first final answer wins, and cannot
be caught; a tool's error reaches the code as an exception; what is printed is cut. Not covered: a tool that does not
return holds the step for as long as it works.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, get_args

from pydantic_monty import (
    ExcType,
    FunctionSnapshot,
    MontyComplete,
    MontyError,
    MontyRuntimeError,
    MontySession,
    MontySyntaxError,
    NameLookupSnapshot,
)

from agent.errors import StepFailed, StepInterrupted
from agent.sandbox_limits import SandboxLimits
from agent.sandbox_values import ValueBridge, ValueTooLarge

Session = MontySession
"""An interpreter on a worker, as the pool hands it out."""
FINAL_ANSWER = "final_answer"
_ERROR_NAMES = frozenset(get_args(ExcType))
_ERROR_CHARACTERS = 1_000
"""Characters of a tool's error message that the code, and so the model, gets to see."""
_AFTER_THE_ANSWER_SECONDS = 0.5
"""Seconds that code may take to end after its final answer, for its `finally` clauses."""
_CALLS_AFTER_THE_ANSWER = 20
_LAST_WORD: dict[str, Any] = {"exc_type": "SystemExit", "message": "the final answer was given"}


@dataclass(frozen=True, slots=True)
class StepEnd:
    """How a step ended.

    Attributes:
        value: The final answer, or the value of the last statement.
        is_final: Whether it is the final answer.
        keeps: Whether the session is sound and its variables can be kept.
    """

    value: Any
    is_final: bool
    keeps: bool


class CodeFailed(Exception):
    """The interpreter stopped: the code is wrong, or it met a limit.

    Attributes:
        message: The error's type and text.
        frames: Where it happened, the outermost call first; empty where the interpreter could not tell.
        is_sound: Whether the session can go on. It cannot where a limit stopped it in the middle of something.
        met: The limit, "time" or "memory"; empty where it was none.
    """

    def __init__(self, error: MontyError) -> None:
        super().__init__(str(error))
        self.message, self.frames, self.is_sound = str(error), [], False
        self.met = _limit_of(error)
        if isinstance(error, MontyRuntimeError | MontySyntaxError):
            self.message, self.frames, self.is_sound = error.display("type-msg"), error.traceback(), not self.met


class Printed:
    """What a step printed, up to a number of characters."""

    def __init__(self, most: int) -> None:
        self._room = most
        self._parts: list[str] = []
        self._left_out = 0

    def add(self, _stream: str, text: str) -> None:
        shown = text[: self._room]
        if shown:
            self._parts.append(shown)
        self._room -= len(shown)
        self._left_out += len(text) - len(shown)

    @property
    def text(self) -> str:
        rest = f"\n[{self._left_out:,} more characters were printed; print less]" if self._left_out else ""
        return "".join(self._parts) + rest


class Step:
    """A step that is about to run, or runs."""

    def __init__(
        self,
        tools: Mapping[str, Callable[..., Any]],
        bridge: ValueBridge,
        limits: SandboxLimits,
        kill: Callable[[], None],
        cancelled: threading.Event,
    ) -> None:
        self.printed = Printed(limits.printed_characters)
        self._tools = tools
        self._bridge = bridge
        self._limits = limits
        self._kill = kill
        self._cancelled = cancelled
        self._calls = 0
        self._answers: list[Any] = []
        self._calls_after = 0
        self._timer: threading.Timer | None = None

    def run(self, session: Session, code: str, inputs: dict[str, Any]) -> StepEnd:
        """Run `code` to its end.

        Raises:
            CodeFailed: The code failed, and gave no final answer before.
            StepFailed: It made too many calls.
            StepInterrupted: Somebody cancelled it.
        """
        try:
            value = self._drive(session, code, inputs)
            return StepEnd(self._answers[0] if self._answers else value, bool(self._answers), keeps=True)
        except (MontyError, StepFailed) as error:
            if self._cancelled.is_set():
                raise StepInterrupted("the step was cancelled; the variables of earlier steps are kept") from error
            failed = CodeFailed(error) if isinstance(error, MontyError) else None
            if not self._answers:
                raise failed or error from error
            return StepEnd(self._answers[0], is_final=True, keeps=failed is not None and failed.is_sound)
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def _drive(self, session: Session, code: str, inputs: dict[str, Any]) -> Any:
        snapshot: Any = self._turn(lambda: session.feed_start(code, inputs=inputs, print_callback=self.printed.add))
        while not isinstance(snapshot, MontyComplete):
            go_on = self._answer(snapshot)
            if self._cancelled.is_set():
                raise StepFailed("cancelled")
            snapshot = self._turn(go_on)
        return snapshot.output

    def _turn(self, work: Callable[[], Any]) -> Any:
        """Let the interpreter run until it wants something; Ctrl-C ends it at once, also on the main thread.

        The interpreter's client does not look at signals, so the main thread only waits for a thread that waits.
        """
        if threading.current_thread() is not threading.main_thread():
            return work()
        future: Future[Any] = Future()
        thread = threading.Thread(target=_fulfil, args=(future, work), name="footnote-step", daemon=True)
        thread.start()
        try:
            return future.result()
        except KeyboardInterrupt:
            self._kill()
            thread.join()
            raise

    def _answer(self, snapshot: Any) -> Callable[[], Any]:
        """What to do about a call or a name; the result goes on with the code."""
        if isinstance(snapshot, NameLookupSnapshot):
            return snapshot.resume
        if not isinstance(snapshot, FunctionSnapshot):
            raise StepFailed("the code waits for something that nobody will send; call tools without `async`")
        if snapshot.is_os_function:
            return snapshot.resume_not_handled
        answer: Any = self._call(snapshot)
        return lambda: snapshot.resume(answer)

    def _call(self, snapshot: FunctionSnapshot) -> dict[str, Any]:
        name = snapshot.function_name
        if self._answers:
            self._calls_after += 1
            if self._calls_after > _CALLS_AFTER_THE_ANSWER:
                raise StepFailed("the code went on after its final answer")
            return _LAST_WORD
        if snapshot.object_id is not None:
            return {"exc_type": "AttributeError", "message": f"{name!r} cannot be called here; its fields can be read"}
        if name not in self._tools:
            return {"exc_type": "NameError", "message": f"name {name!r} is not defined"}
        self._count()
        if self._calls > self._limits.tool_calls:
            message = f"a step may call tools {self._limits.tool_calls} times; go on in the next step"
            return {"exc_type": "RuntimeError", "message": message}
        return self._call_tool(name, snapshot)

    def _count(self) -> None:
        self._calls += 1
        if self._calls > 2 * self._limits.tool_calls:
            raise StepFailed(
                f"RuntimeError: a step may call tools {self._limits.tool_calls} times, and this one went on"
            )

    def _call_tool(self, name: str, snapshot: FunctionSnapshot) -> dict[str, Any]:
        try:
            parts = self._bridge.out_of(snapshot.args)
            named = self._bridge.out_of(snapshot.kwargs)
        except ValueTooLarge as error:
            return {"exc_type": "ValueError", "message": f"{name}() was given too much: {error}"}
        try:
            result = self._tools[name](*parts, **named)
            if name != FINAL_ANSWER:
                return {"return_value": self._bridge.into(result)}
        except ValueTooLarge as error:
            return {"exc_type": "ValueError", "message": f"{name}() found too much: {error}; ask for less"}
        except Exception as error:
            return as_sandbox_error(error)
        self._answers.append(result)
        self._timer = threading.Timer(_AFTER_THE_ANSWER_SECONDS, self._kill)
        self._timer.daemon = True
        self._timer.start()
        return _LAST_WORD


def restore(session: Session, state: bytes) -> None:
    """Bring a new session to where another was dumped; raises `CodeFailed`."""
    try:
        session.load_session(state)
    except MontyError as error:
        raise CodeFailed(error) from error


def feed(session: Session, source: str) -> Any:
    """The value of code that calls nothing; raises `CodeFailed`."""
    try:
        return session.feed_run(source)
    except MontyError as error:
        raise CodeFailed(error) from error


def dump(session: Session) -> bytes | None:
    """The state of a session; None where it takes too much memory to write it down."""
    try:
        return session.dump()
    except MontyError:
        return None


def _limit_of(error: MontyError) -> str:
    if getattr(error, "timed_out", False):
        return "time"
    text = str(error) if isinstance(error, MontyRuntimeError) else ""
    return "time" if "time limit exceeded" in text else "memory" if "memory limit" in text else ""


def as_sandbox_error(error: Exception) -> dict[str, Any]:
    """A tool's exception as the code sees it: of the same type where the interpreter has it, else named in the text."""
    only = error.args[0] if isinstance(error, KeyError) and len(error.args) == 1 else error  # a KeyError adds quotes
    message = str(only)[:_ERROR_CHARACTERS]
    for kind in type(error).__mro__:
        if kind.__module__ == "builtins" and kind.__name__ in _ERROR_NAMES - {"Exception", "BaseException"}:
            return {"exc_type": kind.__name__, "message": message if kind is type(error) else _named(error, message)}
    return {"exc_type": "RuntimeError", "message": _named(error, message)}


def _named(error: Exception, message: str) -> str:
    return f"{type(error).__name__}: {message}"


def _fulfil(future: Future[Any], work: Callable[[], Any]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)
