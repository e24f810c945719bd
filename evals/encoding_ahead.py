"""Encoding what many verdicts will compare in a few calls: each distinct text once, beside others of its length."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent.cited_text import read_evidence
from agent.evidence import Evidence
from agent.grounding import Instruments
from agent.keys import without_keys
from agent.remembering import Recent
from agent.support import Encode, windows_of

Cited = tuple[str, Sequence[Evidence]]
"""A sentence and what it cites."""

_VECTORS: Final = 50_000
"""Texts whose vector is kept: 75 MB for the shipped encoder."""
_AT_A_TIME: Final = 128
"""Sentences that are encoded ahead; `agent.cited_text` remembers the passages of more."""


class AheadEncoder:
    """An encoder that remembers what it encoded.

    Attributes:
        encoded: Texts that it encoded.
        seconds: What that took.
    """

    def __init__(self, encode: Encode) -> None:
        self.encoded = 0
        self.seconds = 0.0
        self._encode = encode
        self._known: Recent[str, NDArray[np.float32]] = Recent(_VECTORS)

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As the encoder."""
        return np.stack(self._known.get(texts, self._make))

    def _make(self, texts: list[str]) -> list[NDArray[np.float32]]:
        started = time.perf_counter()
        made = list(self._encode(texts))
        self.encoded += len(texts)
        self.seconds += time.perf_counter() - started
        return made


def encoded_ahead(cited: Sequence[Cited], instruments: Instruments) -> Iterator[Cited]:
    """The same sentences in order; all that `instruments.encode` will be asked for is encoded before they come."""
    for start in range(0, len(cited), _AT_A_TIME):
        some = cited[start : start + _AT_A_TIME]
        if instruments.encode:
            instruments.encode([text for one in some for text in _texts(*one, instruments)])
        yield from some


def _texts(sentence: str, evidence: Sequence[Evidence], instruments: Instruments) -> list[str]:
    claim = without_keys(sentence)
    terms = {term: instruments.rarity(term) for term in instruments.analyse(claim)}
    return [claim, *windows_of(terms, [read_evidence(one, instruments.analyse) for one in evidence])]
