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

_BATCH = 1024
"""Chunks whose records are decoded at a time."""
_BLOCK = 2**22
"""Entries renumbered at a time, so that no second array of all of them is needed."""

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
    """What chunks have, chunk after chunk: numbers of words with their counts, or numbers of neighbours.

    Attributes:
        first: Words, or first words of pairs.
        second: Counts of the words, or second words of pairs.
        sizes: (chunks,) entries of each chunk.
    """

    first: Numbers
    second: Numbers
    sizes: Sizes


def build_arrays(records: Iterable[bytes]) -> LexicalArrays:
    """The index of chunks, given the encoded counts of each; a chunk's position is its place in `records`.

    The order of the steps keeps few of the large arrays alive at a time.
    """
    words, occurring, neighbours = _read(records)
    word_list = WordList.build(words, np.bincount(occurring.first, minlength=len(words)))
    stems: defaultdict[str, int] = defaultdict(count().__next__)
    stem_of_word = np.fromiter((stems[stem(word)] for word in words), dtype=np.int32, count=len(words))
    terms, numbers = Vocabulary.build(list(stems))
    for array_of_words in (occurring.first, neighbours.first, neighbours.second):
        _renumber(array_of_words, numbers[stem_of_word])
    n_chunks, pair_sizes = len(occurring.sizes), neighbours.sizes
    by_second = _by_column(neighbours.second, neighbours.first, pair_sizes, len(terms))
    del neighbours
    by_both = _by_column(by_second.data, by_second.indices, np.diff(by_second.indptr), len(terms))
    del by_second
    bigrams, occurrences = _occurrences_of_bigrams(by_both, pair_sizes)
    del by_both
    bigram_postings = _postings(occurrences)
    del occurrences
    term_postings = _postings(_occurrences_of_terms(occurring, len(terms)))
    return LexicalArrays(terms, term_postings, bigrams, bigram_postings, word_list, n_chunks)


def _read(records: Iterable[bytes]) -> tuple[list[str], _Entries, _Entries]:
    """All words, in the order in which they first occur, and the entries of all chunks."""
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    source = iter(records)
    fields = [array(code) for code in "iiqiiq"]
    while batch := list(islice(source, _BATCH)):
        for field, values in zip(fields, _read_batch(batch, numbers), strict=True):
            field.frombytes(values.tobytes())
    first, second, sizes, left, right, pair_sizes = (np.frombuffer(field, dtype=field.typecode) for field in fields)
    return list(numbers), _Entries(first, second, sizes), _Entries(left, right, pair_sizes)


def _read_batch(records: list[bytes], numbers: defaultdict[str, int]) -> tuple[NDArray[Any], ...]:
    """Both kinds of entries of some chunks, field by field; new words get the next numbers."""
    chunks = [decode_counts(record) for record in records]
    flat = array("i")
    for chunk in chunks:
        flat.extend(map(numbers.__getitem__, chunk.words))
    words = np.frombuffer(flat, dtype=np.int32)
    counts = np.concatenate([chunk.counts for chunk in chunks], dtype=np.int32)
    path = np.concatenate([chunk.path for chunk in chunks], dtype=np.int64)
    sizes = np.array([len(chunk.words) for chunk in chunks], dtype=np.int64)
    path_sizes = np.array([len(chunk.path) for chunk in chunks], dtype=np.int64)
    pairs = np.flatnonzero((path[:-1] >= 0) & (path[1:] >= 0))  # every field ends in a negative place
    path += np.repeat(np.cumsum(sizes) - sizes, path_sizes)
    owners = np.searchsorted(np.cumsum(path_sizes), pairs, side="right")
    pair_sizes = np.bincount(owners, minlength=len(chunks)).astype(np.int64)
    return words, counts, sizes, words[path[pairs]], words[path[pairs + 1]], pair_sizes


def _renumber(numbers: Numbers, new: Numbers) -> None:
    """Replace each number by the new one, in place."""
    for start in range(0, len(numbers), _BLOCK):
        block = slice(start, start + _BLOCK)
        numbers[block] = new[numbers[block]]


def _by_column(columns: Numbers, values: Numbers, row_sizes: Sizes, n_columns: int) -> Any:
    """A sparse matrix with `values`, given row by row, in the order of columns; rows ascend within a column."""
    from scipy.sparse import csr_array

    starts = _narrow(np.concatenate([[0], np.cumsum(row_sizes)]))
    return csr_array((values, columns, starts), shape=(len(row_sizes), n_columns)).tocsc()


def _narrow(starts: Sizes) -> NDArray[Any]:
    """`starts` in 32 bits where they fit: SciPy gives the numbers of rows the type of the starts."""
    return starts.astype(np.int32) if starts[-1] <= np.iinfo(np.int32).max else starts


def _occurrences_of_terms(entries: _Entries, n_terms: int) -> Occurrences:
    sums = np.add.reduceat(np.append(entries.second, 0), np.cumsum(entries.sizes) - entries.sizes, dtype=np.int64)
    lengths = np.where(entries.sizes > 0, sums, 0)
    return _occurrences(_by_column(entries.first, entries.second, entries.sizes, n_terms), lengths)


def _occurrences_of_bigrams(by_both: Any, lengths: Sizes) -> tuple[NDArray[np.int64], Occurrences]:
    """The bigrams that occur, ascending, and where.

    Args:
        by_both: A column for each first stem; its entries are the second stems as rows, ascending, and as values
            the chunks, ascending for each pair.
        lengths: (chunks,) how many bigrams each chunk has.
    """
    from scipy.sparse import csc_array

    seconds, chunks = by_both.indices, by_both.data
    begins = np.ones(len(seconds), dtype=np.bool_)
    begins[1:] = seconds[1:] != seconds[:-1]
    begins[by_both.indptr[:-1][np.diff(by_both.indptr) > 0]] = True
    starts = np.append(np.flatnonzero(begins), len(seconds))
    firsts = np.searchsorted(by_both.indptr, starts[:-1], side="right") - 1
    bigrams = firsts * np.int64(by_both.shape[1]) + seconds[starts[:-1]]
    ones = np.ones(len(chunks), dtype=np.int32)
    matrix = csc_array((ones, chunks, _narrow(starts)), shape=(len(lengths), len(bigrams)))
    return bigrams, _occurrences(matrix, lengths)


def _occurrences(matrix: Any, lengths: Sizes) -> Occurrences:
    """The columns of `matrix`, equal rows in a column added up."""
    matrix.sum_duplicates()
    chunks = matrix.indices.astype(np.int32, copy=False)
    return Occurrences(matrix.indptr.astype(np.int64), chunks, matrix.data, lengths)


def _postings(terms: Occurrences) -> Postings:
    scores = okapi_scores(terms)
    ceilings = np.maximum.reduceat(scores, terms.starts[:-1]) if len(scores) else scores
    return Postings(terms.starts, terms.chunks, scores, ceilings)
