"""What the lexical index needs to know of a chunk, in a form that is kept beside it.

The counts of an unchanged chunk are read back instead of being analysed again. They hold words, not stems: stems are
made once for each word of the vocabulary, and spelling is compared with words as people write them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexDamaged
from retrieval.tokens import find_words

TITLE_REPEATS = 3
"""How often a title counts: it names the topic that its chunks often only refer to."""
STRETCH_END = -1
"""In a path: the next word is no neighbour of the one before."""
_HEADER = struct.Struct("<BII")
_SMALL, _LARGE = np.dtype("<i2"), np.dtype("<i4")
_REPAIR = "run `footnote index` to repair the index"
_SMALL_LIMIT = 2**15 - 1


@dataclass(frozen=True, slots=True)
class TermCounts:
    """The words of a chunk.

    Attributes:
        words: Each one once, without spaces inside.
        counts: (len(words),) how often each occurs, repeated fields included.
        path: Places in `words` in the order of the text, each field once and `STRETCH_END` after it, so that
            neighbours are bigrams.
    """

    words: Sequence[str]
    counts: NDArray[Any]
    path: NDArray[Any]


def count_terms(title: str, heading: Sequence[str], text: str) -> bytes:
    """The encoded counts of a chunk: its text, the headings above it, and its note's title several times."""
    return encode_counts(count_fields([(title, TITLE_REPEATS), *((part, 1) for part in heading), (text, 1)]))


def count_fields(fields: Iterable[tuple[str, int]]) -> TermCounts:
    """The words of some texts, each text taken as often as the number beside it says."""
    counts: dict[str, int] = {}
    path: list[str | None] = []
    for text, repeats in fields:
        words = find_words(text)
        for word in (*words.path, *words.forms):
            counts[word] = counts.get(word, 0) + repeats
        path += [*words.path, None]
    places: dict[str | None, int] = {word: place for place, word in enumerate(counts)}
    places[None] = STRETCH_END
    return TermCounts(
        list(counts), np.array(list(counts.values()), dtype=_LARGE), np.array([places[word] for word in path], _LARGE)
    )


def encode_counts(counts: TermCounts) -> bytes:
    """`counts` as bytes: a header, the counts, the path, the words in UTF-8 with a space between them."""
    largest = max(len(counts.words), int(counts.counts.max(initial=0)))
    width = _SMALL if largest <= _SMALL_LIMIT else _LARGE
    header = _HEADER.pack(width.itemsize, len(counts.words), len(counts.path))
    numbers = counts.counts.astype(width).tobytes() + counts.path.astype(width).tobytes()
    return header + numbers + " ".join(counts.words).encode()


def decode_counts(record: bytes) -> TermCounts:
    """The counts that `encode_counts` wrote.

    Raises:
        IndexDamaged: The bytes were not written by it.
    """
    try:
        size, n_words, n_path = _HEADER.unpack_from(record)
        width = _SMALL if size == _SMALL.itemsize else _LARGE
        counts = np.frombuffer(record, width, n_words, _HEADER.size)
        path = np.frombuffer(record, width, n_path, _HEADER.size + size * n_words)
        words = record[_HEADER.size + size * (n_words + n_path) :].decode().split(" ") if n_words else []
    except (struct.error, ValueError) as error:
        raise IndexDamaged(f"the counts of a chunk are unreadable ({error}); {_REPAIR}") from error
    if len(words) != n_words or (n_path and path[-1] != STRETCH_END):
        raise IndexDamaged(f"the counts of a chunk are incomplete; {_REPAIR}")
    return TermCounts(words, counts, path)
