"""Progress in a terminal: the one door to `rich`. Nothing is drawn where stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from retrieval.updating import Progress

_LABELS = {"reading": "reading files", "embedding": "embedding passages", "writing": "writing the index"}


@contextmanager
def terminal_progress() -> Iterator[Callable[[Progress], None]]:
    """A callback that draws how far an update is, with its rate and the time left."""
    if not sys.stderr.isatty():
        yield lambda _: None
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

        def show(step: Progress) -> None:
            if step.stage not in tasks:
                tasks[step.stage] = drawn.add_task(_LABELS[step.stage], total=step.total or None, rate="")
            speed = drawn.tasks[tasks[step.stage]].speed
            drawn.update(tasks[step.stage], completed=step.done, rate=f"{speed:,.0f}/s" if speed else "")

        yield show
