"""The model of a run as its agents see it: within the budget, cancelled at any token, without its asides."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from smolagents import ChatMessage, Model
from smolagents.models import agglomerate_stream_deltas

from agent.budget import Budget

Repair = Callable[[ChatMessage], ChatMessage]
"""What is made of a message that may not be a valid action."""

_ASIDE: Final = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
"""What a model thinks aloud. smolagents would run code that stands in it."""
_CHARACTERS_A_TOKEN: Final = 4
"""For models that do not say how many tokens they used."""


class GuardedModel(Model):  # type: ignore[misc]  # smolagents is not typed
    """Another model, which stops when the run is over."""

    def __init__(self, model: Model, budget: Budget, repair: Repair) -> None:
        super().__init__(model_id=getattr(model, "model_id", None))
        self._model = model
        self._budget = budget
        self._repair = repair

    def generate(self, messages: list[ChatMessage], *args: Any, **options: Any) -> ChatMessage:
        """As the model's own.

        Raises:
            RunStopped: The run is over, or was stopped while the model wrote.
        """
        self._budget.check()
        with self._budget.own_mistakes():
            message = self._written(messages, *args, **options)
            self._count(messages, message)
            if isinstance(message.content, str):
                message.content = _ASIDE.sub("", message.content).strip()
            return self._repair(message)

    def parse_tool_calls(self, message: ChatMessage) -> ChatMessage:
        """As the model's own."""
        return self._model.parse_tool_calls(message)

    def _written(self, messages: list[ChatMessage], *args: Any, **options: Any) -> ChatMessage:
        if not hasattr(self._model, "generate_stream"):
            return self._model.generate(messages, *args, **options)
        deltas = []
        stream = self._model.generate_stream(messages, *args, **options)
        try:
            for delta in stream:
                deltas.append(delta)
                self._budget.check()
        finally:
            close = getattr(stream, "close", None)
            if close:
                close()
        return agglomerate_stream_deltas(deltas)

    def _count(self, messages: list[ChatMessage], message: ChatMessage) -> None:
        used = message.token_usage
        if used is not None:
            self._budget.spend(used.input_tokens, used.output_tokens)
            return
        prompt = sum(len(str(one.content)) for one in messages)
        self._budget.spend(prompt // _CHARACTERS_A_TOKEN, len(str(message.content)) // _CHARACTERS_A_TOKEN)
