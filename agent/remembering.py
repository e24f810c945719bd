"""Vectors and token states of the sentences that were compared before.

The encoder takes nearly all the time of a question, and questions about the same notes meet the same sentences. What
is kept is bounded and stays in memory: a deleted note leaves nothing behind on the disk.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from retrieval.encoder import EncodedText, Encoder

Kept = TypeVar("Kept")

_VECTORS: Final = 50_000
"""Sentences whose vector is kept: 40 MB for the shipped encoder."""
_STATES: Final = 4_000
"""Sentences whose token states are kept: about 80 MB for the shipped encoder."""
_STEPS: Final = 127
"""A state's numbers lie in [-1, 1] and are kept in one byte each."""


@dataclass(slots=True)
class _Recent(Generic[Kept]):
    """What was made of the texts that were asked for last. Safe to use from many threads."""

    size: int
    _kept: OrderedDict[str, Kept] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, texts: Sequence[str], make: Callable[[list[str]], Sequence[Kept]]) -> list[Kept]:
        """One for each text; those that are missing are made in one call."""
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            found.update(zip(missing, make(missing), strict=True))
        self.keep(texts, [found[text] for text in texts])
        return [found[text] for text in texts]

    def keep(self, texts: Sequence[str], made: Sequence[Kept]) -> None:
        """Remember what was made of some texts, and forget what was asked for longest ago."""
        with self._lock:
            for text, one in zip(texts, made, strict=True):
                self._kept[text] = one
                self._kept.move_to_end(text)
            while len(self._kept) > self.size:
                self._kept.popitem(last=False)


class RememberingEncoder:
    """An encoder that encodes a text once; `encoder` is asked for when it is first needed."""

    def __init__(self, encoder: Callable[[], Encoder]) -> None:
        self._encoder = encoder
        self._vectors: _Recent[NDArray[np.float16]] = _Recent(_VECTORS)
        self._states: _Recent[NDArray[np.int8]] = _Recent(_STATES)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `Encoder.encode`, to half precision; the token states come with it, and are kept too."""
        if not texts:
            return np.empty((0, self._encoder().dimension), dtype=np.float32)
        return np.stack(self._vectors.get(texts, self._vectors_and_states)).astype(np.float32)

    def states(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """For each text the (t, d) states of its tokens, special ones left out, to two digits."""
        return [kept.astype(np.float32) / np.float32(_STEPS) for kept in self._states.get(texts, self._make_states)]

    def words(self, text: str) -> list[tuple[str, NDArray[np.float32]]]:
        """The words of a text with the (t, d) states of their tokens."""
        (encoded,) = self._encoder().encode_tokens([text])
        found = []
        for number in dict.fromkeys(encoded.words[encoded.words >= 0].tolist()):
            own = encoded.words == number
            start, end = encoded.offsets[own][0][0], encoded.offsets[own][-1][1]
            found.append((text[start:end], encoded.states[own]))
        return found

    def _vectors_and_states(self, texts: list[str]) -> list[NDArray[np.float16]]:
        made = self._encoder().encode_tokens(texts)
        self._states.keep(texts, [_bytes(one) for one in made])
        return [one.embedding.astype(np.float16) for one in made]

    def _make_states(self, texts: list[str]) -> list[NDArray[np.int8]]:
        return [_bytes(one) for one in self._encoder().encode_tokens(texts)]


def _bytes(encoded: EncodedText) -> NDArray[np.int8]:
    """The states of the tokens that stand in the text."""
    return np.round(encoded.states[encoded.words >= 0] * _STEPS).astype(np.int8)
