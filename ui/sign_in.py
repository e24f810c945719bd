"""Signing in: a right password, and a wait for whoever tries wrong ones."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar

from ui.accounts import Accounts

client_address: ContextVar[str] = ContextVar("client_address", default="")
"""Where the request comes from that is answered; `ui.guard` sets it, as Gradio passes on name and password only."""

_AT_ONCE = 2
"""Passwords that are checked side by side: each takes 32 MiB and a processor."""


class SignIn:
    """Whether a name and a password let somebody in."""

    def __init__(self, accounts: Accounts, clock: Callable[[], float] = time.monotonic) -> None:
        self._accounts = accounts
        self._delays = Delays(clock)
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def admits(self, name: str, password: str) -> bool:
        """Whether they may come in; a name or address that has to wait may not, whatever the password.

        Gradio takes this method, never the object: what an object's `async __call__` returns is true for Gradio.
        """
        named, placed = f"name {name[:64]}", f"address {client_address.get()}"
        if self._delays.begin(named, placed):
            return False
        async with self._places:
            right = await asyncio.to_thread(self._accounts.password_is_right, name, password)
        if right:
            self._delays.forget(named)
            self._delays.withdraw(placed)
        return right


class Delays:
    """How long a name or an address has to wait after wrong passwords; nothing is kept for longer than a quarter hour.

    The first three failures are free, then the wait doubles from one second up to a minute.
    """

    _FREE = 3
    _LONGEST = 60.0
    _FORGOTTEN = 900.0
    _MOST_KEYS = 10_000

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def begin(self, *keys: str) -> float:
        """Seconds to wait before a try; where it is 0, the try counts as a failure from now on.

        Counting it first keeps tries that run side by side from all being the first.
        """
        with self._lock:
            now = self._clock()
            wait = max((self._wait(key, now) for key in keys), default=0.0)
            if not wait:
                for key in keys:
                    self._failures[key] = (self._count(key, now) + 1, now)
                self._make_room()
            return wait

    def forget(self, key: str) -> None:
        """Forget all failures of a key."""
        with self._lock:
            self._failures.pop(key, None)

    def withdraw(self, key: str) -> None:
        """Take back the last try of a key, which was right; those before it still count, and were waited for.

        So nobody clears an address with a password of their own, and nobody waits because another has signed in.
        """
        with self._lock:
            count, last = self._failures.get(key, (0, 0.0))
            if count:
                self._failures[key] = (count - 1, last - self._length(count - 1))

    def _count(self, key: str, now: float) -> int:
        count, last = self._failures.get(key, (0, now))
        return count if now - last < self._FORGOTTEN else 0

    def _wait(self, key: str, now: float) -> float:
        length = self._length(self._count(key, now))
        return max(0.0, self._failures[key][1] + length - now) if length else 0.0

    def _length(self, count: int) -> float:
        """Seconds to wait after so many failures."""
        return 0.0 if count < self._FREE else min(2.0 ** (count - self._FREE), self._LONGEST)

    def _make_room(self) -> None:
        if len(self._failures) > self._MOST_KEYS:
            oldest = sorted(self._failures, key=lambda key: self._failures[key][1])
            for key in oldest[: self._MOST_KEYS // 2]:
                del self._failures[key]
