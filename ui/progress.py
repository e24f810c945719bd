"""Progress in a terminal: the one door to `rich`. Nothing is drawn where stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from retrieval.updating import Progress

_LABELS = {"reading": "reading files", "embedding": "embedding passages", "writing": "writing the index"}
_Show = Callable[[str, int, int], None]


class Asked(Protocol):
    """How far the questions of a set are."""

    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def errors(self) -> int: ...


@contextmanager
def terminal_progress() -> Iterator[Callable[[Progress], None]]:
    """A callback that draws how far an update is, with its rate and the time left."""
    with _bars() as show:
        yield lambda step: show(_LABELS[step.stage], step.done, step.total)


@contextmanager
def asking_progress() -> Iterator[Callable[[Asked], None]]:
    """A callback that draws how many questions were asked and how many of them failed, with rate and time left."""
    with _bars() as show:
        yield lambda asked: show(
            f"asking questions ({asked.errors} failed)" if asked.errors else "asking questions", asked.done, asked.total
        )


@contextmanager
def download_progress() -> Iterator[_Show]:
    """A callback that draws how many MiB of a file are there, with rate and time left."""
    with _bars() as show:
        yield lambda name, done, size: show(f"{name}, MiB", done // 2**20, -(-size // 2**20))


@contextmanager
def _bars() -> Iterator[_Show]:
    """Draws a bar for each stage: label, done, total."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich import progress as bars
    from rich.console import Console

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TextColumn("{task.fields[rate]}"),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        tasks: dict[str, bars.TaskID] = {}

        def show(label: str, done: int, total: int) -> None:
            stage = label.partition(" (")[0]
            if stage not in tasks:
                tasks[stage] = drawn.add_task(label, total=total or None, rate="")
            speed = drawn.tasks[tasks[stage]].speed
            rate = f"{speed:,.0f}/s" if speed and speed >= 10 else f"{speed:.1f}/s" if speed else ""
            drawn.update(tasks[stage], description=label, completed=done, rate=rate)

        yield show
