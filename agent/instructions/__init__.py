"""What the models of the team are told: prompts with places to fill in, and the descriptions of tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.generation import instructions

if TYPE_CHECKING:
    from jinja2 import Template

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class ToolText:
    """How a tool is described to a model; `inputs` is in the form of smolagents."""

    text: str
    inputs: Mapping[str, Mapping[str, Any]]


def filled(name: str, **values: Any) -> str:
    """The prompt of that name, a Jinja template, with `values` in their places."""
    return _template(name).render(**values)


@lru_cache
def _template(name: str) -> Template:
    """The template, compiled once: that takes longer than a step of the sandbox."""
    from jinja2 import StrictUndefined, Template

    template: Template = Template(instructions(name), undefined=StrictUndefined)
    return template


@lru_cache(maxsize=1)
def tool_texts() -> Mapping[str, ToolText]:
    """Name → description of every tool of the team."""
    import yaml

    known = yaml.safe_load((_FOLDER / "tools.yaml").read_text("utf-8"))
    return {name: ToolText(one["text"], _inputs(one["inputs"])) for name, one in known.items()}


def _inputs(described: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        name: {"type": one["type"], "description": one["text"]} | ({"nullable": True} if one.get("optional") else {})
        for name, one in described.items()
    }
