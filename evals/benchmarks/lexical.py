"""The lexical index beside `rank_bm25` and `bm25s`: `python -m evals.benchmarks.lexical --chunks 100000`.

The chunks are made of sentences of the shipped notes, drawn at random, and of made-up words whose frequencies follow
Zipf's law, as the vocabulary of a large corpus does. The queries are words of one chunk. All answer the same queries in
turns, round by round; the numbers are medians, and ratios within one run.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import corpus
from retrieval.lexical import LexicalIndex
from retrieval.term_counts import STRETCH_END, TermCounts, encode_counts
from retrieval.tokens import find_words, stem

_SENTENCES_A_CHUNK = 8
_RARE_WORDS_A_CHUNK = 12
_RARE_WORDS = 200_000
_WORDS_A_QUERY = 5
_HITS = 10
_ROUNDS = 3
_LARGEST_FOR_RANK_BM25 = 200_000
"""Chunks up to which `rank_bm25` takes part: it holds a dictionary for each, about 4 KB."""

Words = list[list[str]]
Search = Callable[[list[str], list[str]], Any]
"""From the words of a query and their stems to the best scores, highest first."""


@dataclass(frozen=True, slots=True)
class System:
    """A way to search, how long its index took to build, and that index if it is ours."""

    name: str
    build_seconds: float
    search: Search
    index: LexicalIndex | None = None


def make_chunks(count: int, seed: int) -> Words:
    """The words of `count` chunks."""
    random, generator = Random(seed), np.random.default_rng(seed)
    notes = Path(corpus.__file__).parent / "notes"
    lines = [line for path in sorted(notes.glob("*.md")) for line in path.read_text("utf-8").splitlines()]
    parts = [find_words(part).path for line in lines for part in line.split(". ")]
    sentences = [words for part in parts if (words := [word for word in part if word.isascii() and word.isalpha()])]
    frequencies = np.cumsum(1 / np.arange(1, _RARE_WORDS + 1))
    draws = generator.random((count, _RARE_WORDS_A_CHUNK)) * frequencies[-1]
    rare = [f"q{rank}" for rank in range(_RARE_WORDS)]
    chunks = []
    for row in np.searchsorted(frequencies, draws).tolist():
        chosen = random.choices(sentences, k=_SENTENCES_A_CHUNK)
        chunks.append([*chain.from_iterable(chosen), *(rare[rank] for rank in row)])
    return chunks


def make_queries(chunks: Words, count: int, seed: int) -> Words:
    """The words of `count` queries, each from one chunk."""
    random = Random(seed)
    return [random.sample(random.choice(chunks), _WORDS_A_QUERY) for _ in range(count)]


def records_of(chunks: Words, *, bigrams: bool) -> Iterator[bytes]:
    """What is stored of each chunk."""
    for words in chunks:
        counts = Counter(words)
        places = {word: place for place, word in enumerate(counts)}
        path = [places[word] for word in words] if bigrams else []
        yield encode_counts(
            TermCounts(list(counts), np.array(list(counts.values())), np.array([*path, STRETCH_END], dtype=np.int32))
        )


def systems(chunks: Words) -> Iterator[System]:
    """Every system that is installed, ours first. The others are given stems and need not make them."""
    yield _ours("footnote, stems", chunks, bigrams=False)
    yield _ours("footnote, stems and bigrams", chunks, bigrams=True)
    stems = [list(map(stem, words)) for words in chunks]
    if find_spec("bm25s"):
        yield _bm25s(stems, "numpy")
        if find_spec("numba"):
            yield _bm25s(stems, "numba")
    if len(chunks) <= _LARGEST_FOR_RANK_BM25:
        yield _rank_bm25(stems)


def _ours(name: str, chunks: Words, *, bigrams: bool) -> System:
    records = list(records_of(chunks, bigrams=bigrams))
    started = time.perf_counter()
    index = LexicalIndex.build(records)
    seconds = time.perf_counter() - started
    return System(name, seconds, lambda words, _: index.search(" ".join(words), _HITS)[1], index)


def _bm25s(stems: Words, backend: str) -> System:
    import bm25s

    started = time.perf_counter()
    index = bm25s.BM25(method="atire", k1=1.5, b=0.75, backend=backend)
    index.index(stems, show_progress=False)
    seconds = time.perf_counter() - started

    def search(_: list[str], terms: list[str]) -> Any:
        return index.retrieve([terms], k=_HITS, show_progress=False, n_threads=1)[1][0]

    return System(f"bm25s, {backend}", seconds, search)


def _rank_bm25(stems: Words) -> System:
    from rank_bm25 import BM25Okapi

    started = time.perf_counter()
    index = BM25Okapi(stems)
    seconds = time.perf_counter() - started

    def search(_: list[str], terms: list[str]) -> Any:
        scores = index.get_scores(terms)
        found = np.argpartition(scores, -_HITS)[-_HITS:]
        return scores[found[np.argsort(-scores[found])]]

    return System("rank_bm25", seconds, search)


def measure(competitors: Sequence[System], queries: Words) -> tuple[dict[str, list[float]], dict[str, list[Any]]]:
    """Seconds and scores of each query in each system; the systems take turns, a round of all queries each."""
    seconds: dict[str, list[float]] = {system.name: [] for system in competitors}
    scores: dict[str, list[Any]] = {}
    prepared = [(words, list(map(stem, words))) for words in queries]
    for system in competitors:
        scores[system.name] = [system.search(*query) for query in prepared]  # compiles, and reads what is read late
    for _ in range(_ROUNDS):
        for system in competitors:
            for query in prepared:
                started = time.perf_counter()
                system.search(*query)
                seconds[system.name].append(time.perf_counter() - started)
    return seconds, scores


def report(competitors: Sequence[System], seconds: dict[str, list[float]]) -> list[str]:
    """The lines of a Markdown table; ratios are to the first system, above 1 where that one is faster."""
    ours = competitors[0]
    base = float(np.median(seconds[ours.name]))
    lines = ["| system | build s | ratio | query median ms | p99 ms | ratio |", "|---|--:|--:|--:|--:|--:|"]
    for system in competitors:
        median, slow = np.percentile(seconds[system.name], [50, 99]).tolist()
        build = f"{system.build_seconds:.1f} | {system.build_seconds / ours.build_seconds:.1f}"
        lines.append(f"| {system.name} | {build} | {median * 1e3:.3f} | {slow * 1e3:.3f} | {median / base:.1f} |")
    return lines


def opening_seconds(index: LexicalIndex) -> float:
    """Seconds to open `index` once it is saved."""
    with tempfile.TemporaryDirectory() as folder:
        index.save(Path(folder))
        started = time.perf_counter()
        LexicalIndex.load(Path(folder))
        return time.perf_counter() - started


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    chunks = make_chunks(options.chunks, options.seed)
    queries = make_queries(chunks, options.queries, options.seed)
    competitors = list(systems(chunks))
    seconds, scores = measure(competitors, queries)
    print(f"{options.chunks:,} chunks, {options.queries} queries of {_WORDS_A_QUERY} words, {_HITS} hits\n")
    print("\n".join(report(competitors, seconds)))
    if "rank_bm25" in scores:
        pairs = zip(scores[competitors[0].name], scores["rank_bm25"], strict=True)
        print(f"\nlargest difference to the scores of rank_bm25: {max(np.abs(a - b).max() for a, b in pairs):.1e}")
    for system in competitors:
        if system.index is not None:
            print(f"opening the saved index of {system.name}: {opening_seconds(system.index) * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
