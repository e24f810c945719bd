"""What a run of the team may still use, and whether it was told to stop.

Everything that takes time asks `check()` first: each call of a model, each call of a tool. Not covered: a tool that
does not return. Whoever waits for the run does not wait for that tool, see `agent/team_run.py`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from agent.errors import AgentError, RunStopped
from agent.settings import TeamSettings

Clock = Callable[[], float]

_ENDING: Final = 0.1
"""Share of the time that is kept for what follows the work: a search and the choice of sentences, where nothing was
verified. That takes 0.6 seconds of a processor the first time, 0.1 later."""


class Budget:
    """Seconds and tokens of one run, shared by all its agents.

    Attributes:
        mistake: An error of our own, which whoever asked must learn of: no model and no tool is to blame.
    """

    def __init__(self, settings: TeamSettings, clock: Clock = time.monotonic) -> None:
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.reason = ""
        self.gave_up = False
        self.mistake: Exception | None = None
        self._settings = settings
        self._clock = clock
        self._deadline = clock() + (1 - _ENDING) * settings.seconds
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def stop(self, reason: str, *, gave_up: bool = False) -> None:
        """Let nothing more be started; the first reason stays.

        Args:
            reason: In words that can stand below an answer.
            gave_up: Whether there is time and leave to try another way.
        """
        with self._lock:
            if not self._stopped.is_set():
                self.reason, self.gave_up = reason, gave_up
                self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether the run is over; looks at the clock."""
        if self.seconds_left <= 0:
            self.stop(f"The time of {self._settings.seconds:g} seconds ran out.")
        return self._stopped.is_set()

    @property
    def seconds_left(self) -> float:
        """Seconds until the work has to end."""
        return max(0.0, self._deadline - self._clock())

    def check(self) -> None:
        """Raise `RunStopped` when the run is over."""
        if self.stopped:
            raise RunStopped(self.reason)

    @contextmanager
    def own_mistakes(self) -> Iterator[None]:
        """Let errors of models, tools and smolagents pass; any other ends the run, whoever would catch it further up.

        Raises:
            RunStopped: In place of an error that is our own.
        """
        from smolagents.utils import AgentError as SmolagentsError

        try:
            yield
        except (AgentError, SmolagentsError):
            raise
        except Exception as error:
            if not self._stopped.is_set():  # what is left of a run that is over may fail as it likes
                self.mistake = error
            self.stop(f"A mistake of footnote ended the run: {type(error).__name__}.")
            raise RunStopped(self.reason) from error

    def spend(self, prompt: int, completion: int) -> None:
        """Count the tokens of one call of a model."""
        with self._lock:
            self.prompt_tokens += prompt
            self.completion_tokens += completion
            total = self.prompt_tokens + self.completion_tokens
        if total > self._settings.tokens:
            self.stop(f"The budget of {self._settings.tokens:,} tokens ran out.")
