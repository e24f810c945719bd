"""What our models share as smolagents models: their agents' actions are mended before they are read."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from threading import Lock
from typing import Any

from smolagents import ChatMessage
from smolagents.models import ChatMessageToolCall, ChatMessageToolCallFunction, MessageRole, parse_json_if_needed

from agent.action_repair import Repaired, mend_code, read_tool_call

CODE_END = "</code>"
"""A `CodeAgent` stops at it; a call that does so wants code."""


class MendedActions:
    """Mixed into a `Model`; `repairs` counts what was mended, by name."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.repairs: Counter[str] = Counter()
        self._counting = Lock()

    def parse_tool_calls(self, message: ChatMessage) -> ChatMessage:
        """The message with its tool calls, read from its text where the model has no form of its own for them.

        Raises:
            ValueError: No tool is called; smolagents hands the message back to the model.
        """
        message.role = MessageRole.ASSISTANT
        if not message.tool_calls:
            call = self._counted(read_tool_call(str(message.content or "")))
            function = ChatMessageToolCallFunction(name=call["name"], arguments=call["arguments"])
            message.tool_calls = [ChatMessageToolCall(function=function, id=str(uuid.uuid4()), type="function")]
        for made in message.tool_calls:
            made.function.arguments = parse_json_if_needed(made.function.arguments)
        return message

    def mended_text(self, text: str, stops: Sequence[str] | None) -> str:
        """The text of a whole message; code gets the fences that it lacks."""
        if CODE_END not in (stops or ()):
            return text
        return str(self._counted(mend_code(text)))

    def _counted(self, repaired: Repaired) -> Any:
        with self._counting:
            self.repairs.update(repaired.repairs)
        return repaired.content
