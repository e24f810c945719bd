"""`sorted`, `min` and `max` whose `key` may be anything that can be called, a tool included."""

from __future__ import annotations

from typing import Any

_fn_sorted = sorted
_fn_min = min
_fn_max = max


def _fn_best(choose: Any, values: Any, key: Any, named: Any) -> Any:
    parts = list(values[0]) if len(values) == 1 else list(values)
    if not parts:
        return choose(parts, **named)
    keys = [key(part) for part in parts]
    return parts[keys.index(choose(keys))]


def sorted(iterable: Any, key: Any = None, reverse: bool = False) -> Any:
    """A sorted list; equal parts keep their order."""
    if key is None:
        return _fn_sorted(iterable, reverse=reverse)
    parts = list(iterable)
    keys = [key(part) for part in parts]
    return [parts[place] for place in _fn_sorted(range(len(parts)), key=lambda place: keys[place], reverse=reverse)]


def min(*values: Any, key: Any = None, **named: Any) -> Any:
    """The smallest, the first of equals."""
    return _fn_min(*values, **named) if key is None else _fn_best(_fn_min, values, key, named)


def max(*values: Any, key: Any = None, **named: Any) -> Any:
    """The largest, the first of equals."""
    return _fn_max(*values, **named) if key is None else _fn_best(_fn_max, values, key, named)
