"""Asks the questions of a run and writes down what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass

from evals.judged_questions import JudgedQuestion
from evals.question_sets import Question
from evals.record_cache import RecordCache
from evals.run_folder import RecordWriter
from evals.run_records import Record
from evals.subjects import Subject


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is; `errors` of the `done` questions failed."""

    done: int
    total: int
    errors: int


def ask_questions(
    questions: Sequence[JudgedQuestion],
    subject: Subject,
    writer: RecordWriter,
    *,
    finished: Mapping[str, Record],
    cache: RecordCache | None = None,
    workers: int = 1,
    progress: Callable[[RunProgress], None] = lambda _: None,
) -> None:
    """Nothing; afterwards `writer` holds a record for each question that `finished` lacks or holds as an error.

    Args:
        questions: Asked in this order; with several workers the records may land in another one.
        subject: What is asked.
        writer: Takes each record as soon as it is there.
        finished: Records of an earlier try.
        cache: Records of other runs; asked first, and told of new ones.
        workers: Questions that are asked at once. More than one makes the seconds of each longer.
        progress: Called after each question.
    """
    todo = [one.question for one in questions if not _is_done(finished.get(one.question.id))]
    done, errors = len(questions) - len(todo), 0
    progress(RunProgress(done, len(questions), errors))
    for record in _records(todo, lambda question: ask_once(question, subject, cache), workers):
        writer.append(record)
        done, errors = done + 1, errors + bool(record.error)
        progress(RunProgress(done, len(questions), errors))


def ask_once(question: Question, subject: Subject, cache: RecordCache | None) -> Record:
    """The record of one question, from the cache where it is there; an exception becomes the record's error."""
    known = cache.get(question) if cache else None
    if known:
        return known
    try:
        record = subject.ask(question)
    except Exception as error:  # whatever goes wrong with one question must not cost the others
        return Record(question.id, error=" ".join(f"{type(error).__name__}: {error}".split()))
    if cache:
        cache.put(question, record)
    return record


def _is_done(record: Record | None) -> bool:
    return record is not None and not record.error


def _records(questions: Sequence[Question], ask: Callable[[Question], Record], workers: int) -> Iterator[Record]:
    """Records as they become ready; one worker asks in the calling thread, so that Ctrl-C stops at once."""
    if workers == 1:
        yield from map(ask, questions)
        return
    with _pool(workers) as pool:
        waiting: set[Future[Record]] = set()
        for question in questions:
            waiting.add(pool.submit(ask, question))
            if len(waiting) >= 2 * workers:
                ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (one.result() for one in ready)
        while waiting:
            ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in ready)


@contextmanager
def _pool(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that start nothing new once the block is left by an exception."""
    pool = ThreadPoolExecutor(workers, "question")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
