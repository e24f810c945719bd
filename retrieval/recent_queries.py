"""An encoder that remembers the last queries: a question is searched for, then compared with sentences."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from retrieval.encoder import EncodedText, Encoder, Floats
from retrieval.encoder_tokens import Tokens

_REMEMBERED: Final = 64
"""Queries; enough for the visitors of one machine who are being answered at the same time."""


class RecentQueries:
    """As the encoder that it is given, but a query is encoded once. Safe to use from many threads."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: OrderedDict[str, EncodedText] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def encode(self, texts: Sequence[str]) -> Floats:
        """As `Encoder.encode`."""
        return self._encoder.encode(texts)

    def encode_query(self, text: str) -> Floats:
        """As `Encoder.encode_query`."""
        return self._encoder.encode_query(text)

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """As `Encoder.tokens`."""
        return self._encoder.tokens(texts)

    def encode_tokens(self, texts: Sequence[str], *, query: bool = False) -> list[EncodedText]:
        """As `Encoder.encode_tokens`; one query alone is remembered."""
        if not query or len(texts) != 1:
            return self._encoder.encode_tokens(texts, query=query)
        (text,) = texts
        with self._lock:
            known = self._known.get(text)
        if known is None:
            (known,) = self._encoder.encode_tokens([text], query=True)
        with self._lock:
            self._known[text] = known
            self._known.move_to_end(text)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return [known]
