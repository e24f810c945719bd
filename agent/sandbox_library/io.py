"""`io.StringIO`."""

from __future__ import annotations

from typing import Any

EXPORTS = "StringIO"


class StringIO:
    """A text that is read and written like a file."""

    def __init__(self, initial_value: str = "") -> None:
        self._text = initial_value
        self._place = 0

    def write(self, text: str) -> int:
        """Write at the current place."""
        self._text = self._text[: self._place] + text + self._text[self._place + len(text) :]
        self._place += len(text)
        return len(text)

    def read(self, size: int = -1) -> str:
        """Read from the current place."""
        end = len(self._text) if size < 0 else self._place + size
        text = self._text[self._place : end]
        self._place += len(text)
        return text

    def readline(self) -> str:
        """Read one line with its end."""
        end = self._text.find("\n", self._place)
        return self.read(-1 if end < 0 else end + 1 - self._place)

    def readlines(self) -> Any:
        """Read the lines that are left."""
        return self.read().splitlines(True)

    def __iter__(self) -> Any:
        return iter(self.readlines())

    def getvalue(self) -> str:
        """The whole text."""
        return self._text

    def seek(self, place: int) -> int:
        """Go to a place."""
        self._place = place
        return place

    def close(self) -> None:
        """Do nothing."""

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()
