"""From an order to messages for the page: wait in line, answer, keep the turn; a reader may stop it at any moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import cast

from agent import Answer, Conversation
from agent.errors import AgentError
from agent.events import AnswerReady, Event
from retrieval.errors import RetrievalError
from ui.errors import UiError, UnknownTalk
from ui.history import History
from ui.page.answers import failure_html
from ui.page.assistants import Assistants
from ui.page.line import Line, LineFull, Place
from ui.page.live import LiveAnswer, Message, Pace
from ui.page.orders import Order

_UPDATE_SECONDS = 0.11
"""Between two updates: nine a second read as one flow, and a browser keeps up with them."""


class Asking:
    """Answers orders.

    Args:
        assistants: Who answers.
        history: Keeps the turns of those who have a user.
        line: Where questions wait.
        clock: Seconds that never go back.
    """

    def __init__(
        self, assistants: Assistants, history: History, line: Line, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._assistants = assistants
        self._history = history
        self._line = line
        self._clock = clock
        self._cancels: dict[tuple[str, str], threading.Event] = {}

    def messages(self, order: Order, user: str | None) -> Generator[Message, None, None]:
        """What the page shows, until the answer is there or the question has failed; every message is whole.

        While the question waits in line, the next message is there at once: whoever reads them waits in between.
        """
        key = (user or "", order.ask_id)
        cancel = self._cancels[key] = threading.Event()
        try:
            with self._line.join() as place:
                yield from self._queued(place, cancel)
                if not cancel.is_set():
                    yield from self._answered(order, user, cancel)
                else:
                    yield _failed("Stopped before it was its turn.")
        except (AgentError, RetrievalError, UiError, LineFull, ValueError) as error:
            yield _failed(str(error))
        finally:
            self._cancels.pop(key, None)

    def stop(self, user: str | None, ask_id: str) -> None:
        """Stop that question of that user; what was verified is kept."""
        cancel = self._cancels.get((user or "", ask_id))
        if cancel:
            cancel.set()

    def _queued(self, place: Place, cancel: threading.Event) -> Iterator[Message]:
        while (before := place.before) and not cancel.is_set():
            yield {"state": "queued", "before": before}

    def _answered(self, order: Order, user: str | None, cancel: threading.Event) -> Iterator[Message]:
        started = self._clock()
        assistant = self._assistants.find(order)
        earlier = self._earlier(order, user)
        talk = Conversation(assistant, earlier[-20:], len(earlier))
        turn = len(earlier) + 1 if user else order.turn
        web_possible = self._assistants.web is not None and not order.web
        live = LiveAnswer(turn, assistant.index.note, web_possible)
        pace = Pace(_UPDATE_SECONDS, self._clock)
        events = talk.stream(order.question, mode=order.mode, where=order.where, cancel=cancel)
        with closing(cast("Generator[Event, None, None]", events)) as running:
            for event in running:
                live.take(event)
                if isinstance(event, AnswerReady):
                    break
                if cancel.is_set() and not live.by_team:
                    break
                if pace.due():
                    yield live.message()
        answer = live.answer or live.stopped(order.question, assistant.model, order.mode, self._clock() - started)
        yield {**live.message(), "talk": self._kept(order, user, answer)}

    def _earlier(self, order: Order, user: str | None) -> list[Answer]:
        return self._history.answers(user, order.talk_id) if user and order.talk_id else []

    def _kept(self, order: Order, user: str | None, answer: Answer) -> str:
        """The id of the talk that the answer was added to."""
        if not user:
            return ""
        talk_id = order.talk_id or self._history.begin(user)
        try:
            self._history.add(user, talk_id, answer)
        except UnknownTalk:  # it was deleted while the answer was made
            return ""
        return talk_id


def _failed(reason: str) -> Message:
    return {"state": "failed", "parts": {"trace": "", "answer": [failure_html(reason)], "foot": ""}, "said": reason}
