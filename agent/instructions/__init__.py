"""How the tools of the team are described to models; the prompts beside it are read by `agent.generation`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class ToolText:
    """How a tool is described to a model; `inputs` is in the form of smolagents."""

    text: str
    inputs: Mapping[str, Mapping[str, Any]]


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
