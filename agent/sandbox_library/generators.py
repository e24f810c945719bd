"""Generators that run to their end when they are called, and hand out what they collected."""

from __future__ import annotations

from typing import Any

_fn_open_generators: Any = []
_fn_most_values = 100_000


def _fn_generator(function: Any) -> Any:
    """The generator function whose `yield` statements became calls of `_fn_emit`."""

    def run(*parts: Any, **named: Any) -> Any:
        _fn_open_generators.append([])
        try:
            function(*parts, **named)
        except BaseException:
            _fn_open_generators.pop()
            raise
        return iter(_fn_open_generators.pop())

    return run


def _fn_generate(method: Any, parts: Any, named: Any) -> Any:
    """What a method whose `yield` statements became calls of `_fn_emit` has to give."""
    return _fn_generator(method)(*parts, **named)


def _fn_emit(value: Any = None) -> None:
    """Take the place of `yield value`."""
    values = _fn_open_generators[-1]
    if len(values) >= _fn_most_values:
        raise RuntimeError(
            "a generator is run to its end at once here, and this one has no end within 100,000 values: "
            "give it a limit, or use a while loop with break"
        )
    values.append(value)


def _fn_emit_all(values: Any) -> None:
    """Take the place of `yield from values`."""
    for value in values:
        _fn_emit(value)
