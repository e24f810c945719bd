"""Texts into token ids, and token ids into batches. The one door to `tokenizers`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_PADDING_TOKENS = ("[PAD]", "<pad>")


@dataclass(frozen=True, slots=True)
class Padded:
    """A batch as a graph reads it.

    Attributes:
        ids: (texts, tokens) token ids, filled up on the right.
        mask: The same shape; 1 where there is a token, 0 where there is filling.
    """

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one text.

    Attributes:
        ids: (t,) ids in the encoder's vocabulary.
        words: (t,) number of the word that a token is part of; -1 for special tokens.
        offsets: (t, 2) first code point of a token in the text, and one past its last.
    """

    ids: NDArray[np.int64]
    words: NDArray[np.int32]
    offsets: NDArray[np.int32]


class Tokeniser:
    """A `tokenizer.json` that cuts texts after `max_tokens` tokens. Safe to use from many threads."""

    def __init__(self, file: Path, max_tokens: int) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(file))
        self._padding_id = _padding_id(self._tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, special tokens included."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of each text, and where they stand in it."""
        return [_tokens(encoding) for encoding in self._tokenizer.encode_batch(list(texts))]

    def pad(self, ids: Sequence[Sequence[int]]) -> Padded:
        """The id lists as one batch, as wide as the longest of them and at least one token wide."""
        shape = len(ids), max([1, *map(len, ids)])
        padded, mask = np.full(shape, self._padding_id, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for row, own in enumerate(ids):
            padded[row, : len(own)] = own
            mask[row, : len(own)] = 1
        return Padded(padded, mask)


def replace_surrogates(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, which no tokeniser accepts; offsets stay."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def plan_batches(lengths: Sequence[int], budget: int) -> list[NDArray[np.intp]]:
    """Places of the texts in each batch, longest text first, ties in the given order.

    A batch holds as many texts as fit `budget` tokens, filling included, and at least one. Texts of nearly the same
    length stand together, so that little is filled up.
    """
    order = np.argsort(-np.asarray(lengths, dtype=np.int64), kind="stable")
    batches, start = [], 0
    while start < len(order):
        size = max(1, budget // max(1, lengths[order[start]]))
        batches.append(order[start : start + size])
        start += size
    return batches


def _padding_id(tokenizer: Any) -> int:
    if tokenizer.padding:
        return int(tokenizer.padding["pad_id"])
    known = (tokenizer.token_to_id(token) for token in _PADDING_TOKENS)
    return next((number for number in known if number is not None), 0)


def _tokens(encoding: Any) -> Tokens:
    special = encoding.special_tokens_mask
    words = [-1 if on or word is None else word for on, word in zip(special, encoding.word_ids, strict=True)]
    return Tokens(
        np.array(encoding.ids, dtype=np.int64),
        np.array(words, dtype=np.int32),
        np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2),
    )
