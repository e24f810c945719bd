"""What becomes of real files: `python -m evals.benchmarks.formats PATH... [--most N]`, a table by format."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from corpus import chunk_note, load_notes
from corpus.loading import load_file


@dataclass(slots=True)
class Tally:
    """What was seen of one format."""

    files: int = 0
    notes: int = 0
    chunks: int = 0
    failures: int = 0
    seconds: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)


def examine(paths: list[Path], most: int) -> dict[str, Tally]:
    """A tally for each format, over at most so many files of each ending; failures stand under their ending."""
    tallies: dict[str, Tally] = {}
    taken: Counter[str] = Counter()
    for root, name, path in load_notes(*paths).paths():
        taken[path.suffix] += 1
        if taken[path.suffix] > most:
            continue
        started = time.perf_counter()
        loaded = load_file(root, name, path)
        chunks = sum(len(chunk_note(note)) for note in loaded.notes)
        label = str(loaded.notes[0].metadata["format"]) if loaded.notes else f"none ({path.suffix or 'no ending'})"
        tally = tallies.setdefault(label, Tally())
        tally.files += 1
        tally.notes += len(loaded.notes)
        tally.chunks += chunks
        tally.failures += bool(loaded.reason)
        tally.seconds += time.perf_counter() - started
        tally.reasons.update([loaded.reason[:60]] if loaded.reason else [])
    return tallies


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--most", type=int, default=10**9, help="files of each ending that are tried")
    options = parser.parse_args()
    print("| format | files tried | notes | chunks | failures | seconds | commonest reason |")
    print("|---|---|---|---|---|---|---|")
    for label, tally in sorted(examine(options.paths, options.most).items()):
        reason = tally.reasons.most_common(1)[0][0] if tally.reasons else ""
        counts = f"{tally.files} | {tally.notes} | {tally.chunks} | {tally.failures} | {tally.seconds:.2f}"
        print(f"| {label} | {counts} | {reason} |")


if __name__ == "__main__":
    main()
