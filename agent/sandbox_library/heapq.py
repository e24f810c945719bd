"""`heapq` on a list that is kept sorted: a sorted list is a heap, and the sizes here are small."""

from __future__ import annotations

import bisect
from typing import Any

EXPORTS = "heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest"


def heapify(heap: Any) -> None:
    """Make a list a heap."""
    heap.sort()


def heappush(heap: Any, value: Any) -> None:
    """Add a value."""
    bisect.insort(heap, value)


def heappop(heap: Any) -> Any:
    """Take the smallest value."""
    if not heap:
        raise IndexError("index out of range")
    return heap.pop(0)


def heappushpop(heap: Any, value: Any) -> Any:
    """Add a value, then take the smallest."""
    heappush(heap, value)
    return heappop(heap)


def heapreplace(heap: Any, value: Any) -> Any:
    """Take the smallest value, then add one."""
    smallest = heappop(heap)
    heappush(heap, value)
    return smallest


def nlargest(n: int, iterable: Any, key: Any = None) -> Any:
    """The `n` largest, largest first."""
    return sorted(iterable, key=key, reverse=True)[: max(n, 0)]


def nsmallest(n: int, iterable: Any, key: Any = None) -> Any:
    """The `n` smallest, smallest first."""
    return sorted(iterable, key=key)[: max(n, 0)]


def merge(*iterables: Any, key: Any = None, reverse: bool = False) -> Any:
    """Sorted inputs as one."""
    together = []
    for iterable in iterables:
        together.extend(iterable)
    return iter(sorted(together, key=key, reverse=reverse))
