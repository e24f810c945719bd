"""Character spans of notes, and how much two sets of them share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Span = tuple[str, int, int]
"""`(note_id, start, end)`: half-open, 0-based, in code points of the note's text."""

Intervals = Mapping[str, list[tuple[int, int]]]
"""For each note, intervals that are sorted and neither overlap nor touch."""


def merged(spans: Iterable[Span]) -> Intervals:
    """The same characters with each counted once; empty spans vanish."""
    union: dict[str, list[tuple[int, int]]] = {}
    for note_id, start, end in sorted(spans):
        if end <= start:
            continue
        intervals = union.setdefault(note_id, [])
        if intervals and start <= intervals[-1][1]:
            intervals[-1] = (intervals[-1][0], max(end, intervals[-1][1]))
        else:
            intervals.append((start, end))
    return union


def length(intervals: Intervals) -> int:
    """How many characters the intervals hold."""
    return sum(end - start for parts in intervals.values() for start, end in parts)


def common_length(left: Intervals, right: Intervals) -> int:
    """How many characters lie in both."""
    return sum(_common(parts, right[note_id]) for note_id, parts in left.items() if note_id in right)


def overlaps(span: Span, intervals: Intervals) -> bool:
    """Whether at least one character of `span` lies in `intervals`."""
    note_id, start, end = span
    return any(max(start, first) < min(end, last) for first, last in intervals.get(note_id, ()))


def _common(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> int:
    """Characters in both of two sorted lists of one note, in one pass."""
    shared = i = j = 0
    while i < len(left) and j < len(right):
        shared += max(0, min(left[i][1], right[j][1]) - max(left[i][0], right[j][0]))
        if left[i][1] <= right[j][1]:
            i += 1
        else:
            j += 1
    return shared
