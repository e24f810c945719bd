"""The line in which questions wait, so that a visitor can be told how many are before theirs."""

from __future__ import annotations

import threading


class LineFull(Exception):
    """Too many questions wait already."""


class Line:
    """First come, first served.

    Args:
        at_once: Questions that are answered side by side.
        longest: Questions that may wait beside them.
    """

    def __init__(self, at_once: int, longest: int) -> None:
        self._at_once = at_once
        self._longest = longest
        self._places: list[Place] = []
        self._lock = threading.Lock()

    def join(self) -> Place:
        """A place at the end; it has to be left, whatever happens.

        Raises:
            LineFull: Too many wait already.
        """
        with self._lock:
            if len(self._places) >= self._at_once + self._longest:
                raise LineFull(f"{len(self._places)} questions are waiting; try again in a minute")
            place = Place(self)
            self._places.append(place)
            return place

    def before(self, place: Place) -> int:
        """How many wait before `place`; 0 once it is its turn."""
        with self._lock:
            return self._before(place)

    def leave(self, place: Place) -> None:
        """Make room; leaving twice does no harm."""
        with self._lock:
            if place in self._places:
                self._places.remove(place)

    def _before(self, place: Place) -> int:
        return max(0, self._places.index(place) + 1 - self._at_once) if place in self._places else 0


class Place:
    """A place in a line; `with` leaves it at the end."""

    def __init__(self, line: Line) -> None:
        self._line = line

    @property
    def before(self) -> int:
        """How many wait before this one."""
        return self._line.before(self)

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.leave(self)
