"""What the interpreter lacks of the built-in functions that ask a value what it is."""

from __future__ import annotations

from typing import Any

_fn_len = len
_fn_isinstance = isinstance
_fn_callable_types = ("function", "builtin_function_or_method", "method", "type", "partial")


def len(value: Any) -> Any:
    """The number of parts, also of an object with `__len__`."""
    if hasattr(value, "__len__"):
        return value.__len__()
    return _fn_len(value)


def callable(value: Any) -> bool:
    """Whether it can be called."""
    return type(value).__name__ in _fn_callable_types or hasattr(value, "__call__")  # noqa: B004


def isinstance(value: Any, kind: Any) -> bool:
    """Whether `value` is of this kind, one of these kinds, or of a class made from it."""
    if kind is object:
        return True
    if kind is type:
        return type(value).__name__ == "type"
    if type(kind) is tuple:
        return any(isinstance(value, one) for one in kind)
    if _fn_isinstance(value, kind):
        return True
    return kind in getattr(type(value), "_fn_bases", ())


def issubclass(kind: Any, parent: Any) -> bool:
    """Whether `kind` is `parent` or made from it, for classes and the common built-in types."""
    if type(parent) is tuple:
        return any(issubclass(kind, one) for one in parent)
    if parent is object or kind is parent:
        return True
    if parent in getattr(kind, "_fn_bases", ()):
        return True
    if kind is bool:
        return parent is int
    if kind in (int, float, str, bytes, list, tuple, dict, set, frozenset):
        return False
    try:
        return _fn_isinstance(kind(), parent)
    except TypeError:
        raise NotImplementedError("issubclass() knows built-in types and your own classes here") from None


def ascii(value: Any) -> str:
    """`repr` with everything beyond ASCII written as an escape."""
    text = ""
    for letter in repr(value):
        code = ord(letter)
        if code < 128:
            text += letter
        else:
            text += f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    return text


def _fn_true(value: Any) -> Any:
    """What `if` makes of a value; the interpreter does not ask an object's `__bool__` and `__len__`."""
    if hasattr(value, "__bool__"):
        return bool(value.__bool__())
    if hasattr(value, "__len__"):
        return value.__len__() != 0
    return bool(value)
