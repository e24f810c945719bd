"""Values on their way into the sandbox and out of it.

Covered: plain values are copied, records (dataclasses, pydantic models, objects with plain attributes) show their
public fields and come back as the same object, everything else is shown as text; nothing is ever callable from the
sandbox. Each value has a budget of nodes, depth and characters, counted as the value would print, because a value
that shares its parts can be small in memory and endless on paper. Not covered: changes that the sandbox makes to a
value stay there.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import math
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Mapping, MappingView, Sequence, Set
from pathlib import PurePath
from types import EllipsisType
from typing import Any

from pydantic_monty import ClassInstance, ClassType, MontyClassProxy, MontyClassTypeProxy, MontyStdTypeProxy

from agent.sandbox_limits import SandboxLimits

_LONGEST_INTEGER_BITS = math.floor(4_300 / math.log10(2))
"""Python refuses to print an integer of more than 4,300 digits, and raises when somebody tries."""
_PLAIN = (type(None), bool, float, complex, datetime.date, datetime.time, datetime.timedelta, datetime.timezone)
_SHOWN_CHARACTERS = 200
"""Characters that are shown of an object that can only be shown as text."""


class ValueTooLarge(ValueError):
    """A value has more in it than may cross the wall."""


class _Shown(ClassInstance):
    """A host object of which the sandbox sees the given attributes, and no method."""

    shown: dict[str, Any]

    def get_eager_attrs(self) -> dict[str, Any]:
        return self.shown


class _Budget:
    """What is left for one value."""

    def __init__(self, limits: SandboxLimits) -> None:
        self._limits = limits
        self._nodes = limits.value_nodes
        self._characters = limits.value_characters

    def spend(self, depth: int, characters: int = 0) -> None:
        self._nodes -= 1
        self._characters -= characters
        if depth > self._limits.value_depth:
            raise ValueTooLarge(f"the value is nested more than {self._limits.value_depth} levels deep")
        if self._nodes < 0:
            raise ValueTooLarge(f"the value has more than {self._limits.value_nodes:,} parts")
        if self._characters < 0:
            raise ValueTooLarge(f"the value has more than {self._limits.value_characters:,} characters")

    def spend_integer(self, depth: int, value: int) -> None:
        if value.bit_length() > _LONGEST_INTEGER_BITS:
            raise ValueTooLarge("the value has an integer of more than 4,300 digits")
        self.spend(depth)


class ValueBridge:
    """Carries values over the wall of one sandbox, and knows the objects that it has shown."""

    def __init__(self, limits: SandboxLimits) -> None:
        self._limits = limits
        self._objects: dict[uuid.UUID, Any] = {}
        self._ids: dict[int, uuid.UUID] = {}
        self._types: dict[type, ClassType] = {}

    def into(self, value: Any) -> Any:
        """What Monty may be given for `value`.

        Raises:
            ValueTooLarge: The value is over the budget. Nothing else is ever raised for a value's sake.
        """
        return self._into(value, _Budget(self._limits), 0)

    def out_of(self, value: Any) -> Any:
        """What the host gets for `value`: plain values, and the host's own objects again.

        Raises:
            ValueTooLarge: The value is over the budget.
        """
        return self._out(value, _Budget(self._limits), 0)

    def _into(self, value: Any, budget: _Budget, depth: int) -> Any:
        if isinstance(value, enum.Enum):
            return self._into(value.value, budget, depth)
        if (number := _plain_number(value)) is not None:
            value = number
        if isinstance(value, int) and not isinstance(value, bool):
            budget.spend_integer(depth, value)
            return int(value)
        if isinstance(value, str):
            budget.spend(depth, len(value))
            return str(value).encode("utf-8", "replace").decode("utf-8")
        if isinstance(value, bytes | bytearray | memoryview):
            budget.spend(depth, len(value))
            return bytes(value)
        budget.spend(depth)
        return value if _is_plain(value) else self._into_collection(value, budget, depth)

    def _into_collection(self, value: Any, budget: _Budget, depth: int) -> Any:
        def convert(part: Any) -> Any:
            return self._into(part, budget, depth + 1)

        if isinstance(value, Mapping):
            return {_key(convert(key)): convert(part) for key, part in value.items()}
        if isinstance(value, tuple):
            return tuple(map(convert, value))
        if isinstance(value, Set):
            return {_key(convert(part)) for part in value}
        if _is_sequence(value):
            return list(map(convert, value))
        if isinstance(value, PurePath | uuid.UUID):
            return str(value)
        return self._into_object(value, convert)

    def _into_object(self, value: Any, convert: Callable[[Any], Any]) -> Any:
        fields = _public_fields(value)
        if fields is None:
            return _describe(value)
        shown = {name: convert(part) for name, part in fields.items()}
        kind = type(value)
        if kind not in self._types:
            self._types[kind] = ClassType(kind, id=uuid.uuid4())
        wrapper = _Shown(value, id=self._remember(value), class_type=self._types[kind])
        wrapper.shown = shown
        return wrapper

    def _remember(self, value: Any) -> uuid.UUID:
        known = self._ids.get(id(value))
        if known is None:
            known = self._ids[id(value)] = uuid.uuid4()
            self._objects[known] = value  # also keeps the object alive, so that its id() stays its own
        return known

    def _out(self, value: Any, budget: _Budget, depth: int) -> Any:
        if id(value) in self._ids:
            budget.spend(depth)
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            budget.spend_integer(depth, value)
            return value
        if isinstance(value, str | bytes):
            budget.spend(depth, len(value))
            return value
        budget.spend(depth)
        return value if _is_plain(value) else self._out_collection(value, budget, depth)

    def _out_collection(self, value: Any, budget: _Budget, depth: int) -> Any:
        def convert(part: Any) -> Any:
            return self._out(part, budget, depth + 1)

        if isinstance(value, dict):
            return {_key(convert(key)): convert(part) for key, part in value.items()}
        if isinstance(value, tuple):
            return tuple(map(convert, value))
        if isinstance(value, set | frozenset):
            return {_key(convert(part)) for part in value}
        if isinstance(value, list):
            return list(map(convert, value))
        if isinstance(value, MontyClassProxy):
            if value.id in self._objects:
                return self._objects[value.id]
            return {name: convert(part) for name, part in value.attributes.items()}
        if isinstance(value, MontyClassTypeProxy | MontyStdTypeProxy):
            return f"<{value.name}>"
        return _describe(value)


def _is_plain(value: Any) -> bool:
    return isinstance(value, (*_PLAIN, decimal.Decimal, EllipsisType))


def _plain_number(value: Any) -> Any:
    """The number inside a scalar of NumPy or torch; None for everything else."""
    return value.item() if _of_array_library(value) and value.shape == () else None


def _of_array_library(value: Any) -> bool:
    return type(value).__module__.split(".")[0] in ("numpy", "torch") and isinstance(
        getattr(value, "shape", None), tuple
    )


def _is_sequence(value: Any) -> bool:
    """Whether its parts in order are all there is to it: lists, ranges, deques, views of a dictionary, arrays."""
    return isinstance(value, Sequence | MappingView | deque) or _of_array_library(value)


def _key(value: Any) -> Any:
    """`value`, or its text where it cannot be a key."""
    if isinstance(value, list | dict | set | _Shown) or (isinstance(value, tuple) and not _hashable(value)):
        return _describe(value.value) if isinstance(value, _Shown) else str(value)
    return value


def _hashable(value: tuple[Any, ...]) -> bool:
    return all(not isinstance(part, list | dict | set | _Shown) for part in value)


def _public_fields(value: Any) -> dict[str, Any] | None:
    """The fields that a record shows; None for what is no record: functions, modules, classes, opaque objects."""
    if isinstance(value, type | BaseException) or callable(value):
        return None
    if dataclasses.is_dataclass(value):
        names: Iterable[str] = [field.name for field in dataclasses.fields(value)]
    elif isinstance(known := getattr(type(value), "model_fields", None), dict):
        names = known
    else:
        return _plain_attributes(value)
    fields = {name: getattr(value, name) for name in names if not name.startswith("_") and hasattr(value, name)}
    return {**fields, "_fn_fields": tuple(fields)}


def _plain_attributes(value: Any) -> dict[str, Any] | None:
    """Attributes of an unknown object that are plain values: what it refers to may lead anywhere in the host."""
    attributes = getattr(value, "__dict__", None)
    if not isinstance(attributes, dict) or type(value).__module__ == "builtins":
        return None
    plain = (*_PLAIN, int, str)
    return {
        name: part
        for name, part in attributes.items()
        if isinstance(name, str) and not name.startswith("_") and isinstance(part, plain)
    }


def _describe(value: Any) -> str:
    """A few words for a value that has no other form here."""
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"[:_SHOWN_CHARACTERS]
    name = getattr(value, "__name__", None)
    return f"<{type(value).__name__} {name}>" if isinstance(name, str) else f"<{type(value).__name__}>"
