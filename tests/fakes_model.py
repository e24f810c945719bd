"""A language model that follows a script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from smolagents import ChatMessage, Model
from smolagents.models import (
    ChatMessageStreamDelta,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    MessageRole,
    TokenUsage,
)


class ScriptEnded(AssertionError):
    """The model was asked once more than its script provides for."""


class ScriptedModel(Model):  # type: ignore[misc]  # smolagents is not typed
    """Answers with one entry of its script after the other, and keeps what it was asked in `calls`.

    An entry is the text of an answer, a tool call `(name, arguments)`, a list of tool calls, an exception to raise, or
    a function of the messages that returns one of these.
    """

    def __init__(self, script: Iterable[Any], model_id: str = "scripted") -> None:
        super().__init__(model_id=model_id)
        self._script = list(script)
        self.calls: list[list[Any]] = []

    def generate(self, messages: list[Any], *_: Any, **__: Any) -> ChatMessage:
        self.calls.append(list(messages))
        if len(self.calls) > len(self._script):
            raise ScriptEnded(f"call {len(self.calls)} of a script with {len(self._script)} entries")
        entry = self._script[len(self.calls) - 1]
        if callable(entry):
            entry = entry(messages)
        if isinstance(entry, BaseException):
            raise entry
        return _message(entry, len(self.calls))

    def assert_finished(self) -> None:
        """Fail when a part of the script was not used."""
        assert len(self.calls) == len(self._script), f"{len(self.calls)} of {len(self._script)} entries were used"


class StreamingModel(ScriptedModel):
    """The same, a few characters at a time; `closed` says whether its reader left before the end.

    An entry that is a list of texts and exceptions is streamed as it stands.
    """

    PIECE = 7

    def __init__(self, script: Iterable[Any], model_id: str = "streaming") -> None:
        super().__init__(script, model_id)
        self.closed = False

    def generate_stream(self, messages: list[Any], *_: Any, **__: Any) -> Iterator[ChatMessageStreamDelta]:
        self.calls.append(list(messages))
        if len(self.calls) > len(self._script):
            raise ScriptEnded(f"call {len(self.calls)} of a script with {len(self._script)} entries")
        entry = self._script[len(self.calls) - 1]
        entry = entry(messages) if callable(entry) else entry
        if isinstance(entry, str):
            entry = [entry[at : at + self.PIECE] for at in range(0, len(entry), self.PIECE)]
        finished = False
        try:
            for piece in entry if isinstance(entry, Iterable) else [entry]:
                if isinstance(piece, BaseException):
                    raise piece
                yield ChatMessageStreamDelta(content=piece)
            yield ChatMessageStreamDelta(content="", token_usage=TokenUsage(input_tokens=10, output_tokens=5))
            finished = True
        finally:
            self.closed = not finished


def code(text: str) -> str:
    """An answer of a `CodeAgent` that runs `text`."""
    return f"Thought: go on.\n<code>\n{text}\n</code>"


def _message(entry: Any, number: int) -> ChatMessage:
    usage = TokenUsage(input_tokens=1, output_tokens=1)
    if isinstance(entry, str):
        return ChatMessage(role=MessageRole.ASSISTANT, content=entry, token_usage=usage)
    calls = entry if isinstance(entry, list) else [entry]
    made = [
        ChatMessageToolCall(
            function=ChatMessageToolCallFunction(name=name, arguments=arguments),
            id=f"call_{number:03}_{place:03}",
            type="function",
        )
        for place, (name, arguments) in enumerate(calls)
    ]
    return ChatMessage(role=MessageRole.ASSISTANT, content="", tool_calls=made, token_usage=usage)
