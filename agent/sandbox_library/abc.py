"""`abc`: nothing is checked, and everything works."""

from __future__ import annotations

from typing import Any

EXPORTS = "ABC abstractmethod"

ABC = object


def abstractmethod(function: Any) -> Any:
    """The function itself."""
    return function
