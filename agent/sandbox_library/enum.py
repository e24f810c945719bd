"""`enum`: a class made from `Enum` becomes an enumeration when the code is rewritten."""

from __future__ import annotations

EXPORTS = "Enum auto"

Enum = object


def auto() -> None:
    """The next number, where a member is defined."""
