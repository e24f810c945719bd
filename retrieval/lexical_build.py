"""From the counts of chunks to columns of scores.

Entries are brought from the order of chunks into the order of terms by counting sort (SciPy's conversion of a sparse
matrix from rows to columns), in time proportional to their number.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.okapi import Occurrences, okapi_scores
from retrieval.postings import Postings
from retrieval.spelling import WordList
from retrieval.term_counts import decode_counts
from retrieval.tokens import stem
from retrieval.vocabulary import Vocabulary

_BATCH = 2048
"""Chunks whose records are decoded at a time."""

Numbers = NDArray[np.int32]
Sizes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LexicalArrays:
    """Everything that a lexical index consists of.

    Attributes:
        terms: The stems.
        term_postings: Their columns.
        bigrams: `first * len(terms) + second` of each pair of neighbouring stems, ascending.
        bigram_postings: Their columns.
        words: The words as they were typed, for spelling.
        n_chunks: How many chunks were counted.
    """

    terms: Vocabulary
    term_postings: Postings
    bigrams: NDArray[np.int64]
    bigram_postings: Postings
    words: WordList
    n_chunks: int


@dataclass(frozen=True, slots=True)
class _Entries:
    """Chunk after chunk: numbers of words with their counts, and numbers of neighbours.

    Attributes:
        sizes: Entries in `words` and `counts` of each chunk.
        pair_sizes: Entries in `firsts` and `seconds` of each chunk.
    """

    words: Numbers
    counts: Numbers
    sizes: Sizes
    firsts: Numbers
    seconds: Numbers
    pair_sizes: Sizes


def build_arrays(records: Iterable[bytes]) -> LexicalArrays:
    """The index of chunks, given the encoded counts of each; a chunk's position is its place in `records`."""
    words, entries = _read(records)
    stems: defaultdict[str, int] = defaultdict(count().__next__)
    stem_of_word = np.fromiter((stems[stem(word)] for word in words), dtype=np.int32, count=len(words))
    terms, numbers = Vocabulary.build(list(stems))
    stem_of_word = numbers[stem_of_word]
    word_list = WordList.build(words, np.bincount(entries.words, minlength=len(words)))
    term_postings = _postings(_occurrences_of_terms(entries, stem_of_word, len(terms)))
    bigrams, occurrences = _occurrences_of_bigrams(entries, stem_of_word, len(terms))
    del entries
    return LexicalArrays(terms, term_postings, bigrams, _postings(occurrences), word_list, len(occurrences.lengths))


def _read(records: Iterable[bytes]) -> tuple[list[str], _Entries]:
    """All words, in the order in which they first occur, and the entries of all chunks."""
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    source = iter(records)
    batches = []
    while batch := list(islice(source, _BATCH)):
        batches.append(_read_batch(batch, numbers))
    columns: list[Any] = [np.concatenate(parts) for parts in zip(_EMPTY, *batches, strict=True)]
    return list(numbers), _Entries(*columns)


_EMPTY = tuple(np.empty(0, dtype=dtype) for dtype in (np.int32, np.int32, np.int64, np.int32, np.int32, np.int64))


def _read_batch(records: list[bytes], numbers: defaultdict[str, int]) -> tuple[NDArray[Any], ...]:
    """The fields of `_Entries` for some chunks; new words get the next numbers."""
    chunks = [decode_counts(record) for record in records]
    flat = array("i")
    for chunk in chunks:
        flat.extend(map(numbers.__getitem__, chunk.words))
    words = np.frombuffer(flat, dtype=np.int32)
    counts = np.concatenate([chunk.counts for chunk in chunks], dtype=np.int32)
    path = np.concatenate([chunk.path for chunk in chunks], dtype=np.int64)
    sizes = np.array([len(chunk.words) for chunk in chunks], dtype=np.int64)
    path_sizes = np.array([len(chunk.path) for chunk in chunks], dtype=np.int64)
    neighbours = np.flatnonzero((path[:-1] >= 0) & (path[1:] >= 0))  # every field ends in a negative place
    path += np.repeat(np.cumsum(sizes) - sizes, path_sizes)
    owner = np.searchsorted(np.cumsum(path_sizes), neighbours, side="right")
    pair_sizes = np.bincount(owner, minlength=len(chunks)).astype(np.int64)
    return words, counts, sizes, words[path[neighbours]], words[path[neighbours + 1]], pair_sizes


def _by_column(columns: Numbers, values: Numbers, row_sizes: Sizes, n_columns: int) -> Any:
    """A sparse matrix with `values`, given row by row, in the order of columns; rows ascend within a column."""
    from scipy.sparse import csr_array

    starts = np.concatenate([[0], np.cumsum(row_sizes)])
    return csr_array((values, columns, starts), shape=(len(row_sizes), n_columns)).tocsc()


def _occurrences_of_terms(entries: _Entries, stem_of_word: Numbers, n_terms: int) -> Occurrences:
    matrix = _by_column(stem_of_word[entries.words], entries.counts, entries.sizes, n_terms)
    matrix.sum_duplicates()  # words with the same stem
    lengths = np.add.reduceat(np.append(entries.counts, 0), np.cumsum(entries.sizes) - entries.sizes, dtype=np.int64)
    return Occurrences(
        matrix.indptr.astype(np.int64), matrix.indices, matrix.data, np.where(entries.sizes > 0, lengths, 0)
    )


def _occurrences_of_bigrams(
    entries: _Entries, stem_of_word: Numbers, n_terms: int
) -> tuple[NDArray[np.int64], Occurrences]:
    """The bigrams that occur, ascending, and where."""
    from scipy.sparse import csc_array

    by_second = _by_column(stem_of_word[entries.seconds], stem_of_word[entries.firsts], entries.pair_sizes, n_terms)
    by_both = _by_column(by_second.data, by_second.indices, np.diff(by_second.indptr), n_terms)
    del by_second
    seconds, chunks = by_both.indices, by_both.data
    begins = np.ones(len(seconds), dtype=np.bool_)
    begins[1:] = seconds[1:] != seconds[:-1]
    begins[by_both.indptr[:-1][np.diff(by_both.indptr) > 0]] = True
    starts = np.append(np.flatnonzero(begins), len(seconds))
    firsts = np.searchsorted(by_both.indptr, starts[:-1], side="right") - 1
    bigrams = firsts * np.int64(n_terms) + seconds[starts[:-1]]
    del by_both, seconds, begins
    matrix = csc_array(
        (np.ones(len(chunks), dtype=np.int32), chunks, starts), shape=(len(entries.pair_sizes), len(bigrams))
    )
    matrix.sum_duplicates()  # a bigram that a chunk has several times
    return bigrams, Occurrences(matrix.indptr.astype(np.int64), matrix.indices, matrix.data, entries.pair_sizes)


def _postings(terms: Occurrences) -> Postings:
    scores = okapi_scores(terms)
    ceilings = np.maximum.reduceat(scores, terms.starts[:-1]) if len(scores) else scores
    return Postings(terms.starts, terms.chunks, scores, ceilings)
