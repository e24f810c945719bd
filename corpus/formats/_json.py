"""JSON as files really hold it: what its decoder raises, and its strings made safe."""

from __future__ import annotations

from typing import Any

BROKEN_JSON = (ValueError, RecursionError)
"""What the decoder raises on text that is no JSON, on numbers of absurd length, and on absurd nesting."""


def encodable(text: str) -> str:
    """`text` without NUL and without halves of surrogate pairs, both of which JSON can smuggle in by escapes."""
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\x00", "")


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects in a JSON array; none where `value` is something else."""
    return [member for member in value if isinstance(member, dict)] if isinstance(value, list) else []


def words(value: Any) -> str:
    """A JSON string or number as text; empty where `value` is something else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return encodable(str(value))
