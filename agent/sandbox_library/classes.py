"""What classes need that the interpreter's own lack: properties, static and class methods, enumerations, fields."""

from __future__ import annotations

from datetime import timezone as _fn_timezone
from typing import Any

IOError = OSError
EnvironmentError = OSError
ConnectionError = OSError
_fn_utc = _fn_timezone.utc  # noqa: UP017 - the interpreter has no `datetime.UTC`


def _fn_property(owner: Any, name: str, read: Any) -> Any:
    """`owner.name`, where some class has a property of this name."""
    method = getattr(owner, "_fn_property_" + name, None)
    return read(owner) if method is None else method()


class _fn_Static:
    """A function that a class holds and that does not take the object."""

    def __init__(self, function: Any, *first: Any) -> None:
        self.function = function
        self.first = first

    def __call__(self, *parts: Any, **named: Any) -> Any:
        function = self.function
        return function(*self.first, *parts, **named)


class _fn_Member:
    """A member of an enumeration."""

    def __init__(self, owner: str, name: str, value: Any) -> None:
        self.owner = owner
        self.name = name
        self.value = value

    def __repr__(self) -> str:
        return f"<{self.owner}.{self.name}: {self.value!r}>"

    def __str__(self) -> str:
        return f"{self.owner}.{self.name}"


class _fn_Enum:
    """An enumeration."""

    def __init__(self, name: str, members: Any) -> None:
        self._fn_members = [_fn_Member(name, key, value) for key, value in members]
        for member in self._fn_members:
            setattr(self, member.name, member)

    def __iter__(self) -> Any:
        return iter(self._fn_members)

    def __len__(self) -> int:
        count = 0
        for _ in self._fn_members:
            count += 1
        return count

    def __contains__(self, member: Any) -> bool:
        return member in self._fn_members

    def __getitem__(self, name: str) -> Any:
        for member in self._fn_members:
            if member.name == name:
                return member
        raise KeyError(name)

    def __call__(self, value: Any) -> Any:
        for member in self._fn_members:
            if member.value == value:
                return member
        raise ValueError(f"{value!r} is not a value of the enumeration")


def _fn_fields_of(record: Any) -> Any:
    names = getattr(record, "_fn_fields", None)
    if names is None:
        raise TypeError("it should be called on dataclass instances")
    return names


def _fn_asdict(record: Any) -> Any:
    """`dataclasses.asdict`."""
    return {name: _fn_without_records(getattr(record, name)) for name in _fn_fields_of(record)}


def _fn_without_records(value: Any) -> Any:
    if hasattr(value, "_fn_fields"):
        return _fn_asdict(value)
    if type(value) in (list, tuple):
        return type(value)([_fn_without_records(part) for part in value])
    if type(value) is dict:
        return {key: _fn_without_records(part) for key, part in value.items()}
    return value


def _fn_astuple(record: Any) -> Any:
    """`dataclasses.astuple`."""
    return tuple([getattr(record, name) for name in _fn_fields_of(record)])


def _fn_replace_fields(record: Any, **changes: Any) -> Any:
    """`dataclasses.replace`."""
    kept = {name: getattr(record, name) for name in _fn_fields_of(record)}
    return type(record)(**{**kept, **changes})


def _fn_keep(function: Any) -> Any:
    """The function itself: what `functools.wraps` and `abstractmethod` come to here."""
    return function


def _fn_wraps(function: Any) -> Any:
    """`functools.wraps`; functions have no name here that could be carried over."""
    return _fn_keep


def _fn_cast(kind: Any, value: Any) -> Any:
    """`typing.cast`."""
    return value
