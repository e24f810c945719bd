"""Attempts and actions on three systems: plain Python, smolagents' local executor, and footnote's sandbox.

Plain Python and the local executor run each attempt in a process of its own, which is limited and ended from outside;
the sandbox runs in this process, because that is what it promises to keep safe.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Self

from evals.sandbox_cases.canaries import Canaries, Record, final_answer, lookup
from evals.sandbox_cases.tables import SECRET_VARIABLE, Action, Escape

PATIENCE_SECONDS = 8.0
"""Seconds after which an attempt's process is ended from outside; the executors get 3 of their own."""
EXECUTOR_SECONDS = 3
MOST_GROWTH = 300 * 2**20
"""Bytes by which an attempt may make the host grow."""
MOST_SILENCE_SECONDS = 2.0
"""Seconds for which the host may be unable to do anything else."""
_PROCESS_BYTES = 2 * 2**30
_TEXT_CHARACTERS = 200_000
TOOLS: dict[str, Callable[..., Any]] = {"lookup": lookup, "final_answer": final_answer}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an attempt: what it touched or used up (nothing: it was held), and what it said."""

    breaches: tuple[str, ...]
    said: str = ""

    @property
    def got_out(self) -> bool:
        return bool(self.breaches)


class HostWatch:
    """Whether this process stays responsive and small while something runs.

    A silence is measured in the processor time that the process used in it: what other processes take from it is no
    fault of what runs here.
    """

    def __enter__(self) -> Self:
        self._start = self._peak = _resident_bytes()
        self._silence = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def growth(self) -> int:
        """Bytes by which the process grew at most."""
        return self._peak - self._start

    def exhausted(self) -> tuple[str, ...]:
        """What was too much; empty when all was well."""
        found = ["the host hung"] if self._silence > MOST_SILENCE_SECONDS else []
        return (*found, "the host's memory grew") if self.growth > MOST_GROWTH else tuple(found)

    def _beat(self) -> None:
        last = time.process_time()
        while not self._done.wait(0.02):
            now = time.process_time()
            self._silence = max(self._silence, now - last)
            self._peak = max(self._peak, _resident_bytes())
            last = now
        self._silence = max(self._silence, time.process_time() - last)


def run_in_sandbox(sandbox: Any, code: str) -> list[object]:
    """Everything that code brought back from an executor: value, output, error."""
    sandbox.send_tools(TOOLS)
    sandbox.send_variables({"record": Record("sent")})
    try:
        end = sandbox(code)
    except Exception as error:
        return [error, sandbox.state.get("_print_outputs", "")]
    return [end.output, end.logs]


def attempt_in_sandbox(sandbox: Any, escape: Escape, canaries: Canaries) -> Verdict:
    """One attempt in footnote's sandbox, in this process."""
    with HostWatch() as watch:
        texts = run_in_sandbox(sandbox, canaries.code_of(escape))
    return Verdict((*canaries.breaches(texts), *watch.exhausted()), str(texts[0])[:200])


def attempt_elsewhere(system: str, escape: Escape, canaries: Canaries) -> Verdict:
    """One attempt in a process of its own; `system` is "python" or "local"."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["smolagents", "evals.sandbox_cases.runs"])
    here, there = processes.Pipe(duplex=False)
    process = processes.Process(target=_attempt, args=(system, canaries.code_of(escape), there))
    process.start()
    there.close()
    try:
        texts, exhausted = here.recv() if here.poll(PATIENCE_SECONDS) else ([], ("it had to be ended from outside",))
    except EOFError:
        texts, exhausted = [], ("its process died",)
    _end(process)
    return Verdict((*canaries.breaches(texts), *exhausted), str(texts[0])[:200] if texts else "")


def _attempt(system: str, code: str, results: Connection) -> None:
    """In the child: run, and send back what was seen."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (_PROCESS_BYTES, _PROCESS_BYTES))
    for name in set(os.environ) - {SECRET_VARIABLE, "PATH"}:
        del os.environ[name]  # an attempt that prints the environment finds nothing but the canary
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    before = _resident_bytes()
    with HostWatch() as watch:
        texts = _run_plainly(code) if system == "python" else run_in_sandbox(_local_executor(), code)
    said = [_cut(text) for text in texts]
    exhausted = list(watch.exhausted())
    worked = time.process_time()
    time.sleep(0.5)
    if time.process_time() - worked > 0.25:
        exhausted.append("it runs on in the background")
    if _resident_bytes() - before > MOST_GROWTH:
        exhausted.append("the host's memory stays filled")
    results.send((said, tuple(dict.fromkeys(exhausted))))
    results.close()
    os._exit(0)


def _cut(text: object) -> str:
    try:
        return str(text)[:_TEXT_CHARACTERS]
    except Exception as error:
        return f"no text: {type(error).__name__}"


def _end(process: Any) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def _run_plainly(code: str) -> list[object]:
    """What code says in plain Python, with nothing around it."""
    out = io.StringIO()
    names: dict[str, Any] = {"__name__": "__main__", "record": Record("sent"), **TOOLS}
    with contextlib.redirect_stdout(out):
        try:
            exec(code, names)
        except BaseException as error:
            return [error, out.getvalue()]
    return [out.getvalue()]


def _local_executor(seconds: int = EXECUTOR_SECONDS, imports: tuple[str, ...] = ()) -> Any:
    from smolagents.local_python_executor import LocalPythonExecutor

    return LocalPythonExecutor(list(imports), timeout_seconds=seconds)


def local_executor_with_all_imports() -> Any:
    """The local executor of smolagents at its most able."""
    return _local_executor(imports=("*",))


def value_of(executor: Any, action: Action, tools: Mapping[str, Any]) -> Any:
    """The value of the last step of an action; an error where it failed."""
    executor.send_tools(dict(tools))
    value: Any = None
    for step in action.steps:
        try:
            value = executor(step).output
        except Exception as error:
            value = error
    return value


class PlainPython:
    """Python itself, with the interface of an executor, to check the table of actions."""

    def __init__(self) -> None:
        self._names: dict[str, Any] = {"__name__": "__main__"}

    def send_tools(self, tools: dict[str, Any]) -> None:
        self._names.update(tools, final_answer=_give)

    def __call__(self, code: str) -> Any:
        import ast

        tree = ast.parse(code)
        last = tree.body[-1]
        if isinstance(last, ast.Expr):
            tree.body[-1:] = [ast.Assign([ast.Name("_value", ast.Store())], last.value)]
        elif isinstance(last, ast.Assign):
            tree.body.append(ast.Assign([ast.Name("_value", ast.Store())], last.value))
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                exec(compile(ast.fix_missing_locations(tree), "<action>", "exec"), self._names)
            except _Given as answer:
                return _Output(answer.value)
        return _Output(self._names.get("_value"))


class _Given(BaseException):
    def __init__(self, value: Any) -> None:
        self.value = value


@dataclass(frozen=True, slots=True)
class _Output:
    output: Any


def _give(answer: Any) -> None:
    raise _Given(answer)


def same(value: Any, expected: Any) -> bool:
    """Whether an action has the value that it should have, of the same type."""
    return type(value) is type(expected) and bool(value == expected)


def _resident_bytes() -> int:
    """Memory of this process now, where Linux tells, else at its peak."""
    try:
        with open("/proc/self/statm", encoding="ascii") as numbers:
            return int(numbers.read().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def by_category(escapes: list[Escape]) -> Iterator[tuple[str, list[Escape]]]:
    """Attempts by category, in the order of the table."""
    for category in dict.fromkeys(escape.category for escape in escapes):
        yield category, [escape for escape in escapes if escape.category == category]
