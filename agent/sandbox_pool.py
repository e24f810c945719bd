"""Worker processes for sandboxes: each step borrows one, and a crashed one is replaced.

Covered: a worker serves one step at a time and starts it empty, so that nothing passes from one conversation to
another; every worker ends with `close()`, at exit, and after Ctrl-C. Not covered: when the host process is killed
outright, a busy worker without the second wall runs on until its step's time is up.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import SandboxUnavailable
from agent.sandbox_limits import SandboxLimits
from agent.sandbox_wall import SecondWall, find_second_wall, write_launcher

if TYPE_CHECKING:
    from pydantic_monty import Monty, MontySession, ResourceLimits

WORKERS = 16
"""Steps that run at the same time; a worker takes 9 to 19 MB, and only while a step runs."""
BUSY_SECONDS = 30.0
"""Seconds that a step waits for a free worker: longer than two steps that use up all their time."""
_GRACE_SECONDS = 0.5
"""Seconds past its time after which a worker that is stuck in one long operation is killed."""
_SUSPENSIONS = 1_000_000
"""Monty's own cap on host calls, out of the way: `SandboxLimits.tool_calls` is counted by the step."""


class SandboxPool:
    """Workers that any number of sandboxes share. Nothing is started before the first step."""

    def __init__(self, workers: int = WORKERS, busy_seconds: float = BUSY_SECONDS, bwrap: str | None = None) -> None:
        """Remember the settings; `bwrap` is the command of the second wall, searched on the path when None."""
        self._workers = workers
        self._busy_seconds = busy_seconds
        self._bwrap = bwrap
        self._lock = threading.Lock()
        self._monty: Monty | None = None
        self._folder: Path | None = None
        self._starter: ThreadPoolExecutor | None = None
        self.wall = SecondWall(None, "no worker has been started yet")

    @contextmanager
    def session(self, limits: SandboxLimits) -> Iterator[MontySession]:
        """An empty interpreter on a worker of its own; the worker is free again when the block ends.

        Raises:
            SandboxUnavailable: All workers are busy, or none could be started.
        """
        monty, starter = self._started()
        checkout = monty.checkout(
            limits=_resource_limits(limits), os_policy={"sleep": "zero", "random_start": {"seed": limits.seed}}
        )
        try:
            # bwrap lets a worker die with the thread that started it, so one thread starts them all.
            session = _wait_for(starter.submit(checkout.__enter__), checkout)
        except TimeoutError as error:
            raise SandboxUnavailable(f"all {self._workers} sandbox workers are busy; try again in a minute") from error
        except (OSError, RuntimeError) as error:
            raise SandboxUnavailable(f"no sandbox worker could be started: {error}") from error
        try:
            yield session
        finally:
            checkout.__exit__(None, None, None)

    def close(self) -> None:
        """End every worker. A step that is running fails; the next one starts the pool again."""
        with self._lock:
            monty, starter, folder = self._monty, self._starter, self._folder
            self._monty = self._starter = self._folder = None
        if monty is not None and starter is not None and folder is not None:
            atexit.unregister(self.close)
            monty.__exit__(None, None, None)
            starter.shutdown()
            shutil.rmtree(folder, ignore_errors=True)

    def _started(self) -> tuple[Monty, ThreadPoolExecutor]:
        with self._lock:
            if self._monty is None or self._starter is None:
                self._monty, self._starter = self._start()
                atexit.register(self.close)
            return self._monty, self._starter

    def _start(self) -> tuple[Monty, ThreadPoolExecutor]:
        from pydantic_monty import Monty

        program = _program()
        self.wall = find_second_wall(program, self._bwrap)
        self._folder = Path(tempfile.mkdtemp(prefix="footnote-sandbox-"))
        monty = Monty(
            binary_path=write_launcher(self._folder, program, self.wall),
            min_processes=1,
            max_processes=self._workers,
            checkout_timeout=self._busy_seconds,
            feed_duration_limit_grace=_GRACE_SECONDS,
        )
        starter = ThreadPoolExecutor(1, thread_name_prefix="footnote-sandbox")
        starter.submit(monty.__enter__).result()
        return monty, starter


def second_wall() -> SecondWall:
    """The second wall that this machine offers, without starting anything that lasts.

    Raises:
        SandboxUnavailable: The interpreter's program is not installed.
    """
    return find_second_wall(_program())


def _program() -> str:
    from pydantic_monty._binary import find_monty_binary

    try:
        return find_monty_binary()
    except FileNotFoundError as error:
        raise SandboxUnavailable(
            "the sandbox's interpreter is not installed; run `pip install pydantic-monty`"
        ) from error


def _wait_for(entered: Future[MontySession], checkout: MontySession) -> MontySession:
    """The session, which is given back when nobody waits for it any more (Ctrl-C)."""
    try:
        return entered.result()
    except KeyboardInterrupt:
        entered.add_done_callback(lambda done: None if done.exception() else checkout.__exit__(None, None, None))
        raise


def _resource_limits(limits: SandboxLimits) -> ResourceLimits:
    chosen: dict[str, Any] = {
        "max_feed_duration_secs": limits.step_seconds,
        "max_memory": limits.memory_bytes,
        "max_recursion_depth": limits.recursion_depth,
        "max_suspensions": _SUSPENSIONS,
    }
    return chosen  # type: ignore[return-value]  # a TypedDict is a dict
