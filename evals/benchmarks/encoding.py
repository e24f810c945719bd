"""The ways to run the encoder beside plain sentence-transformers: `python -m evals.benchmarks.encoding --texts 512`.

The texts are paragraphs of the shipped notes, joined up to a length of `--characters` if one is given, repeated when
there are too few. All ways encode the same texts and questions in turns; speeds are medians of the rounds, ratios are
medians of each round's ratio, so that what else the machine does falls on all of them alike. Loading is timed in fresh
processes, from before the first import until the first question is encoded.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

import corpus
from retrieval.cores import physical_cores
from retrieval.encoder import default_cache, load_encoder
from retrieval.encoder_graph import open_graph
from retrieval.encoder_onnx import OnnxEngine
from retrieval.encoder_openvino import OpenVinoEngine, pays_off
from retrieval.encoder_tokens import Tokeniser
from retrieval.encoder_torch import TorchRunner, find_accelerator
from retrieval.encoder_weights import Weights, find_weights
from retrieval.file_digests import FileDigests

Floats = NDArray[np.float32]

_QUESTIONS = (
    "Why are attention scores scaled?",
    "What is the difference between L1 and L2 regularisation?",
    "When does batch normalisation fail?",
    "How does word2vec choose negative samples?",
    "what is a variational lower bound",
    "vanishing gradients in deep networks",
    "Which layers of BERT are used for sentence embeddings?",
    "mode collapse in GANs and how to avoid it",
)
_QUESTIONS_A_ROUND = 24
_FRESH_PROCESSES = 3

_LOAD_ONLY = """
import json, time
started = time.perf_counter()
from pathlib import Path
{code}
seconds = time.perf_counter() - started
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
kilobytes = [int(line.split()[1]) for line in lines if line.startswith("VmRSS:")]
print(json.dumps([seconds, kilobytes[0] / 1024 if kilobytes else float("nan")]))
"""
_LOAD_PLAIN = """
from sentence_transformers import SentenceTransformer
SentenceTransformer({folder!r}, device="cpu", local_files_only=True).encode("why", show_progress_bar=False)
"""
_LOAD_OURS = """
from retrieval.encoder import load_encoder
load_encoder(purpose={purpose!r}).encode_query("why")
"""


@dataclass(slots=True)
class Way:
    """A way to encode, and what was measured of it."""

    name: str
    embed: Callable[[Sequence[str]], Floats]
    load: str
    seconds: list[float] = field(default_factory=list)
    question_seconds: list[float] = field(default_factory=list)
    rows: Floats = field(default_factory=lambda: np.empty((0, 0), dtype=np.float32))


def read_texts(count: int, characters: int = 0) -> list[str]:
    """`count` paragraphs of the shipped notes, or runs of paragraphs of about `characters` characters."""
    notes = sorted((Path(corpus.__file__).parent / "notes").glob("*.md"))
    paragraphs = [part.strip() for note in notes for part in note.read_text("utf-8").split("\n\n") if part.strip()]
    return list(islice(cycle(_join(paragraphs, characters)), count))


def _join(paragraphs: Sequence[str], characters: int) -> list[str]:
    joined: list[str] = []
    for paragraph in paragraphs:
        if joined and len(joined[-1]) + len(paragraph) < characters:
            joined[-1] += f"\n\n{paragraph}"
        else:
            joined.append(paragraph)
    return joined


def ways(weights: Weights) -> Iterator[Way]:
    """Plain sentence-transformers first, then every way that this machine has."""
    yield _plain(weights)
    cache = default_cache()
    load_query, load_bulk = (_LOAD_OURS.format(purpose=purpose) for purpose in ("query", "bulk"))
    yield Way("ONNX Runtime fp32", open_graph(weights, cache, OnnxEngine).embed, load_query)
    if pays_off():
        yield Way("OpenVINO bf16", open_graph(weights, cache, OpenVinoEngine).embed, load_bulk)
    if device := find_accelerator():
        yield Way(f"sentence-transformers fp16, {device}", TorchRunner(weights, device).embed, load_bulk)


def _plain(weights: Weights) -> Way:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(weights.folder), device="cpu", local_files_only=True)
    model.max_seq_length = weights.max_tokens

    def embed(texts: Sequence[str]) -> Floats:
        rows: Floats = model.encode(list(texts), show_progress_bar=False)
        return rows

    return Way("sentence-transformers fp32", embed, _LOAD_PLAIN.format(folder=str(weights.folder)))


def measure(competitors: Sequence[Way], texts: Sequence[str], rounds: int) -> None:
    """Fills in the times and rows; in each round every way encodes all texts, then each question is asked of all."""
    for way in competitors:
        way.rows = way.embed(texts)  # also compiles, and reads what is read late
    for _ in range(rounds):
        for way in competitors:
            way.seconds.append(_seconds(way, texts))
        for question in islice(cycle(_QUESTIONS), _QUESTIONS_A_ROUND):
            for way in competitors:
                way.question_seconds.append(_seconds(way, [question]))


def _seconds(way: Way, texts: Sequence[str]) -> float:
    started = time.perf_counter()
    way.embed(texts)
    return time.perf_counter() - started


def load_cost(way: Way) -> tuple[float, float]:
    """Seconds until the first answer and megabytes held then; medians of some fresh processes, NaN where unknown."""
    code = _LOAD_ONLY.format(code=way.load)
    runs = []
    for _ in range(_FRESH_PROCESSES):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return median(run[0] for run in runs), median(run[1] for run in runs)


def report(competitors: Sequence[Way], tokens: int) -> list[str]:
    """The lines of a Markdown table; ratios and cosines are to the first way."""
    lines = [
        "| way | tokens/s | ratio | question p50 ms | p90 ms | load s | RSS MB | cosine min | mean |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    plain = competitors[0]
    for way in competitors:
        ratio = median(a / b for a, b in zip(plain.seconds, way.seconds, strict=True))
        middle, slow = np.percentile(way.question_seconds, [50, 90]).tolist()
        seconds, megabytes = load_cost(way)
        cosines = (way.rows * plain.rows).sum(axis=1)
        lines.append(
            f"| {way.name} | {tokens / median(way.seconds):,.0f} | {ratio:.2f} | {middle * 1e3:.1f} | {slow * 1e3:.1f}"
            f" | {seconds:.2f} | {megabytes:,.0f} | {cosines.min():.5f} | {cosines.mean():.5f} |"
        )
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=512)
    parser.add_argument("--characters", type=int, default=0, help="join paragraphs up to this length")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_PROGRESS_BARS="1", TOKENIZERS_PARALLELISM="false")
    load_encoder().encode_query("")  # makes the graph, so that no fresh process has to
    weights = find_weights(None, FileDigests(default_cache() / "digests.json"))
    texts = read_texts(options.texts, options.characters)
    tokens = sum(map(len, Tokeniser(weights.folder / "tokenizer.json", weights.max_tokens).ids(texts)))
    competitors = list(ways(weights))
    measure(competitors, texts, options.rounds)
    print(
        f"{len(texts):,} texts, {tokens:,} tokens, medians of {options.rounds} rounds taken in turns;"
        f" {physical_cores()} cores, load average {os.getloadavg()[0]:.1f}\n"
    )
    print("\n".join(report(competitors, tokens)))


if __name__ == "__main__":
    main()
