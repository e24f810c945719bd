"""What an index survives: `python -m evals.benchmarks.faults [--kills 200]`, a table of faults tried.

Every trial ends with the same question: does the index open and hold one whole state of its notes, the old or the new
one? Where the files themselves were harmed, the alternatives are an error that names `footnote index`, and an index
that is whole again after what that command does. Anything else is counted as wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock

from corpus import Note
from retrieval import Index
from retrieval.encoder import EncodedText
from retrieval.encoder_tokens import Tokens
from retrieval.errors import IndexLocked, IndexMissing, RetrievalError, StorageFull
from retrieval.index import repair
from retrieval.store import newest_generation

_NOTES = 40
_FILE_LIMITS = (4_096, 20_000, 60_000, 120_000, 200_000, 400_000)
"""Bytes that a process may write into one file, from too little for anything to nearly enough."""
_TMPFS_KILOBYTES = (200, 400, 800, 1600)
_PLACES = 12
"""Bytes of each file that are flipped, one at a time."""


@dataclass(slots=True)
class Tally:
    """What became of the trials of one fault."""

    fault: str
    tried: int = 0
    old_or_new: int = 0
    refused: int = 0
    repaired: int = 0
    wrong: int = 0

    def row(self) -> str:
        """A line of the table."""
        counts = (self.tried, self.old_or_new, self.refused, self.repaired, self.wrong)
        return f"| {self.fault} | {' | '.join(map(str, counts))} |"


class LetterEncoder:
    """Counts letters: quick, and slow enough to be killed in the middle."""

    fingerprint = "letters"
    dimension = 32

    def encode(self, texts: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """(n, 32) of length 1."""
        time.sleep(0.002)
        rows = np.ones((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            np.add.at(rows[row], np.frombuffer(text.encode(), dtype=np.uint8) % self.dimension, 1)
        unit: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit

    def encode_query(self, text: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """(32,) of length 1."""
        return self.encode([text])[0]  # type: ignore[no-any-return]

    def encode_tokens(self, texts: Sequence[str], *, query: bool = False) -> list[EncodedText]:
        """One token a text."""
        words, spans = np.zeros(1, dtype=np.int32), [np.array([[0, len(text)]], dtype=np.int32) for text in texts]
        return [EncodedText(row, row[None], words, span) for row, span in zip(self.encode(texts), spans, strict=True)]

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """One token a text."""
        made = self.encode_tokens(texts)
        return [Tokens(np.zeros(1, dtype=np.int64), own.words, own.offsets) for own in made]


def notes_of(state: int) -> list[Note]:
    """The notes in one state: every text names it."""
    return [
        Note(f"n{i:02}", f"Note {i}", f"state {state} of note {i}, {state * i} words", f"n{i}") for i in range(_NOTES)
    ]


def state_of(folder: Path, *, every_byte: bool = True) -> int | None:
    """The one state of all notes of the index, None while it is empty.

    Args:
        folder: Where the index is.
        every_byte: Whether to compare all its files with their checksums.

    Raises:
        RetrievalError: The index says that it is damaged.
        AssertionError: It holds a mixture, or does not find what it holds.
    """
    with Index.open(folder, LetterEncoder()) as index:
        if every_byte:
            index.check()
        texts = [note.text for entry in index.notes() if (note := index.note(entry.note_id))]
        states = {int(text.split()[1]) for text in texts}
        assert len(texts) in (0, _NOTES), f"{len(texts)} notes"
        assert len(states) <= 1, f"states {states}"
        if texts:
            found = index.search(texts[0], k=_NOTES)
            assert len(found) == _NOTES, f"{len(found)} hits"
            assert {hit.chunk.text for hit in found} == set(texts), "hits of another state"
        return states.pop() if states else None


def judge(tally: Tally, folder: Path, allowed: set[int | None]) -> None:
    """Count one trial: a whole state that is allowed, an error that leads to a repair, or wrong."""
    tally.tried += 1
    try:
        if state_of(folder) in allowed:
            tally.old_or_new += 1
        else:
            tally.wrong += 1
        return
    except AssertionError:
        tally.wrong += 1
        return
    except RetrievalError as error:
        if isinstance(error, IndexMissing) and None in allowed:
            tally.old_or_new += 1
            return
        if "footnote index" not in str(error):
            tally.wrong += 1
            return
        tally.refused += 1
    repair(folder)
    with Index.create(folder, LetterEncoder()) as index:
        index.update(notes_of(7))
    tally.repaired += state_of(folder) == 7


def kills(folder: Path, count: int) -> Tally:
    """SIGKILL at a random moment of a process that does nothing but update."""
    tally = Tally("process killed while it updates")
    chance = random.Random(0)
    state = 0
    for _ in range(count):
        process = _writer(folder, state)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.25))
        process.send_signal(signal.SIGKILL)
        reached = [int(line) for line in process.communicate()[0].split()]
        last = max(reached, default=state)
        judge(tally, folder, {last or None, last + 1})
        state = (state_of(folder) or 0) if newest_generation(folder) else 0
    return tally


def _writer(folder: Path, state: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "evals.benchmarks.faults", "--write", str(folder), "--from-state", str(state)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def write_for_ever(folder: Path, state: int) -> None:
    """Update the index to one state after the other, naming each that is reached."""
    with Index.create(folder, LetterEncoder()) as index:
        print(state, flush=True)
        while True:
            state += 1
            index.update(notes_of(state))
            print(state, flush=True)


def full_disk_by_limit(folder: Path) -> Tally:
    """No file may grow beyond a limit, which the system reports as it reports a full disk."""
    tally = Tally("no room: file size limit")
    for limit in _FILE_LIMITS:
        _settle(folder, 1)
        command = f"ulimit -f {limit // 512}; exec {sys.executable} -m evals.benchmarks.faults --write-once {folder}"
        subprocess.run(["/bin/sh", "-c", command], check=False, capture_output=True)
        judge(tally, folder, {1, 2})
    return tally


def full_disk_by_tmpfs(folder: Path) -> Tally:
    """A small file system that fills up; needs the superuser."""
    tally = Tally("no room: small file system")
    for kilobytes in _TMPFS_KILOBYTES if os.geteuid() == 0 else ():
        place = folder / "mount"
        place.mkdir(parents=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            break
        try:
            _fill(tally, place / "index")
        finally:
            subprocess.run(["umount", str(place)], check=True)
            place.rmdir()
    return tally


def _fill(tally: Tally, folder: Path) -> None:
    reached: int | None = None
    try:
        for state in range(1, 30):
            with Index.create(folder, LetterEncoder()) as index:
                index.update([*notes_of(state)])
            reached = state
            (folder.parent / f"ballast{state}").write_bytes(bytes(40_000))
    except (StorageFull, OSError):
        for ballast in folder.parent.glob("ballast*"):
            ballast.unlink()
    if (folder / "notes.db").exists():
        judge(tally, folder, {reached, (reached or 0) + 1})


def second_writer(folder: Path) -> Tally:
    """Somebody else holds the lock."""
    tally = Tally("second writer")
    _settle(folder, 1)
    with FileLock(folder / "writer.lock"), Index.open(folder, LetterEncoder()) as index:
        try:
            index.update(notes_of(2))
            tally.wrong += 1
        except IndexLocked:
            judge(tally, folder, {1})
    return tally


def stale_lock(folder: Path) -> Tally:
    """A lock file is left over."""
    tally = Tally("stale lock file")
    _settle(folder, 1)
    (folder / "writer.lock").write_text("left over")
    _settle(folder, 2)
    judge(tally, folder, {2})
    return tally


def readers_during_switches(folder: Path) -> Tally:
    """Threads search while generation follows generation."""
    tally = Tally("reader during a switch")
    _settle(folder, 1)
    done, counting = threading.Event(), threading.Lock()

    def read() -> None:
        while not done.is_set():
            try:
                whole = state_of(folder, every_byte=False) is not None
            except (RetrievalError, AssertionError, OSError):
                whole = False
            with counting:
                tally.tried += 1
                tally.old_or_new += whole
                tally.wrong += not whole

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for state in range(2, 22):
        _settle(folder, state)
    done.set()
    for thread in threads:
        thread.join()
    return tally


def harmed_files(folder: Path, fault: str, harm: Callable[[Path], Iterator[bytes]]) -> Tally:
    """Every file of the index, harmed in several ways, one after the other."""
    tally = Tally(fault)
    _settle(folder, 7)
    whole = folder.with_name("whole")
    shutil.copytree(folder, whole)
    for path in sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file()):
        for content in harm(whole / path):
            shutil.rmtree(folder)
            shutil.copytree(whole, folder)
            (folder / path).write_bytes(content)
            judge(tally, folder, {7})
    shutil.rmtree(whole)
    return tally


def flipped(path: Path) -> Iterator[bytes]:
    """The file with one byte changed, at places spread over it."""
    content = path.read_bytes()
    for place in np.unique(np.linspace(0, len(content) - 1, _PLACES).astype(int)).tolist() if content else ():
        yield content[:place] + bytes([content[place] ^ 0x41]) + content[place + 1 :]


def truncated(path: Path) -> Iterator[bytes]:
    """The file cut to nothing, to half, and by its last byte."""
    content = path.read_bytes()
    if content:
        yield from (b"", content[: len(content) // 2], content[:-1])


def _settle(folder: Path, state: int) -> None:
    """Bring the index to that state."""
    with Index.create(folder, LetterEncoder()) as index:
        index.update(notes_of(state))


def tallies(folder: Path, kill_count: int) -> Iterator[Tally]:
    """Every fault, each on an index of its own."""
    yield kills(folder / "kills", kill_count)
    yield full_disk_by_limit(folder / "limit")
    yield full_disk_by_tmpfs(folder / "tmpfs")
    yield second_writer(folder / "second")
    yield stale_lock(folder / "stale")
    yield readers_during_switches(folder / "readers")
    yield harmed_files(folder / "flipped", "byte flipped in any file", flipped)
    yield harmed_files(folder / "truncated", "any file truncated", truncated)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; returns 1 when anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--write-once", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--from-state", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.write:
        write_for_ever(options.write, options.from_state)
    if options.write_once:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that the write fails, as on a full disk
        _settle(options.write_once, 2)
        return 0
    print("| fault | tried | old or new state | refused with a reason | of these repaired | wrong |")
    print("|---|--:|--:|--:|--:|--:|")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for tally in tallies(Path(folder), options.kills):
            print(tally.row(), flush=True)
            wrong += tally.wrong + tally.refused - tally.repaired
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
