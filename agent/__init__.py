"""A question in, a verified answer out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.answer import Answer, Citation
    from agent.assistant import Assistant, Conversation
    from agent.errors import AgentError
    from agent.settings import Settings

__all__ = ["AgentError", "Answer", "Assistant", "Citation", "Conversation", "Settings"]

_HOMES = {
    "AgentError": "errors",
    "Answer": "answer",
    "Assistant": "assistant",
    "Citation": "answer",
    "Conversation": "assistant",
    "Settings": "settings",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import agent` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'agent' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"agent.{_HOMES[name]}"), name)
