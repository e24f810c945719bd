"""The lexical index: BM25 over stems, mixed with BM25 over pairs of neighbouring stems.

The score of a chunk is `bm25(stems) + BIGRAM_WEIGHT * bm25(bigrams)`; each family has its own statistics. All scores
are computed when the index is written, so that a query adds a few columns of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.array_files import load_arrays, save_arrays
from retrieval.lexical_build import LexicalArrays, build_arrays
from retrieval.postings import Column, Positions, Scores
from retrieval.spelling import Correction, Speller, is_swap, symbols_in
from retrieval.tokens import find_words, keep_names_whole, stem_words
from retrieval.top_k import Accumulators, Mask, best, sums, sums_at
from retrieval.vocabulary import UNKNOWN

BIGRAM_WEIGHT = 0.3
"""Share of the bigrams in a score."""
_ENOUGH_WORDS = 3
"""Rare words that a passage holds, to be trusted in full: 2 gained half as much on paraphrases, 4 lost 0.4 points of
nDCG@10 on a course FAQ."""


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """A query as one index looks it up.

    Attributes:
        text: As it was given.
        columns: Of its terms and bigrams that are known.
        unknown: Its words whose stems no chunk has, in lower case.
    """

    text: str
    columns: tuple[Column, ...]
    unknown: tuple[str, ...]


class LexicalIndex:
    """Finds chunks by words; safe to use from many threads."""

    def __init__(self, arrays: LexicalArrays) -> None:
        self._arrays = arrays
        self._speller = Speller(arrays.words)
        self._accumulators = Accumulators(arrays.n_chunks)

    @classmethod
    def build(cls, records: Iterable[bytes]) -> LexicalIndex:
        """The index of chunks in memory, from what `retrieval.term_counts.count_terms` gave for each."""
        return cls(build_arrays(records))

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """The index in `folder`, memory-mapped.

        Raises:
            IndexDamaged: A file is missing or is not what was saved.
        """
        return cls(load_arrays(folder, LexicalArrays))

    def save(self, folder: Path) -> None:
        """Write the index into `folder`, which is made."""
        save_arrays(folder, self._arrays)

    def __len__(self) -> int:
        return self._arrays.n_chunks

    def prepare(self, query: str) -> PreparedQuery:
        """The query analysed and looked up once, for all that is asked about it."""
        words = find_words(keep_names_whole(query, lambda term: self._arrays.terms.find([term]) != [UNKNOWN]))
        analysed = stem_words(words)
        numbers = self._arrays.terms.find(analysed.terms)
        known = Counter(number for number in numbers if number != UNKNOWN)
        columns = [
            *(self._arrays.term_postings.column(number, times) for number, times in known.items()),
            *self._bigram_columns(analysed.bigrams, dict(zip(analysed.terms, numbers, strict=True))),
        ]
        unknown = (word for word, number in zip(words.path, numbers, strict=False) if number == UNKNOWN)
        return PreparedQuery(query, tuple(columns), tuple(dict.fromkeys(unknown)))

    def search(self, query: str | PreparedQuery, k: int, mask: Mask | None = None) -> tuple[Positions, Scores]:
        """The best chunks that share a word with `query`, at most k: by score, then by position.

        Args:
            query: Words as people write them, or what `prepare` made of them.
            k: How many chunks.
            mask: (chunks,) which chunks are allowed; None allows all.
        """
        return best(self._columns(query), self._accumulators, k, mask)

    def scores_at(self, query: str | PreparedQuery, positions: NDArray[np.integer]) -> Scores:
        """The scores of some chunks, in the order of `positions`; 0 where a chunk shares no word."""
        return sums_at(self._columns(query), positions)

    def enough(self, query: str | PreparedQuery) -> float:
        """A score from which a chunk speaks of what `query` asks: that of a few rare words, or of all words of it."""
        rare = math.log(1 + (self._arrays.n_chunks - 0.5) / 1.5)  # the rarity of a word that one chunk has
        return min(sum(column.ceiling for column in self._columns(query)), _ENOUGH_WORDS * rare)

    def scores(self, query: str) -> Scores:
        """(chunks,) the score of every chunk."""
        return sums(self._columns(query), len(self))

    def rarity(self, term: str) -> float:
        """The inverse document frequency of a term as `analyse` gives it; always positive, highest for an unknown one.

        `ln(1 + (N - n + 0.5) / (n + 0.5))`, which unlike the idf inside the scores never falls below zero.
        """
        arrays = self._arrays
        (number,) = arrays.terms.find([term])
        starts = arrays.term_postings.starts
        chunks = 0 if number == UNKNOWN else int(starts[number + 1] - starts[number])
        return math.log(1 + (arrays.n_chunks - chunks + 0.5) / (chunks + 0.5))

    def corrections(self, query: str | PreparedQuery) -> tuple[Correction, ...]:
        """The words of `query` that no chunk has, where a similar one is probably meant."""
        prepared = self._prepared(query)
        symbols = symbols_in(prepared.text)
        suggested = {word: self._speller.suggest(word) for word in prepared.unknown}
        return tuple(
            Correction(typed, meant)
            for typed, meant in suggested.items()
            if meant and (typed not in symbols or is_swap(typed, meant))
        )

    def _prepared(self, query: str | PreparedQuery) -> PreparedQuery:
        return self.prepare(query) if isinstance(query, str) else query

    def _columns(self, query: str | PreparedQuery) -> tuple[Column, ...]:
        return self._prepared(query).columns

    def _bigram_columns(self, bigrams: Sequence[tuple[str, str]], numbers: Mapping[str, int]) -> Iterator[Column]:
        known = self._arrays.bigrams
        pairs = Counter((numbers[first], numbers[second]) for first, second in bigrams)
        keys = [first * len(self._arrays.terms) + second for first, second in pairs]
        places = np.searchsorted(known, np.array(keys, dtype=np.int64)).tolist()
        for pair, key, place in zip(pairs, keys, places, strict=True):
            if UNKNOWN not in pair and place < len(known) and known[place] == key:
                yield self._arrays.bigram_postings.column(place, pairs[pair] * BIGRAM_WEIGHT)


def write_lexical(folder: Path, records: Iterable[bytes]) -> None:
    """Write the index of chunks into `folder`, given the encoded counts of each chunk, in order of position."""
    save_arrays(folder, build_arrays(records))
