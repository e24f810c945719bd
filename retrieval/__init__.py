"""Chunks in, ranked hits out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retrieval.errors import RetrievalError
    from retrieval.hit import Hit
    from retrieval.index import Index
    from retrieval.settings import SearchSettings
    from retrieval.updating import Progress, UpdateReport

__all__ = ["Hit", "Index", "Progress", "RetrievalError", "SearchSettings", "UpdateReport"]

_HOMES = {
    "Hit": "hit",
    "Index": "index",
    "Progress": "updating",
    "RetrievalError": "errors",
    "SearchSettings": "settings",
    "UpdateReport": "updating",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import retrieval` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'retrieval' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"retrieval.{_HOMES[name]}"), name)
