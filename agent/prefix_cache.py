"""What a model remembers of earlier prompts, so that an agent's next step is read from where it differs.

Every agent begins with instructions of its own and repeats its steps, so the entry with the longest common beginning is
that of the same agent, or of one with the same instructions. An entry is handed out for one generation and put back.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from agent.growing_cache import GrowingLayer

_SHORTEST = 16
"""Tokens; copying or cropping a state for fewer costs more than reading them."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """The tokens that were read, and the model's state after them (see `agent.growing_cache`)."""

    ids: tuple[int, ...]
    state: Any

    @property
    def nbytes(self) -> int:
        """Memory of the keys and values, and of the room behind them."""
        layers = [layer for layer in self.state.layers if getattr(layer, "keys", None) is not None]
        return sum(held.untyped_storage().nbytes() for layer in layers for held in (layer.keys, layer.values))

    @property
    def can_go_back(self) -> bool:
        """Whether the last tokens can be taken away again: not for sliding windows and recurrent layers."""
        return all(isinstance(layer, GrowingLayer) for layer in self.state.layers)


class PrefixCache:
    """Prefixes within a memory limit; the one that was used longest ago goes first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[int, Prefix] = OrderedDict()
        self._names = count()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def nbytes(self) -> int:
        """Memory of all entries."""
        return sum(entry.nbytes for entry in self._entries.values())

    def take(self, ids: Sequence[int]) -> Prefix | None:
        """The longest known beginning of `ids` that leaves at least one token to read, or None.

        An entry that shares less than half of its tokens belongs to somebody else: it stays, and a copy is handed out.
        """
        best = max(self._entries, key=lambda name: self._usable(self._entries[name], ids), default=None)
        if best is None or (usable := self._usable(self._entries[best], ids)) < _SHORTEST:
            return None
        entry = self._entries[best]
        if 2 * usable < len(entry.ids):
            self._entries.move_to_end(best)
            state = copy.deepcopy(entry.state)
        else:
            state = self._entries.pop(best).state
        if usable < len(entry.ids):
            state.crop(usable - len(entry.ids))
        return Prefix(entry.ids[:usable], state)

    def put(self, prefix: Prefix) -> None:
        """Remember `prefix`, and forget others until the limit is kept."""
        self._entries[next(self._names)] = prefix
        while self._entries and self.nbytes > self._limit:
            self._entries.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    @staticmethod
    def _usable(entry: Prefix, ids: Sequence[int]) -> int:
        shared = min(common_length(entry.ids, ids), len(ids) - 1)
        return shared if shared == len(entry.ids) or entry.can_go_back else 0


def common_length(a: Sequence[int], b: Sequence[int]) -> int:
    """How many tokens `a` and `b` have in common at their beginning."""
    return next((place for place, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
