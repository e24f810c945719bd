"""Keys and values of several texts side by side, at addresses that never change: a GPU can replay a recorded step.

A text has a slot. Its tokens may stand at other places than those of its neighbours, so a step is told where each row
writes, and the attention mask tells how far each row sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from transformers.cache_utils import Cache, CacheLayerMixin

from agent.growing_cache import empty_state


@dataclass(slots=True)
class Place:
    """Where the step that is being computed writes and reads.

    Attributes:
        rows: The slots, (b, 1).
        positions: Where the tokens of each row are written, (b, q).
        length: Tokens that the longest row can see; what lies beyond is not read.
    """

    rows: torch.Tensor
    positions: torch.Tensor
    length: int


class SlotLayer(CacheLayerMixin):  # type: ignore[no-untyped-call]
    """Keys and values of one layer for all slots, (slots, heads, length, dimensions)."""

    keys: torch.Tensor
    values: torch.Tensor

    def __init__(self, keys: torch.Tensor, values: torch.Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.keys, self.values = keys, values
        self.is_initialized = True
        self.place: Place | None = None

    def lazy_initialization(self, key_states: Any, value_states: Any) -> None:
        """Nothing: the layer is made whole."""

    def update(self, key_states: Any, value_states: Any, *_: Any, **__: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Write the states of the step at its place; returns what its rows can see."""
        place = self.place
        assert place is not None, "a step has a place"
        self.keys[place.rows, :, place.positions] = key_states.transpose(1, 2)
        self.values[place.rows, :, place.positions] = value_states.transpose(1, 2)
        count = len(place.rows)
        return self.keys[:count, :, : place.length], self.values[:count, :, : place.length]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Length and offset; a step brings its own mask."""
        return self.keys.shape[2], 0

    def get_seq_length(self) -> int:
        """0: every row has a length of its own."""
        return 0

    def get_max_length(self) -> int:
        """Tokens of a slot."""
        return int(self.keys.shape[2])


class SlotCache(Cache):
    """The layers of a model, for all slots.

    Attributes:
        length: Tokens of a slot.
    """

    def __init__(self, slots: int, length: int, like: Any) -> None:
        """Room for `slots` texts of `length` tokens, with the layers of `like`, which has read something."""
        self._rooms = [
            SlotLayer(_room(slots, length, one.keys), _room(slots, length, one.values)) for one in like.layers
        ]
        super().__init__(layers=list(self._rooms))
        self.length = length

    def begin(self, place: Place) -> None:
        """The next step of the model happens at `place`."""
        for layer in self._rooms:
            layer.place = place

    def put(self, slot: int, state: Any) -> None:
        """Copy what one text has read into its slot."""
        for layer, read in zip(self._rooms, state.layers, strict=True):
            layer.keys[slot, :, : read.keys.shape[2]] = read.keys[0]
            layer.values[slot, :, : read.values.shape[2]] = read.values[0]

    def take(self, slot: int, tokens: int, config: Any) -> Any:
        """A copy of the first `tokens` tokens of a slot."""
        state = empty_state(config)
        for number, layer in enumerate(self._rooms):
            state.update(layer.keys[slot, None, :, :tokens], layer.values[slot, None, :, :tokens], number)
        return state


def bytes_a_token(state: Any) -> int:
    """Memory of the keys and values of one token in all layers."""
    read = [(tensor.nbytes, tensor.shape[2]) for layer in state.layers for tensor in (layer.keys, layer.values)]
    return sum(size // tokens for size, tokens in read)


def _room(slots: int, length: int, like: torch.Tensor) -> torch.Tensor:
    heads, dimensions = like.shape[1], like.shape[3]
    return torch.zeros((slots, heads, length, dimensions), dtype=like.dtype, device=like.device)
