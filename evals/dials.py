"""Settings by name: what can be varied, and settings with other values in their place.

A dial is a field of `agent.settings.Settings` or of a record in it, called by its dotted name (`search.dense_weight`)
or, where only one field is called so, by its last part (`dense_weight`).
"""

from __future__ import annotations

import dataclasses
import difflib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.settings import Settings
from evals.errors import InvalidDial
from evals.run_setup import Dial

RUN_DIALS = ("model", "mode", "search_mode")
"""Dials that are options of a run, not settings."""
_ALSO_CALLED = {"fusion_weight": "search.dense_weight"}


def dials_of(settings: Settings) -> dict[str, Dial]:
    """Dotted name → value of everything that can be varied; folders and the model are not among it."""
    return {name: value for name, value in _fields(settings) if isinstance(value, str | int | float)}


def with_dials(settings: Settings, values: Mapping[str, str]) -> Settings:
    """The settings with some dials turned, each value read as the type that the dial has.

    Raises:
        InvalidDial: There is no such dial, its name is not unique, or it cannot take the value.
    """
    known = dials_of(settings)
    changed: Any = settings
    for name, text in values.items():
        full = _full_name(name, known)
        try:
            changed = _replaced(changed, full.split("."), _value(known[full], text))
        except (ValueError, TypeError) as error:
            raise InvalidDial(f"{name} cannot be {text!r}: {error}") from error
    return changed  # type: ignore[no-any-return]


def parse_grid(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Dial → values, from texts such as `dense_weight=0.3,0.5`.

    Raises:
        InvalidDial: A text is not of that form, or names a dial twice.
    """
    grid: dict[str, tuple[str, ...]] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        chosen = tuple(dict.fromkeys(value.strip() for value in values.split(",") if value.strip()))
        if not name or not equals or not chosen:
            raise InvalidDial(f"--vary takes NAME=VALUE,VALUE..., such as dense_weight=0.3,0.5; not {text!r}")
        if name in grid:
            raise InvalidDial(f"--vary names {name!r} twice; give all its values at once")
        grid[name] = chosen
    return grid


def cells(grid: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """Every combination of values, the last dial turning fastest; one empty combination without dials."""
    for values in itertools.product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def _value(known: Dial, text: str) -> Dial:
    """The text as a value of the type that the dial has."""
    if not isinstance(known, bool):
        return type(known)(text)
    if text.casefold() not in ("true", "false"):
        raise ValueError("it is true or false")
    return text.casefold() == "true"


def _fields(record: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if dataclasses.is_dataclass(value):
            yield from _fields(value, f"{prefix}{field.name}.")
        elif not isinstance(value, Path) and prefix + field.name not in RUN_DIALS:
            yield prefix + field.name, value


def _full_name(name: str, known: Mapping[str, Dial]) -> str:
    name = _ALSO_CALLED.get(name, name)
    if name in known:
        return name
    found = [full for full in known if name == full.rpartition(".")[2]]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidDial(f"{name!r} may be {' or '.join(found)}; give the whole name")
    short = [*(full.rpartition(".")[2] for full in known), *RUN_DIALS]
    near = difflib.get_close_matches(name, short, n=1)
    raise InvalidDial(f"there is no setting {name!r}; " + (f"did you mean {near[0]!r}?" if near else _listed(short)))


def _listed(names: Sequence[str]) -> str:
    return f"known are {', '.join(sorted(names))}"


def _replaced(record: Any, path: Sequence[str], value: Dial) -> Any:
    first, *rest = path
    inner = _replaced(getattr(record, first), rest, value) if rest else value
    return dataclasses.replace(record, **{first: inner})
