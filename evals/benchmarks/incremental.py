"""What an update costs when little has changed: `python -m evals.benchmarks.incremental [--notes 10000]`.

The notes are small Markdown files made of sentences of the shipped notes. They are indexed once, with an encoder that
only counts letters, so that what is timed is everything else; `embedded` is how many texts reached it. Then nothing, or
one file, is changed, and `Index.update` runs over the whole folder. The last row is the command `footnote index` in a
process of its own, nothing changed.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

from corpus import load_notes
from evals.benchmarks.fault_trials import LetterEncoder
from evals.benchmarks.growth import read_sentences
from retrieval import Index
from retrieval.encoder import EncodedText

_NOTES_A_FOLDER = 200
_SENTENCES_A_SECTION = 4


class CountingEncoder(LetterEncoder):
    """Counts the texts that it was given, too."""

    def __init__(self) -> None:
        self.texts = 0

    def encode_tokens(self, texts: Sequence[str], *, query: bool = False) -> list[EncodedText]:
        """One token a text."""
        self.texts += len(texts)
        return super().encode_tokens(texts, query=query)


def write_notes(folder: Path, count: int) -> list[Path]:
    """Write notes of two sections into subfolders; returns their paths."""
    sentences, random = read_sentences(), Random(0)
    paths = []
    for number in range(count):
        sections = [" ".join(random.choices(sentences, k=_SENTENCES_A_SECTION)) for _ in range(2)]
        path = folder / f"part-{number // _NOTES_A_FOLDER:03}" / f"note-{number:05}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# Note {number}\n\n{sections[0]}\n\n## More\n\n{sections[1]}\n", "utf-8")
        paths.append(path)
    return paths


def changes(folder: Path, paths: Sequence[Path]) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is done to the files before an update, each to another file."""
    edited, renamed, moved, deleted = paths[:: len(paths) // 4][:4]
    yield "nothing", lambda: None
    yield "one edited", lambda: edited.write_text(edited.read_text("utf-8") + "\nOne more sentence.\n", "utf-8")
    yield "one renamed", lambda: renamed.rename(renamed.with_name("another name.md"))
    yield "one moved", lambda: moved.rename(folder / moved.name)
    yield "one deleted", deleted.unlink
    yield "one added", lambda: (folder / "new.md").write_text("# New\n\nA sentence that no other note has.\n", "utf-8")


def measure(folder: Path, count: int) -> Iterator[str]:
    """A row of the table for the first update and for each change."""
    notes, index_folder, encoder = folder / "notes", folder / "index", CountingEncoder()
    paths = write_notes(notes, count)
    with Index.create(index_folder, encoder) as index:
        first: tuple[str, Callable[[], object]] = ("all new", lambda: None)
        for name, change in [first, *changes(notes, paths)]:
            change()
            encoder.texts, wall, processor = 0, time.perf_counter(), time.process_time()
            report = index.update(load_notes(notes))
            wall, processor = time.perf_counter() - wall, time.process_time() - processor
            counts = f"{report.added} | {report.changed} | {report.removed} | {report.unchanged}"
            yield f"| {name} | {wall:.2f} | {processor:.2f} | {encoder.texts} | {counts} |"
    yield _command_row(notes, index_folder)


def _command_row(notes: Path, index_folder: Path) -> str:
    """What `footnote index` takes in a fresh process, and what it says that it did."""
    command = [sys.executable, "-m", "ui.cli", "index", str(notes), "--index", str(index_folder)]
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    counts = " | ".join(re.findall(r"\d+", printed.splitlines()[0]))
    return f"| nothing, `footnote index` | {wall:.2f} | {processor:.2f} | – | {counts} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=int, default=10_000)
    options = parser.parse_args(arguments)
    print("| changed | s | processor s | embedded | added | changed | removed | unchanged |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for row in measure(Path(folder), options.notes):
            print(row, flush=True)


if __name__ == "__main__":
    main()
