"""From token ids to the text that a reader may see: whole characters only, and nothing of a stop string."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_HALF_A_CHARACTER = "\N{REPLACEMENT CHARACTER}"


class VisibleText:
    """Text that grows token by token; a tail that may be the start of a stop string is held back."""

    def __init__(self, decode: Callable[[list[int]], str], stops: Sequence[str] = ()) -> None:
        self._decode = decode
        self._stops = tuple(stop for stop in stops if stop)
        self._ids: list[int] = []
        self._read = self._shown = 0
        self._held = ""
        self.stopped = False

    def push(self, ids: Sequence[int]) -> str:
        """What becomes visible with the tokens `ids`; nothing any more once a stop string was complete."""
        if self.stopped:
            return ""
        self._ids.extend(ids)
        return self._show(self._new_text(final=False))

    def finish(self) -> str:
        """What was held back and is no stop string after all."""
        if self.stopped:
            return ""
        shown = self._show(self._new_text(final=True))
        rest, self._held = self._held, ""
        return shown + ("" if self.stopped else rest)

    def _new_text(self, *, final: bool) -> str:
        """The text since the last call. Tokens are decoded beside their neighbours, whose white space they decide."""
        before = self._decode(self._ids[self._shown : self._read])
        text = self._decode(self._ids[self._shown :])
        if text.endswith(_HALF_A_CHARACTER) and not final:
            return ""
        self._shown, self._read = self._read, len(self._ids)
        return text[len(before) :]

    def _show(self, text: str) -> str:
        held = self._held + text
        cut = min((place for stop in self._stops if (place := held.find(stop)) >= 0), default=-1)
        if cut >= 0:
            self.stopped, self._held = True, ""
            return held[:cut]
        kept = max((_overlap(held, stop) for stop in self._stops), default=0)
        self._held = held[len(held) - kept :]
        return held[: len(held) - kept]


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of `text` begin `stop`."""
    return next((n for n in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:n])), 0)
