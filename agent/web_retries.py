"""When a busy server is asked again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

Sleep = Callable[[float], None]
"""Waits for that many seconds."""

_FIRST_PAUSE: Final = 0.5
"""Seconds before the second try; each further pause is twice as long."""
_LONGEST_PAUSE: Final = 5.0
"""Seconds: a server that wants a longer pause is not asked again, since somebody waits for the answer."""


def pause_before(attempt: int, status: int, retry_after: str = "") -> float | None:
    """Seconds until the try number `attempt` (from 1, the first repetition); None where a repetition is of no use.

    Args:
        attempt: The repetition.
        status: Of the last answer; 429 and 5xx are worth another try.
        retry_after: What the server asks for, in seconds; a date counts as too long.
    """
    if status != 429 and not 500 <= status < 600:
        return None
    pause = _FIRST_PAUSE * 2 ** (attempt - 1)
    if retry_after:
        pause = max(pause, float(retry_after) if retry_after.isdecimal() else _LONGEST_PAUSE + 1)
    return pause if pause <= _LONGEST_PAUSE else None
