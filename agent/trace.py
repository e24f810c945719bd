"""What the agents of a run did, as records in the order of a tree: each step, and under it the calls that it made."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from agent.answer import Action, Step


@dataclass(frozen=True, slots=True)
class _Entry:
    parent: int | None
    step: Step


class Trace:
    """Records of one run; agents that work side by side may write at once."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._lock = threading.Lock()

    def open(self, parent: int | None, step: Step) -> int:
        """A number for a step that has begun, under the step `parent`; `step` is shown if it never ends."""
        with self._lock:
            self._entries.append(_Entry(parent, step))
            return len(self._entries) - 1

    def close(self, number: int, step: Step) -> None:
        """The step has ended like this."""
        with self._lock:
            self._entries[number] = replace(self._entries[number], step=step)

    def steps(self) -> tuple[Step, ...]:
        """All records, each behind the one that it belongs to, with their depths."""
        with self._lock:
            entries = list(self._entries)
        children: defaultdict[int | None, list[int]] = defaultdict(list)
        for number, entry in enumerate(entries):
            children[entry.parent].append(number)

        def below(parent: int | None, depth: int) -> Iterator[Step]:
            for number in children[parent]:
                step = entries[number].step
                yield replace(step, action=replace(step.action or Action(""), depth=depth))
                yield from below(number, depth + 1)

        return tuple(below(None, 0))
