"""A queue that serves its users in turn, however much one of them asks for."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from threading import Condition
from typing import Generic, TypeVar

Work = TypeVar("Work")


class FairQueue(Generic[Work]):
    """First in, first out for each owner; owners who wait are served round robin."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[Hashable, deque[Work]] = OrderedDict()
        self._changed = Condition()

    def put(self, owner: Hashable, work: Work) -> None:
        """Add `work` behind all that `owner` already waits for."""
        with self._changed:
            self._waiting.setdefault(owner, deque()).append(work)
            self._changed.notify()

    @property
    def waiting(self) -> bool:
        """Whether `take` would return at once."""
        return bool(self._waiting)

    def take(self) -> Work:
        """The next piece of work; waits until there is one."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting))
            owner, works = self._waiting.popitem(last=False)
            work = works.popleft()
            if works:
                self._waiting[owner] = works  # behind everybody else
            return work
