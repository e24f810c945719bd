"""`map`, `zip` and the like return something that is read once, as elsewhere; the interpreter's own return lists."""

from __future__ import annotations

from typing import Any

_fn_zip = zip
_fn_enumerate = enumerate
_fn_reversed = reversed


def map(function: Any, *iterables: Any) -> Any:
    """Results of `function` for each part, or each tuple of parts; tools may be called in it."""
    return iter([function(*parts) for parts in _fn_zip(*iterables)])


def filter(function: Any, iterable: Any) -> Any:
    """Parts for which `function` is true, or which are true themselves when it is None."""
    if function is None:
        return iter([part for part in iterable if part])
    return iter([part for part in iterable if function(part)])


def zip(*iterables: Any, strict: bool = False) -> Any:
    """Tuples of one part from each."""
    return iter(_fn_zip(*iterables, strict=strict))


def enumerate(iterable: Any, start: int = 0) -> Any:
    """Pairs of a count and a part."""
    return iter(_fn_enumerate(iterable, start))


def reversed(sequence: Any) -> Any:
    """The parts from the last to the first."""
    return iter(_fn_reversed(sequence))
