"""Several pieces of work at once, in threads that nobody has to wait for.

A `ThreadPoolExecutor` joins its threads when the process ends, so that one call that hangs would keep it alive.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from queue import Empty, SimpleQueue
from typing import Final, TypeVar

Made = TypeVar("Made")

_LOOK_SECONDS: Final = 0.05
"""How often whoever waits looks whether it still should."""


def side_by_side(
    works: Sequence[Callable[[], Made]], at_once: int, name: str, check: Callable[[], None] = lambda: None
) -> list[Made]:
    """What each piece of work returns, in their order.

    Args:
        works: Called in their order, each in some thread.
        at_once: Threads at most.
        name: That their names begin with.
        check: Called every now and then while they work; raises to leave them alone.

    Raises:
        Exception: What `check` or the first work that failed raised; the others go on, but nobody waits for them.
    """
    waiting: SimpleQueue[tuple[Callable[[], Made], Future[Made]]] = SimpleQueue()
    futures: list[Future[Made]] = [Future() for _ in works]
    for pair in zip(works, futures, strict=True):
        waiting.put(pair)
    for number in range(min(at_once, len(works))):
        threading.Thread(target=_work, args=(waiting,), name=f"{name}-{number}", daemon=True).start()
    left = set(futures)
    try:
        while left:
            done, left = wait(left, timeout=_LOOK_SECONDS, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
            check()
    finally:
        for future in futures:
            future.cancel()
    return [future.result() for future in futures]


def _work(waiting: SimpleQueue[tuple[Callable[[], Made], Future[Made]]]) -> None:
    while True:
        try:
            work, future = waiting.get_nowait()
        except Empty:
            return
        if not future.set_running_or_notify_cancel():
            continue
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)
