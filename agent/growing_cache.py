"""The state of a text that a local model reads and writes: keys and values with room behind them.

`DynamicCache` of transformers copies all keys and values for every token. Here a token is written behind the others,
and all are copied only when the room is full.
"""

from __future__ import annotations

from typing import Any, Final

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

_ROOM: Final = 512
"""Tokens of new room: 8 MB for 135 million parameters, 64 MB for 8 billion."""


class GrowingLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """Keys and values of one layer, (texts, heads, tokens, dimensions): views of the used part of their rooms."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._rooms: list[torch.Tensor] = []

    def update(self, key_states: Any, value_states: Any, *_: Any, **__: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Write behind what is there; returns all of it."""
        start = self.get_seq_length()
        end = start + key_states.shape[2]
        new = key_states, value_states
        if not self.is_initialized:
            self.lazy_initialization(*new)
        if not self._rooms or self._rooms[0].shape[2] < end:
            used = (self.keys, self.values) if start else (None, None)
            self._rooms = [_room(end + _ROOM, like, held) for like, held in zip(new, used, strict=True)]
        for room, states in zip(self._rooms, new, strict=True):
            room[:, :, start:end] = states
        self.keys, self.values = (room[:, :, :end] for room in self._rooms)
        return self.keys, self.values


def empty_state(config: Any) -> DynamicCache:
    """The state before the first token; layers that see a window only, or keep no keys, are those of transformers."""
    state = DynamicCache(config=config)
    state.layers = [GrowingLayer() if type(layer) is DynamicLayer else layer for layer in state.layers]
    return state


def _room(length: int, like: torch.Tensor, held: torch.Tensor | None) -> torch.Tensor:
    """Room for `length` tokens in the form of `like`, which begins with what is held."""
    room = like.new_empty((*like.shape[:2], length, like.shape[3]))
    if held is not None:
        room[:, :, : held.shape[2]] = held
    return room
