"""The door for models that are not ours: whatever they raise is a `ModelFailed` beyond it.

Our own models convert the errors of their libraries themselves, so that a mistake in our code is not taken for one of a
model. Covered: `hf:`, `litellm:`, and a smolagents `Model` that a program hands over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from smolagents import ChatMessage, Model
from smolagents.models import ChatMessageStreamDelta

from agent.errors import AgentError, ModelFailed
from agent.mended_actions import MendedActions


class ForeignModel(Model):  # type: ignore[misc]  # smolagents is not typed
    """Another model, with its errors converted; what else it has is its own."""

    def __init__(self, model: Any) -> None:
        super().__init__(model_id=getattr(model, "model_id", None))
        self._model = model

    def __getattr__(self, name: str) -> Any:
        if name == "_model":  # not there yet: a copy is being made
            raise AttributeError(name)
        return getattr(self._model, name)

    @property
    def supports_stop_parameter(self) -> bool:
        return bool(self._model.supports_stop_parameter)

    def generate(self, *arguments: Any, **options: Any) -> ChatMessage:
        """As the model's own.

        Raises:
            ModelFailed: The model raised anything but a failed assertion.
        """
        with _as_failures():
            return self._model.generate(*arguments, **options)

    def parse_tool_calls(self, message: ChatMessage) -> ChatMessage:
        """As the model's own."""
        return self._model.parse_tool_calls(message)


class StreamingForeignModel(ForeignModel):
    """The same for a model that streams."""

    def generate_stream(self, *arguments: Any, **options: Any) -> Iterator[ChatMessageStreamDelta]:
        """As the model's own; errors are those of `generate`."""
        with _as_failures():
            yield from self._model.generate_stream(*arguments, **options)


def behind_the_door(model: Any) -> Model:
    """`model`, whose errors are ours from here on; our own models are handed back as they are."""
    if isinstance(model, (MendedActions, ForeignModel)):
        return model
    return StreamingForeignModel(model) if hasattr(model, "generate_stream") else ForeignModel(model)


@contextmanager
def _as_failures() -> Iterator[None]:
    try:
        yield
    except (AgentError, AssertionError):
        raise
    except Exception as error:  # readers of other people's models cannot know what those raise
        raise ModelFailed(" ".join(f"{type(error).__name__}: {error}".split())) from error
