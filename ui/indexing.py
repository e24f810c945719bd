"""Updates of an index in the background: one at a time, watched and stopped from other threads.

Questions are answered from the old generation meanwhile; an update that is stopped or fails leaves it as it was. What
`footnote index` does and what this does is the same `Index.update` over the same `load_notes`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from agent.freshness import changed_since_indexed
from corpus import CorpusError, NoteSource, load_notes
from retrieval.errors import RetrievalError
from ui.errors import IndexingRefused
from ui.uploads import UPLOADS_FOLDER, KeptFiles, keep_files

if TYPE_CHECKING:
    from corpus import Note
    from retrieval import Index, Progress, UpdateReport

Phase = Literal["idle", "reading", "embedding", "writing", "done", "cancelled", "failed"]
_RUNNING = frozenset({"reading", "embedding", "writing"})
_STAGES = {"reading": "files", "embedding": "passages"}


@dataclass(frozen=True, slots=True)
class JobState:
    """How far the last job is.

    Attributes:
        what: What is indexed, for people.
        done: Files read, or passages embedded, by `phase`.
        total: Of how many; 0 while that is unknown.
        seconds: Since the phase began.
        report: What an update that is done changed.
        skipped: Files that hold no notes.
        failed: Path or name and reason of each file that was not taken.
        renamed: Name of an uploaded file and the one it is kept under.
        error: Why the whole job failed.
    """

    phase: Phase = "idle"
    what: str = ""
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    report: UpdateReport | None = None
    skipped: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    error: str = ""

    @property
    def running(self) -> bool:
        return self.phase in _RUNNING

    @property
    def rate(self) -> float:
        """Files or passages a second."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Of this phase; None while nothing can be said."""
        return (self.total - self.done) / self.rate if self.total and self.rate else None

    @property
    def line(self) -> str:
        """For people: `312 of 1,204 files · 38/s · 24 s left`."""
        if self.phase == "writing":
            return "writing the index"
        if self.phase not in _STAGES or not self.total:
            return "looking for files" if self.phase == "reading" else ""
        parts = [f"{self.done:,} of {self.total:,} {_STAGES[self.phase]}"]
        if self.rate:
            parts.append(f"{self.rate:,.0f}/s" if self.rate >= 10 else f"{self.rate:.1f}/s")
        if self.seconds_left is not None:
            parts.append(f"{time_words(self.seconds_left)} left")
        return " · ".join(parts)


def time_words(seconds: float) -> str:
    """`24 s`, `3 min`, `2 h 05 min`."""
    whole = max(0, round(seconds))
    if whole < 100:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02} min"


def changes_line(report: UpdateReport, skipped: int = 0) -> str:
    """What an update did: `added 3 · changed 0 · removed 0 · unchanged 92`."""
    counts = [f"{name} {getattr(report, name)}" for name in ("added", "changed", "removed", "unchanged")]
    if report.failed:
        counts.append(f"failed {len(report.failed)}")
    if skipped:
        counts.append(f"skipped {skipped} files that hold no notes")
    return " · ".join(counts)


class _Cancelled(Exception):
    """The job was asked to stop."""


class IndexingJobs:
    """The updates of one index, asked for on a page.

    Attributes:
        uploads: Folder in which uploaded files are kept.
    """

    def __init__(self, index: Index, data: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._index = index
        self.uploads = data / UPLOADS_FOLDER
        self._clock = clock
        self._lock = threading.Lock()
        self._state = JobState()
        self._stop = threading.Event()
        self._began = 0.0
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> JobState:
        """How far the job is, now."""
        with self._lock:
            state = self._state
            return replace(state, seconds=self._clock() - self._began) if state.running else state

    def cancel(self) -> None:
        """Stop the job; the old generation stays. Once the new one is being written, that is finished."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> JobState:
        """The state once the job has ended, or after so many seconds."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self.state

    def index_folder(self, path: str) -> None:
        """Take in the notes below a path of this machine.

        Raises:
            IndexingRefused: A job is running, or there is no such path.
        """
        if not path.strip():
            raise IndexingRefused("no folder was named; type the path of a folder or file with notes")
        try:
            source = load_notes(path.strip())
        except CorpusError as error:
            raise IndexingRefused(str(error)) from error
        self._start(lambda: source, path.strip())

    def index_files(self, files: Sequence[tuple[str, Path]]) -> None:
        """Keep uploaded files, given as name and place of the content, and take in their notes.

        Raises:
            IndexingRefused: A job is running, or no file was given.
        """
        if not files:
            raise IndexingRefused("no file was chosen")
        count = f"{len(files):,} files" if len(files) > 1 else files[0][0]

        def kept() -> NoteSource:
            self._note_kept(keep_files(files, self.uploads))
            return load_notes(self.uploads)

        self._start(kept, count)

    def index_again(self, note_id: str) -> None:
        """Read the file of one note again.

        Raises:
            IndexingRefused: A job is running, or the note has no file.
        """
        note = self._known(note_id)
        name = self._file_of(note)
        self._start(lambda: NoteSource((Path(note.root),), only=frozenset({name})), note.title)

    def remove(self, note_id: str) -> None:
        """Take the notes of this note's file out of the index; an uploaded file is deleted, others are left alone.

        Raises:
            IndexingRefused: A job is running, or the note has no file.
        """
        note = self._known(note_id)
        name = self._file_of(note)

        def without() -> NoteSource:
            if self.is_upload(note):
                (self.uploads / name).unlink(missing_ok=True)
            return NoteSource((Path(note.root),), exclude=frozenset({name}), only=frozenset({name}))

        self._start(without, note.title)

    def is_upload(self, note: Note) -> bool:
        """Whether the file of the note is kept among the uploads."""
        return Path(note.root) == self.uploads.resolve()

    def changed(self, note_id: str) -> bool:
        """Whether the file of a note holds another text than the index."""
        note = self._index.note(note_id)
        return note is not None and changed_since_indexed(note, self._index.folder)

    def _known(self, note_id: str) -> Note:
        if (note := self._index.note(note_id)) is None:
            raise IndexingRefused(f"there is no note {note_id!r} in the index; it may have been removed")
        return note

    def _file_of(self, note: Note) -> str:
        """Name of the note's file below its root; a note inside an archive has that of the archive."""
        root, path = Path(note.root), Path(note.path)
        if not note.root or not path.is_relative_to(root):
            raise IndexingRefused(f"{note.title!r} was not read from a file, so it cannot be read again")
        if path == root or root.is_file():
            return root.name
        below = path.relative_to(root)
        found = next((one for one in (below, *below.parents) if (root / one).is_file()), below)
        return found.as_posix()

    def _start(self, source: Callable[[], NoteSource], what: str) -> None:
        with self._lock:
            if self._state.running:
                raise IndexingRefused(f"{self._state.what} is being indexed; wait for it to end, or cancel it")
            self._stop.clear()
            self._began = self._clock()
            self._state = JobState("reading", what)
            self._thread = threading.Thread(target=self._run, args=(source,), name="indexing", daemon=True)
            self._thread.start()

    def _run(self, source: Callable[[], NoteSource]) -> None:
        try:
            notes = source()
            report = self._index.update(notes, progress=self._progress)
        except _Cancelled:
            self._end("cancelled")
        except (CorpusError, RetrievalError, OSError, ValueError) as error:
            self._end("failed", error=" ".join(str(error).split()))
        except Exception as error:  # a thread's error is seen by nobody unless the page shows it
            self._end("failed", error=f"{type(error).__name__}: {error}")
        else:
            failed = (*self._state.failed, *report.failed)
            self._end("done", report=report, skipped=sum(notes.skipped.values()), failed=failed)

    def _note_kept(self, kept: KeptFiles) -> None:
        with self._lock:
            self._state = replace(self._state, failed=kept.refused, renamed=kept.renamed)

    def _progress(self, step: Progress) -> None:
        if self._stop.is_set():
            raise _Cancelled
        with self._lock:
            if step.stage != self._state.phase:
                self._began = self._clock()
            self._state = replace(self._state, phase=step.stage, done=step.done, total=step.total)

    def _end(
        self,
        phase: Phase,
        *,
        report: UpdateReport | None = None,
        skipped: int = 0,
        failed: tuple[tuple[str, str], ...] | None = None,
        error: str = "",
    ) -> None:
        with self._lock:
            kept = self._state.failed if failed is None else failed
            self._state = replace(
                self._state, phase=phase, report=report, skipped=skipped, failed=kept, error=error, done=0, total=0
            )
