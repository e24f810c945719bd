"""The part of `operator` that people use."""

from __future__ import annotations

from typing import Any

EXPORTS = "add sub mul truediv floordiv mod pow neg eq ne lt le gt ge not_ contains getitem itemgetter attrgetter"


def add(a: Any, b: Any) -> Any:
    """`a + b`."""
    return a + b


def sub(a: Any, b: Any) -> Any:
    """`a - b`."""
    return a - b


def mul(a: Any, b: Any) -> Any:
    """`a * b`."""
    return a * b


def truediv(a: Any, b: Any) -> Any:
    """`a / b`."""
    return a / b


def floordiv(a: Any, b: Any) -> Any:
    """`a // b`."""
    return a // b


def mod(a: Any, b: Any) -> Any:
    """`a % b`."""
    return a % b


def pow(a: Any, b: Any) -> Any:
    """`a ** b`."""
    return a**b


def neg(a: Any) -> Any:
    """`-a`."""
    return -a


def eq(a: Any, b: Any) -> Any:
    """`a == b`."""
    return a == b


def ne(a: Any, b: Any) -> Any:
    """`a != b`."""
    return a != b


def lt(a: Any, b: Any) -> Any:
    """`a < b`."""
    return a < b


def le(a: Any, b: Any) -> Any:
    """`a <= b`."""
    return a <= b


def gt(a: Any, b: Any) -> Any:
    """`a > b`."""
    return a > b


def ge(a: Any, b: Any) -> Any:
    """`a >= b`."""
    return a >= b


def not_(a: Any) -> Any:
    """`not a`."""
    return not a


def contains(a: Any, b: Any) -> Any:
    """`b in a`."""
    return b in a


def getitem(a: Any, b: Any) -> Any:
    """`a[b]`."""
    return a[b]


def itemgetter(*keys: Any) -> Any:
    """A function that reads one part, or a tuple of several."""
    if len(keys) == 1:
        return lambda owner: owner[keys[0]]
    return lambda owner: tuple([owner[key] for key in keys])


def _follow(owner: Any, path: str) -> Any:
    for name in path.split("."):
        owner = getattr(owner, name)
    return owner


def attrgetter(*names: Any) -> Any:
    """A function that reads one attribute, or a tuple of several."""
    if len(names) == 1:
        return lambda owner: _follow(owner, names[0])
    return lambda owner: tuple([_follow(owner, name) for name in names])
