"""`pprint` and `pformat`: one line where it fits, else one part a line."""

from __future__ import annotations

from typing import Any

EXPORTS = "pformat pp pprint"


def pformat(value: Any, indent: int = 1, width: int = 80, depth: Any = None, sort_dicts: bool = True) -> str:
    """The value as text."""
    if type(value) is dict and sort_dicts:
        value = {key: value[key] for key in sorted(value, key=lambda key: (str(type(key)), str(key)))}
    text = repr(value)
    if len(text) <= width or type(value) not in (dict, list, tuple):
        return text
    if type(value) is dict:
        parts = [repr(key) + ": " + _inner(part, width, sort_dicts) for key, part in value.items()]
        return "{" + ",\n ".join(parts) + "}"
    parts = [_inner(part, width, sort_dicts) for part in value]
    return ("[" if type(value) is list else "(") + ",\n ".join(parts) + ("]" if type(value) is list else ")")


def _inner(value: Any, width: int, sort_dicts: bool) -> str:
    return pformat(value, 1, width - 1, None, sort_dicts).replace("\n", "\n ")


def pprint(value: Any, stream: Any = None, indent: int = 1, width: int = 80, depth: Any = None, **named: Any) -> None:
    """Print the value."""
    print(pformat(value, indent, width))


def pp(value: Any) -> None:
    """Print the value with its keys in their own order."""
    print(pformat(value, 1, 80, None, False))
