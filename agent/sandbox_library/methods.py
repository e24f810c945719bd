"""Methods of built-in types: as values, and those that the interpreter lacks."""

from __future__ import annotations

import re as _fn_re
from typing import Any

_fn_builtin_types = (str, list, dict, set, frozenset, tuple, bytes, int, float)


def _fn_method(owner: Any, name: str, bound: Any, unbound: Any) -> Any:
    """`owner.name` without a call: an attribute where there is one, else a function that calls the method."""
    kind = type(owner)
    if kind.__name__ == "type" and owner in _fn_builtin_types:
        return unbound
    if kind in _fn_builtin_types or kind.__name__ in ("Counter", "defaultdict", "deque", "OrderedDict"):
        return bound(owner)
    return getattr(owner, name)


def _fn_maketrans(*parts: Any) -> Any:
    """The table of `str.maketrans`."""
    if len(parts) == 1:
        return {ord(key) if type(key) is str else key: value for key, value in parts[0].items()}
    if len(parts[0]) != len(parts[1]):
        raise ValueError("the first two maketrans arguments must have equal length")
    table: Any = {ord(old): ord(new) for old, new in zip(parts[0], parts[1], strict=True)}
    for letter in parts[2] if len(parts) > 2 else "":
        table[ord(letter)] = None
    return table


def _fn_translate(owner: Any, table: Any) -> Any:
    """`text.translate(table)`."""
    if type(owner) is not str:
        return owner.translate(table)
    letters = []
    for letter in owner:
        new = table.get(ord(letter), letter)
        letters.append("" if new is None else chr(new) if type(new) is int else new)
    return "".join(letters)


def _fn_format_map(owner: Any, values: Any) -> Any:
    """`text.format_map(values)`."""
    return owner.format(**values) if type(owner) is str else owner.format_map(values)


def _fn_sub(owner: Any, *parts: Any, **named: Any) -> Any:
    """`re.sub` and `pattern.sub`, where the replacement may be a function."""
    kind = type(owner).__name__
    if kind == "module" and len(parts) > 1 and type(parts[1]) is not str:
        flags = named.get("flags", parts[4] if len(parts) > 4 else 0)
        limit = named.get("count", parts[3] if len(parts) > 3 else 0)
        return _fn_replace(
            _fn_re.compile(parts[0], flags), parts[1], parts[2] if len(parts) > 2 else named["string"], limit
        )[0]
    if kind == "Pattern" and type(parts[0]) is not str:
        limit = named.get("count", parts[2] if len(parts) > 2 else 0)
        return _fn_replace(owner, parts[0], parts[1] if len(parts) > 1 else named["string"], limit)[0]
    return owner.sub(*parts, **named)


def _fn_replace(pattern: Any, replacement: Any, text: str, limit: int) -> Any:
    """The text after at most `limit` replacements (0: all), and how many there were."""
    pieces = []
    start = count = 0
    for match in pattern.finditer(text):
        if limit and count >= limit:
            break
        pieces.append(text[start : match.start()])
        pieces.append(replacement(match))
        start = match.end()
        count += 1
    return "".join(pieces) + text[start:], count


def _fn_subn(owner: Any, *parts: Any, **named: Any) -> Any:
    """`re.subn` and `pattern.subn`: the new text and the number of replacements."""
    text = parts[2] if type(owner).__name__ == "module" else parts[1]
    pattern = _fn_re.compile(parts[0], named.get("flags", 0)) if type(owner).__name__ == "module" else owner
    limit = named.get("count", 0)
    found = len([match for match in pattern.finditer(text)])
    return _fn_sub(owner, *parts, **named), min(found, limit) if limit else found


def _fn_dumps(owner: Any, value: Any, *, default: Any = None, **named: Any) -> Any:
    """`json.dumps` with `default=`."""
    if default is not None:
        value = _fn_jsonable(value, default)
    return owner.dumps(value, **named)


def _fn_jsonable(value: Any, default: Any) -> Any:
    """`value` with every part that JSON does not know replaced by what `default` makes of it."""
    if value is None or type(value) in (str, int, float, bool):
        return value
    if type(value) in (list, tuple):
        return [_fn_jsonable(part, default) for part in value]
    if hasattr(value, "_asdict") or type(value).__name__ in ("Counter", "defaultdict") or type(value) is dict:
        return {key: _fn_jsonable(value[key], default) for key in value}
    return _fn_jsonable(default(value), default)


def _fn_is_integer(owner: Any) -> Any:
    """`number.is_integer()`."""
    return owner == int(owner) if type(owner) in (float, int) else owner.is_integer()


def _fn_bit_length(owner: Any) -> int:
    """`number.bit_length()`."""
    return len(bin(abs(owner))) - 2 if owner else 0


def _fn_difference_update(owner: Any, *others: Any) -> None:
    """`some_set.difference_update(...)`."""
    for other in others:
        for part in list(other):
            owner.discard(part)


def _fn_intersection_update(owner: Any, *others: Any) -> None:
    """`some_set.intersection_update(...)`."""
    for other in others:
        kept = set(other)
        for part in list(owner):
            if part not in kept:
                owner.discard(part)
