"""What an index survives: `python -m evals.benchmarks.faults [--kills 200]`, a table of faults tried.

Every trial ends with the same question: does the index open and hold one whole state of its notes, the old or the new
one? Where the files themselves were harmed, the alternatives are an error that names `footnote index`, and an index
that is whole again after what that command does. Anything else is counted as wrong.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from filelock import FileLock

from evals.benchmarks.fault_trials import LetterEncoder, Tally, judge, notes_of, settle, state_of
from evals.benchmarks.kills import kills
from retrieval import Index
from retrieval.errors import IndexLocked, RetrievalError, StorageFull

_FILE_LIMITS = (4_096, 20_000, 60_000, 120_000, 200_000, 400_000)
"""Bytes that a process may write into one file, from too little for anything to nearly enough."""
_TMPFS_KILOBYTES = (200, 400, 800, 1600)
_PLACES = 12
"""Bytes of each file that are flipped, one at a time."""


def full_disk_by_limit(folder: Path) -> Tally:
    """No file may grow beyond a limit, which the system reports as it reports a full disk."""
    tally = Tally("no room: file size limit")
    for limit in _FILE_LIMITS:
        settle(folder, 1)
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
    settle(folder, 1)
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
    settle(folder, 1)
    (folder / "writer.lock").write_text("left over")
    settle(folder, 2)
    judge(tally, folder, {2})
    return tally


def readers_during_switches(folder: Path) -> Tally:
    """Threads search while generation follows generation."""
    tally = Tally("reader during a switch")
    settle(folder, 1)
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
        settle(folder, state)
    done.set()
    for thread in threads:
        thread.join()
    return tally


def harmed_files(folder: Path, fault: str, harm: Callable[[Path], Iterator[bytes]]) -> Tally:
    """Every file of the index, harmed in several ways, one after the other."""
    tally = Tally(fault)
    settle(folder, 7)
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


def tallies(folder: Path, kill_count: int) -> Iterator[Tally]:
    """Every fault, each on an index of its own."""
    yield from kills(folder / "kills", kill_count)
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
    parser.add_argument("--write-once", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.write_once:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that the write fails, as on a full disk
        settle(options.write_once, 2)
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
