"""What `del` does, as expressions."""

from __future__ import annotations

from typing import Any


class _fn_Deleted:
    """What a deleted name holds, so that using it fails."""

    def __repr__(self) -> str:
        return "<deleted>"


_fn_deleted = _fn_Deleted()


def _fn_alive(value: Any, name: str) -> Any:
    """`value`, which some code may have deleted from the name that it is read from."""
    if value is _fn_deleted:
        raise NameError(f"name {name!r} is not defined")
    return value


def _fn_delete(owner: Any, key: Any) -> None:
    """`del owner[key]`."""
    if hasattr(owner, "__delitem__"):
        owner.__delitem__(key)
    else:
        owner.pop(key)
