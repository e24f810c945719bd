"""Model specs: what `--model` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import UnknownModel

if TYPE_CHECKING:
    from smolagents import Model

EXTRACTIVE = "extractive"
KNOWN_SPECS = {EXTRACTIVE: "no LLM: quotes the sentences of your notes that answer best"}


def resolve_spec(spec: str | None) -> str:
    """The spec of the model that will answer; None picks the best one that is on this machine.

    Raises:
        UnknownModel: The spec is not one that footnote knows.
    """
    if spec in (None, "", "auto"):
        return EXTRACTIVE
    if spec not in KNOWN_SPECS:
        known = ", ".join(KNOWN_SPECS)
        raise UnknownModel(f"unknown model {spec!r}; known are {known} (`footnote doctor` lists what is there)")
    return spec


def open_model(spec: str) -> Model:
    """The LLM of a spec other than `extractive`.

    Raises:
        UnknownModel: The spec is not one that footnote knows.
    """
    raise UnknownModel(f"{spec!r} names no LLM; pass a smolagents `Model`, or use {EXTRACTIVE!r}")
