"""From smolagents' messages to the token ids that a local model reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.errors import ModelUnavailable

_ROLES = {"tool-call": "assistant", "tool-response": "user"}
"""Roles of smolagents that chat templates do not know."""

Turn = dict[str, str]


def turns_of(messages: Sequence[Any]) -> list[Turn]:
    """Role and plain text of each turn; neighbours of one role become one turn, as templates expect."""
    turns: list[Turn] = []
    for message in messages:
        role, content = _parts(message)
        role = _ROLES.get(role, role)
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += "\n" + content
        else:
            turns.append({"role": role, "content": content})
    return turns


def prompt_ids(tokenizer: Any, turns: Sequence[Turn], tools: Sequence[dict[str, Any]] | None = None) -> list[int]:
    """The ids of the prompt, up to where the model's own turn begins.

    A template that knows no system turn gets its text at the head of the first user turn.

    Raises:
        ModelUnavailable: The chat template fails on these turns.
    """
    import jinja2

    try:
        return _render(tokenizer, turns, tools)
    except jinja2.TemplateError:
        pass  # tried again without a system turn
    try:
        return _render(tokenizer, without_system(turns), tools)
    except jinja2.TemplateError as error:
        raise ModelUnavailable(
            f"the chat template of the model fails ({_first_line(error)}); choose another model"
        ) from error


def without_system(turns: Sequence[Turn]) -> list[Turn]:
    """The turns with the system's text inside the first user turn."""
    system = "\n\n".join(turn["content"] for turn in turns if turn["role"] == "system")
    rest = [dict(turn) for turn in turns if turn["role"] != "system"]
    if not system:
        return rest
    if not rest or rest[0]["role"] != "user":
        return [{"role": "user", "content": system}, *rest]
    rest[0]["content"] = f"{system}\n\n{rest[0]['content']}"
    return rest


def _render(tokenizer: Any, turns: Sequence[Turn], tools: Sequence[dict[str, Any]] | None) -> list[int]:
    rendered = tokenizer.apply_chat_template(
        list(turns), tools=list(tools) if tools else None, add_generation_prompt=True, tokenize=True, return_dict=True
    )
    return [int(token) for token in rendered["input_ids"]]


def _parts(message: Any) -> tuple[str, str]:
    """Role and text of a `ChatMessage` or of a dictionary like one."""
    known = message if isinstance(message, dict) else {"role": message.role, "content": message.content}
    role = getattr(known["role"], "value", known["role"])
    content = known["content"] or ""
    if isinstance(content, str):
        return str(role), content
    return str(role), "\n".join(part["text"] for part in content if part.get("type") == "text")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
