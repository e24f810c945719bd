"""What was encoded or looked up before: questions about the same notes meet the same sentences and terms.

What is kept is bounded and stays in memory: a deleted note leaves nothing behind on the disk.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from retrieval import Index
from retrieval.encoder import EncodedText, Encoder
from retrieval.filters import Where
from retrieval.hit import Hit

Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept")

_VECTORS: Final = 50_000
"""Sentences whose vector is kept: 40 MB for the shipped encoder."""
_STATES: Final = 4_000
"""Sentences whose token states are kept: about 80 MB for the shipped encoder."""
_TERMS: Final = 20_000
"""Terms whose rarity is kept: 4 MB."""
_STEPS: Final = 127
"""A state's numbers lie in [-1, 1] and are kept in one byte each."""


@dataclass(slots=True)
class Recent(Generic[Key, Kept]):
    """What was made of the things that were asked for last. Safe to use from many threads."""

    size: int
    _kept: OrderedDict[Key, Kept] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, keys: Sequence[Key], make: Callable[[list[Key]], Sequence[Kept]]) -> list[Kept]:
        """One for each key; those that are missing are made in one call."""
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        if missing:
            found.update(zip(missing, make(missing), strict=True))
        self.keep(keys, [found[key] for key in keys])
        return [found[key] for key in keys]

    def keep(self, keys: Sequence[Key], made: Sequence[Kept]) -> None:
        """Remember what was made, and forget what was asked for longest ago."""
        with self._lock:
            for key, one in zip(keys, made, strict=True):
                self._kept[key] = one
                self._kept.move_to_end(key)
            while len(self._kept) > self.size:
                self._kept.popitem(last=False)


class RememberingRarity:
    """The inverse document frequencies of an index, each looked up once a generation."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: Recent[tuple[int, str], float] = Recent(_TERMS)

    def __call__(self, term: str) -> float:
        """As `Index.rarity`."""
        return self._known.get([(self._index.generation, term)], lambda _: [self._index.rarity(term)])[0]


class RememberingSearch:
    """The searches for one question, each made once: agents work side by side, and what follows them asks again."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._made: dict[tuple[int, str, int, str], Future[list[Hit]]] = {}
        self._lock = threading.Lock()

    def __call__(self, query: str, k: int, where: Where | None = None) -> list[Hit]:
        """As `Index.search`; whoever asks for what is being searched for waits for it."""
        key = (self._index.generation, query, k, json.dumps(where, sort_keys=True, default=str))
        with self._lock:
            first = key not in self._made
            future = self._made.setdefault(key, Future())
        if first:
            try:
                future.set_result(self._index.search(query, k, where=where))
            except BaseException as error:  # for all that wait
                future.set_exception(error)
        return list(future.result())


class RememberingEncoder:
    """An encoder that encodes a text once; `encoder` is asked for when it is first needed."""

    def __init__(self, encoder: Callable[[], Encoder]) -> None:
        self._encoder = encoder
        self._vectors: Recent[str, NDArray[np.float16]] = Recent(_VECTORS)
        self._states: Recent[str, NDArray[np.int8]] = Recent(_STATES)

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
        (encoded,) = self._encoder().encode_tokens([text], query=True)
        return words_of(text, encoded, encoded.states)

    def _vectors_and_states(self, texts: list[str]) -> list[NDArray[np.float16]]:
        made = self._encoder().encode_tokens(texts)
        self._states.keep(texts, [_bytes(one) for one in made])
        return [one.embedding.astype(np.float16) for one in made]

    def _make_states(self, texts: list[str]) -> list[NDArray[np.int8]]:
        return [_bytes(one) for one in self._encoder().encode_tokens(texts)]


def words_of(text: str, encoded: EncodedText, states: NDArray[np.float32]) -> list[tuple[str, NDArray[np.float32]]]:
    """The words of an encoded text with their rows of (t, d) `states`."""
    found = []
    for number in dict.fromkeys(encoded.words[encoded.words >= 0].tolist()):
        own = encoded.words == number
        start, end = encoded.offsets[own][0][0], encoded.offsets[own][-1][1]
        found.append((text[start:end], states[own]))
    return found


def _bytes(encoded: EncodedText) -> NDArray[np.int8]:
    """The states of the tokens that stand in the text."""
    return np.round(encoded.states[encoded.words >= 0] * _STEPS).astype(np.int8)
