"""Parsers in processes of their own, bounded in time and memory.

A parser of a document format may loop, fill the memory or crash on a damaged or hostile file. Here it runs in a
worker process: one that exceeds its bounds is killed and replaced, and the file is reported.

Covered: endless loops, memory (where the system supports a limit on a process: Linux; not macOS and Windows), crashes,
whatever a parser prints. Answers come back as JSON, never as pickles, so a worker cannot run code in this process.
Not covered: a worker is no sandbox; it has the rights of its user.

Workers are plain subprocesses, not those of `multiprocessing`, which would import the user's main script again: a
script without a `__main__` guard could then not read notes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

from corpus.errors import UnreadableFile
from corpus.isolation_worker import Answer, receive_answer, send_request
from corpus.note import Note
from corpus.source_file import SourceFile

Reader = Callable[[SourceFile], list[Note]]
"""A function on the top level of a module, which a worker can import."""

_STARTING_SECONDS = 60.0
"""Until a worker must have started: a Python process takes 0.2 s, on a loaded machine with a cold disk far longer."""

_DYING_SECONDS = 5.0
"""Between the end of a process's output and its own."""

_COMMAND = "from corpus.isolation_worker import main; main()"

_MOST_WORKERS = 4
"""More of them need more memory than most machines have to spare."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one file may cost.

    Attributes:
        seconds: For any file.
        seconds_per_mb: On top for each 2**20 bytes: a book of 700 pages and 15 MB takes 30 to 60 s as a PDF.
        memory_bytes: Address space of a worker; below 0.5 GB the parsers themselves would not fit.
    """

    seconds: float = 20.0
    seconds_per_mb: float = 5.0
    memory_bytes: int = 2 * 2**30

    def seconds_for(self, file: SourceFile) -> float:
        return self.seconds + self.seconds_per_mb * len(file.data) / 2**20


class ParserPool:
    """Workers that read files one after the other, started when they are needed and kept.

    Use it as a context manager, or `close` it; at the end of the program its workers end in any case. It may be
    shared by threads.
    """

    def __init__(self, bounds: Bounds | None = None, workers: int | None = None) -> None:
        self._bounds = bounds or Bounds()
        self.workers = workers or min(_MOST_WORKERS, os.cpu_count() or 1)
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._threads = ThreadPoolExecutor(self.workers, thread_name_prefix="parser")
        self._finalizer = weakref.finalize(self, _stop, self._all)

    def __enter__(self) -> ParserPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, read: Reader, file: SourceFile) -> Future[list[Note]]:
        """The notes of a file, some time; its exception is `UnreadableFile`."""
        return self._threads.submit(self.read, read, file)

    def map(
        self, read: Reader, files: Iterable[SourceFile]
    ) -> Iterator[tuple[SourceFile, list[Note] | UnreadableFile]]:
        """Each file with its notes or its failure, in the order of `files`, several being read at a time.

        Only as many files are taken ahead as there are workers, so that a folder need not fit into memory.
        """
        ahead: deque[tuple[SourceFile, Future[list[Note]]]] = deque()
        try:
            for file in files:
                ahead.append((file, self.submit(read, file)))
                if len(ahead) > self.workers:
                    yield _outcome(*ahead.popleft())
            while ahead:
                yield _outcome(*ahead.popleft())
        finally:
            for _, future in ahead:
                future.cancel()

    def read(self, read: Reader, file: SourceFile) -> list[Note]:
        """The notes of a file.

        Raises:
            UnreadableFile: The parser says so, raised anything, crashed, or exceeded its bounds.
        """
        worker = self._take()
        try:
            answer = worker.ask(read, file, self._bounds)
        except BaseException:
            self._discard(worker)
            raise
        if answer.worn_out:
            self._discard(worker)
        else:
            self._give_back(worker)
        if answer.reason:
            raise UnreadableFile(answer.reason)
        return list(answer.notes)

    def close(self) -> None:
        """Kills the workers, running ones too; what was submitted and has not begun is cancelled."""
        with self._lock:
            self._closed = True
            self._idle.clear()
        self._finalizer()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _take(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise UnreadableFile("reading was stopped")
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive():
                    return worker
                worker.stop()
                self._all.discard(worker)
            worker = _Worker(self._bounds.memory_bytes)
            self._all.add(worker)
            return worker

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(worker)

    def _discard(self, worker: _Worker) -> None:
        worker.stop()
        with self._lock:
            self._all.discard(worker)


@lru_cache(maxsize=1)
def shared_pool() -> ParserPool:
    """The pool of this process, for whoever has no pool of their own."""
    return ParserPool()


def read_isolated(read: Reader, file: SourceFile) -> list[Note]:
    """The notes of a file, read in a worker of the shared pool.

    Raises:
        UnreadableFile: The parser says so, raised anything, crashed, or exceeded its bounds.
    """
    return shared_pool().read(read, file)


def _outcome(file: SourceFile, future: Future[list[Note]]) -> tuple[SourceFile, list[Note] | UnreadableFile]:
    try:
        return file, future.result()
    except UnreadableFile as error:
        return file, error


class _Worker:
    """One process and the pipes to it."""

    def __init__(self, memory_bytes: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", "-c", _COMMAND, str(memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(_module_folders())},
        )
        self._started = False
        self._expired = False

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, read: Reader, file: SourceFile, bounds: Bounds) -> Answer:
        """What the worker answers; an answer that is `worn_out` means that it must not be asked again."""
        requests, answers = self._pipes()
        if not self._started:
            if self._within(_STARTING_SECONDS, lambda: receive_answer(answers)) is None:
                return Answer(reason="no process to read it in could be started", worn_out=True)
            self._started = True
        seconds = bounds.seconds_for(file)

        def exchange() -> Answer:
            send_request(requests, read, file, seconds)
            return receive_answer(answers)

        answer = self._within(seconds, exchange)
        return answer or Answer(reason=self._why_it_died(seconds), worn_out=True)

    def stop(self) -> None:
        """Kills the process, whatever it does; a thread that waits for its answer gets none."""
        self._process.kill()
        self._process.wait()
        for pipe in self._pipes():
            with contextlib.suppress(OSError, ValueError):  # what was not sent any more cannot be flushed
                pipe.close()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout

    def _within(self, seconds: float, exchange: Callable[[], Answer]) -> Answer | None:
        """The answer, or None where the process died, was killed because the time was over, or answered nonsense."""
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        try:
            return exchange()
        except (EOFError, OSError, ValueError):
            return None
        finally:
            timer.cancel()

    def _expire(self) -> None:
        self._expired = True
        self._process.kill()

    def _why_it_died(self, seconds: float) -> str:
        if self._expired:
            return f"it took longer than {seconds:.0f} s to read"
        try:
            code = self._process.wait(_DYING_SECONDS)
        except subprocess.TimeoutExpired:
            return "the parser gave no answer that could be understood"
        if code < 0:
            with contextlib.suppress(ValueError):
                return f"the parser crashed ({signal.Signals(-code).name})"
        return f"the parser ended with exit code {code}"


def _stop(workers: set[_Worker]) -> None:
    for worker in list(workers):
        worker.stop()
    workers.clear()


def _module_folders() -> list[str]:
    """Where a worker finds what this process can import; never the current folder, where notes may lie."""
    here = str(Path(__file__).resolve().parent.parent)
    return list(dict.fromkeys([here, *(folder for folder in sys.path if folder)]))
