"""The keys in brackets with which a model cites evidence."""

from __future__ import annotations

import re
from typing import Final

_KEYS: Final = re.compile(r"\s*\[\s*([nwct]\d+(?:\s*[,;]\s*[nwct]\d+)*)\s*\](?!\()")
"""One or several keys; `[n1](address)` is a link."""
_BETWEEN: Final = re.compile(r"\s*[,;]\s*")


def cited_keys(sentence: str) -> tuple[str, ...]:
    """The keys that a sentence cites, in order, each once."""
    return tuple(dict.fromkeys(key for match in _KEYS.finditer(sentence) for key in _BETWEEN.split(match[1])))


def without_keys(sentence: str) -> str:
    """The sentence without the keys that it cites."""
    return _KEYS.sub("", sentence).strip()
