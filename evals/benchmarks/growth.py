"""How an index grows: `python -m evals.benchmarks.growth --chunks 1000 10000 100000 [1000000]`.

The notes are real sentences of the shipped notes, drawn anew for each chunk; the embedding of a chunk is the mean of
those of its sentences, so that a million chunks need not be encoded. Everything else is what a user runs:
`Index.update`, `Index.open` and `Index.search`, the questions encoded by the real encoder. For each size one column:
the whole hybrid query, the same with a filter, its parts, and what a fresh process holds in memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus import Chunking, Note, shipped_notes
from corpus.sentences import sentence_spans
from retrieval import Index
from retrieval.encoder import EncodedText, Encoder, load_encoder
from retrieval.encoder_tokens import Tokens
from retrieval.fusion import convex_combination

Floats = NDArray[np.float32]

_SENTENCES = 2_000
"""Sentences that chunks are made of; each is encoded once."""
_SENTENCES_A_CHUNK = 4
_CHUNKS_A_NOTE = 20
_QUESTIONS = 200
_K = 10
_RARE_SHARE = 1000
"""One note in so many carries the tag of the narrow filter."""
_NARROW = {"must": [{"field": "tag", "match": "rare"}]}
_WIDE = {"must": [{"field": "half", "match": 1}]}


@dataclass(slots=True)
class SentenceMeans:
    """An encoder of chunks that looks their sentences up, each on a line of its own; questions go to the real one."""

    real: Encoder
    known: dict[str, EncodedText]

    @property
    def fingerprint(self) -> str:
        return f"sentence-means-{self.real.fingerprint}"

    @property
    def dimension(self) -> int:
        return self.real.dimension

    def encode(self, texts: Sequence[str]) -> Floats:
        """(n, d) the mean of the embeddings of each text's sentences, of length 1."""
        return np.array([self._joined(text).embedding for text in texts], dtype=np.float32)

    def encode_query(self, text: str) -> Floats:
        return self.real.encode_query(text)

    def encode_tokens(self, texts: Sequence[str], *, query: bool = False) -> list[EncodedText]:
        """For passages, the token states of their sentences, one after the other."""
        return self.real.encode_tokens(texts, query=True) if query else [self._joined(text) for text in texts]

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Those that `encode_tokens` gives, without their ids."""
        made = self.encode_tokens(texts)
        return [Tokens(np.zeros(len(own.words), dtype=np.int64), own.words, own.offsets) for own in made]

    def _joined(self, text: str) -> EncodedText:
        starts = np.cumsum([0, *(len(line) + 1 for line in text.split("\n"))])
        lines = [
            (self.known[line], at) for line, at in zip(text.split("\n"), starts, strict=False) if line in self.known
        ]
        if not lines:
            return self.real.encode_tokens([text])[0]
        mean = np.mean([line.embedding for line, _ in lines], axis=0)
        words = [np.where(line.words < 0, -1, line.words + 1000 * place) for place, (line, _) in enumerate(lines)]
        return EncodedText(
            mean / np.linalg.norm(mean),
            np.concatenate([line.states for line, _ in lines]),
            np.concatenate(words).astype(np.int32),
            np.concatenate([line.offsets + at for line, at in lines]).astype(np.int32),
        )


def read_sentences() -> list[str]:
    """Sentences of the shipped notes, each on one line; the longest is less than twice as long as the shortest."""
    found = []
    for note in shipped_notes():
        found += [" ".join(note.text[start:end].split()) for start, end in sentence_spans(note.text)]
    return list(dict.fromkeys(one for one in found if 60 <= len(one) < 120))[:_SENTENCES]


def make_notes(sentences: Sequence[str], chunks: int, seed: int = 0) -> Iterator[Note]:
    """Notes of `_CHUNKS_A_NOTE` paragraphs, each of which becomes a chunk."""
    random = Random(seed)
    for number in range(chunks // _CHUNKS_A_NOTE):
        paragraphs = ["\n".join(random.choices(sentences, k=_SENTENCES_A_CHUNK)) for _ in range(_CHUNKS_A_NOTE)]
        fields = {"tag": "rare" if number % _RARE_SHARE == 0 else "common", "half": number % 2}
        yield Note(f"n{number:06}", f"Note {number}", "\n\n".join(paragraphs), f"n{number}", metadata=fields)


def chunking_for(sentences: Sequence[str]) -> Chunking:
    """A size that holds one paragraph and never two."""
    return Chunking(size=_SENTENCES_A_CHUNK * (max(map(len, sentences)) + 1), smallest=1)


def questions_for(sentences: Sequence[str], seed: int = 1) -> list[str]:
    """Half of the words of some sentences, in order."""
    random = Random(seed)
    chosen = random.sample(list(sentences), _QUESTIONS)
    return [" ".join(word for word in one.split() if random.random() < 0.5) or one for one in chosen]


def build(folder: Path, encoder: Encoder, sentences: Sequence[str], chunks: int) -> float:
    """Seconds that `Index.update` took."""
    started = time.perf_counter()
    with Index.create(folder, encoder, chunking=chunking_for(sentences)) as index:
        index.update(make_notes(sentences, chunks))
    return time.perf_counter() - started


def timed(run: Callable[[str], Any], questions: Sequence[str]) -> NDArray[np.float64]:
    """Milliseconds of each question, after a tenth of them as a warm-up."""
    for question in islice(questions, len(questions) // 10):
        run(question)
    seconds = []
    for question in questions:
        started = time.perf_counter()
        run(question)
        seconds.append(time.perf_counter() - started)
    return 1000 * np.array(seconds)


def parts(index: Index, encoder: Encoder, questions: Sequence[str]) -> dict[str, float]:
    """Median milliseconds of each part of a search, on its own."""
    with index._reading() as view:
        searcher, settings = view.searcher, index.settings
        vectors = {question: encoder.encode_query(question) for question in questions}
        places = {one: searcher.dense.search(vectors[one], settings.candidates)[0] for one in questions}
        best = {one: places[one][:_K] for one in questions}

        def fuse(question: str) -> None:
            cosines = searcher.dense.scores_at(vectors[question], places[question])
            lexical = searcher.lexical.scores_at(question, places[question])
            convex_combination(cosines, lexical, settings.dense_weight)

        runs: dict[str, Callable[[str], Any]] = {
            "encode": encoder.encode_query,
            "BM25": lambda one: searcher.lexical.search(one, settings.candidates),
            "FAISS": lambda one: searcher.dense.search(vectors[one], settings.candidates),
            "fuse": fuse,
            "fetch": lambda one: view.store.chunks(view.rows[best[one]].tolist()),
        }
        return {name: float(np.median(timed(run, questions))) for name, run in runs.items()}


def dense_recall(index: Index, encoder: Encoder, questions: Sequence[str]) -> float:
    """Recall@10 of the dense search against comparing every embedding."""
    vectors = np.array([encoder.encode_query(question) for question in questions[:50]])
    with index._reading() as view:
        dense = view.searcher.dense
        best = np.full((len(vectors), _K), -1.0, dtype=np.float32)
        for part in np.array_split(np.arange(len(view.rows), dtype=np.int64), 50):
            cosines = np.concatenate([best, vectors @ dense.vectors_at(part).T], axis=1)
            best = np.partition(cosines, -_K, axis=1)[:, -_K:]
        found = [dense.scores_at(vector, dense.search(vector, _K)[0]) for vector in vectors]
    return float(np.mean([(scores >= own.min() - 1e-6).mean() for scores, own in zip(found, best, strict=True)]))


def measure(folder: Path, questions: Sequence[str]) -> dict[str, float]:
    """Everything that is measured of an index that exists."""
    encoder = SentenceMeans(load_encoder(), {})
    encoder.encode_query("warm")
    started = time.perf_counter()
    index = Index.open(folder, encoder)
    row = {"open s": time.perf_counter() - started, "chunks": float(index.counts()[1])}
    for name, where in {"query": None, "half": _WIDE, "narrow": _NARROW}.items():
        times = timed(lambda one, where=where: index.search(one, _K, where=where), questions)  # type: ignore[misc]
        row |= {f"{name} p50": float(np.median(times)), f"{name} p99": float(np.percentile(times, 99))}
    row["narrow found"] = min(len(index.search(one, _K, where=_NARROW)) for one in questions)
    row["RSS MB"] = resident_megabytes()
    row |= parts(index, encoder, questions)
    row["dense recall@10"] = dense_recall(index, encoder, questions)
    return row


def resident_megabytes() -> float:
    """Resident memory of this process; NaN where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text("utf-8").splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), float("nan"))


def measure_in_fresh_process(folder: Path) -> dict[str, float]:
    """What `measure` gives in a process that did not build the index."""
    command = [sys.executable, "-m", "evals.benchmarks.growth", "--measure", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    row: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return row


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table with a column for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    sentences = read_sentences()
    if options.measure:
        print(json.dumps(measure(options.measure, questions_for(sentences))))
        return
    real = load_encoder(purpose="bulk")
    known = dict(zip(sentences, real.encode_tokens(sentences), strict=True))
    columns: dict[int, dict[str, float]] = {}
    for chunks in options.chunks:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "index"
            seconds = build(place, SentenceMeans(real, known), sentences, chunks)
            megabytes = sum(path.stat().st_size for path in place.rglob("*") if path.is_file()) / 2**20
            columns[chunks] = {"build s": seconds, "disk MB": megabytes, **measure_in_fresh_process(place)}
        print(f"{chunks:,} chunks: done", file=sys.stderr, flush=True)
    print(f"| ms unless said | {' | '.join(f'{chunks:,}' for chunks in columns)} |")
    print("|---|" + "--:|" * len(columns))
    for name in next(iter(columns.values())):
        print(f"| {name} | {' | '.join(f'{column[name]:,.2f}' for column in columns.values())} |")


if __name__ == "__main__":
    main()
