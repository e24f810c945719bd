"""`get_close_matches` and the ratio of `SequenceMatcher`."""

from __future__ import annotations

from typing import Any

EXPORTS = "SequenceMatcher get_close_matches"


def _longest(a: Any, b: Any) -> Any:
    """Where the longest common stretch starts in each, and its length."""
    best = (0, 0, 0)
    lengths: dict[int, int] = {}
    places: dict[Any, Any] = {}
    for j in range(len(b)):
        places.setdefault(b[j], []).append(j)
    for i in range(len(a)):
        new = {}
        for j in places.get(a[i], ()):
            size = lengths.get(j - 1, 0) + 1
            new[j] = size
            if size > best[2]:
                best = (i - size + 1, j - size + 1, size)
        lengths = new
    return best


def _matches(a: Any, b: Any) -> int:
    """Elements in the common stretches, found as Ratcliff and Obershelp do."""
    total = 0
    waiting = [(a, b)]
    while waiting:
        left, right = waiting.pop()
        i, j, size = _longest(left, right)
        if size:
            total += size
            waiting.append((left[:i], right[:j]))
            waiting.append((left[i + size :], right[j + size :]))
    return total


class SequenceMatcher:
    """How much two sequences have in common; nothing is counted as junk."""

    def __init__(self, isjunk: Any = None, a: Any = "", b: Any = "", autojunk: bool = True) -> None:
        self.a = a
        self.b = b

    def ratio(self) -> float:
        """Between 0 and 1."""
        length = len(self.a) + len(self.b)
        return 2.0 * _matches(self.a, self.b) / length if length else 1.0


def get_close_matches(word: str, possibilities: Any, n: int = 3, cutoff: float = 0.6) -> Any:
    """The `n` most similar, most similar first."""
    scored = []
    for one in possibilities:
        ratio = SequenceMatcher(None, one, word).ratio()
        if ratio >= cutoff:
            scored.append((ratio, one))
    scored.sort(reverse=True)
    return [one for _, one in scored[:n]]
