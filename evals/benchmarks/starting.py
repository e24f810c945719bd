"""What a first answer costs in a fresh process: `python -m evals.benchmarks.starting [--runs 5]`.

The command is `footnote ask QUESTION --model extractive` over an index of the shipped notes, which is made for it. Its
peer does less: it loads the same encoder with sentence-transformers and encodes the question. Wall time and processor
time are medians, memory is the peak of what was resident. `loaded` names the heavy libraries that the process imported.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from corpus import shipped_notes
from retrieval import Index
from retrieval.encoder import default_cache
from retrieval.encoder_weights import find_weights
from retrieval.file_digests import FileDigests

_QUESTION = "Why are attention scores scaled?"
HEAVY = ("torch", "transformers", "sentence_transformers", "gradio", "langchain_core", "smolagents", "openai", "scipy")
"""Libraries that a question without a language model needs none of."""
_REPORT = """
import atexit, json, sys
from pathlib import Path
def report():
    loaded = [name for name in {heavy!r} if name in sys.modules]
    status = Path("/proc/self/status")  # `getrusage` would count what the process was forked from
    lines = status.read_text().splitlines() if status.exists() else []
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    print(json.dumps([sum(kilobytes) / 1024 or float("nan"), loaded]), file=sys.stderr)
atexit.register(report)
"""
_ASK = "import sys; from ui.cli import main; sys.exit(main({arguments!r}))"
_PEER = """
from sentence_transformers import SentenceTransformer
model = SentenceTransformer({folder!r}, device="cpu", local_files_only=True)
model.encode([{question!r}])
"""


@dataclass(frozen=True, slots=True)
class Start:
    """One fresh process: seconds by the clock and of the processor, peak megabytes, heavy libraries, what it prints."""

    wall: float
    processor: float
    megabytes: float
    loaded: tuple[str, ...]
    printed: str


def start(code: str) -> Start:
    """Run some Python in a fresh process until it ends."""
    before, began = os.times(), time.perf_counter()
    command = [sys.executable, "-c", _REPORT.format(heavy=HEAVY) + code]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, after = time.perf_counter() - began, os.times()
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    megabytes, loaded = json.loads(done.stderr.splitlines()[-1])
    return Start(wall, processor, megabytes, tuple(loaded), done.stdout)


def ask(index: Path, question: str = _QUESTION) -> str:
    """Code that answers a question as the command does."""
    arguments = ["ask", question, "--index", str(index), "--model", "extractive"]
    return _ASK.format(arguments=arguments)


def peer() -> str:
    """Code that loads the encoder with sentence-transformers and encodes the question."""
    weights = find_weights(None, FileDigests(default_cache() / "digests.json"))
    return _PEER.format(folder=str(weights.folder), question=_QUESTION)


def rows(ours: Sequence[Start], theirs: Sequence[Start]) -> list[str]:
    """The lines of a Markdown table, the last one the ratios of the medians."""
    lines = ["| fresh process | s | processor s | peak MB | loaded |", "|---|--:|--:|--:|---|"]
    medians = []
    for name, starts in {"`footnote ask`": ours, "encoder of sentence-transformers, one query": theirs}.items():
        values = [median(getattr(one, field) for one in starts) for field in ("wall", "processor", "megabytes")]
        medians.append(values)
        loaded = ", ".join(sorted({name for one in starts for name in one.loaded})) or "none"
        lines.append(f"| {name} | {values[0]:.2f} | {values[1]:.2f} | {values[2]:,.0f} | {loaded} |")
    ratios = " | ".join(f"{peer / own:.1f}" for own, peer in zip(*medians, strict=True))
    return [*lines, f"| ratio | {ratios} | |"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--index", type=Path, help="an index to ask instead of a new one of the shipped notes")
    options = parser.parse_args(arguments)
    os.environ.update(HF_HUB_OFFLINE="1")
    with tempfile.TemporaryDirectory() as folder:
        index = options.index or Path(folder) / "index"
        if not options.index:
            with Index.create(index) as made:
                made.update(shipped_notes())
        start(ask(index)), start(peer())  # so that files are in memory and compiled
        turns = [(start(ask(index)), start(peer())) for _ in range(options.runs)]
    print("\n".join(rows([own for own, _ in turns], [theirs for _, theirs in turns])))
    print(f"\nmedians of {options.runs} runs in turns; load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
