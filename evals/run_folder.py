"""A run as a folder: what was run, the judged questions, and a record a question.

run.json         set, setup, machine, date
questions.jsonl  the questions that were asked, with their judgements
records.jsonl    what became of each; a line is written and synced before the next question's, so that a run that was
                 killed has lost at most what was being asked. The last line of a question counts.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Self

from evals.errors import RunExists, RunNotFound
from evals.judged_questions import JudgedQuestion, read_questions, write_questions
from evals.run_records import Record
from evals.run_setup import Machine, Setup

RUN_FILE = "run.json"
QUESTIONS_FILE = "questions.jsonl"
RECORDS_FILE = "records.jsonl"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which questions of its set a run asks.

    Attributes:
        split: Only those of this split; empty for all.
        limit: At most so many, evenly spaced; 0 for all.
        only: Only those of these kinds or ids; empty for all.
    """

    split: str = ""
    limit: int = 0
    only: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """For people: `split dev, only fact, at most 10 questions`; empty when all are asked."""
        parts = [f"split {self.split}"] if self.split else []
        parts += [f"only {' or '.join(self.only)}"] if self.only else []
        parts += [f"at most {self.limit} questions"] if self.limit else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class RunHeader:
    """What was run.

    Attributes:
        set_id: The question set.
        set_version: Its version; runs over different versions cannot be resumed as one.
        started: ISO 8601, in UTC.
        selection: Which of the set's questions; a run that was resumed may have got others than it began with.
    """

    set_id: str
    set_version: str
    setup: Setup
    machine: Machine
    started: str
    selection: Selection = Selection()


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it was read: `records` has an entry for every question that was finished."""

    folder: Path
    header: RunHeader
    questions: tuple[JudgedQuestion, ...]
    records: Mapping[str, Record]

    @property
    def name(self) -> str:
        """For people."""
        return self.folder.resolve().name

    @property
    def unfinished(self) -> tuple[str, ...]:
        """Ids of the questions that have no record."""
        return tuple(one.question.id for one in self.questions if one.question.id not in self.records)


def read_run(folder: Path) -> Run:
    """The run in `folder`.

    Raises:
        RunNotFound: There is none, or one of its files is damaged.
        InvalidSet: Its questions are damaged.
    """
    header = read_header(folder)
    if header is None:
        raise RunNotFound(f"{folder}: there is no run here ({RUN_FILE} is missing); make one with `footnote eval run`")
    questions = read_questions(folder / QUESTIONS_FILE)
    return Run(folder, header, questions, read_records(folder / RECORDS_FILE))


def read_header(folder: Path) -> RunHeader | None:
    """What was run in `folder`; None when nothing was.

    Raises:
        RunNotFound: The file is damaged.
    """
    path = folder / RUN_FILE
    if not path.is_file():
        return None
    try:
        fields = json.loads(path.read_text("utf-8"))
        selection = fields.get("selection", {})  # runs of before 2026-11-26 do not say
        chosen = Selection(**{**selection, "only": tuple(selection.get("only", ()))})
        known = {"setup": Setup(**fields["setup"]), "machine": Machine(**fields["machine"]), "selection": chosen}
        return RunHeader(**{**fields, **known})
    except (ValueError, TypeError, KeyError) as error:
        raise RunNotFound(f"{path} is not what `footnote eval run` wrote ({error!r}); run the set again") from error


def read_records(path: Path) -> dict[str, Record]:
    """Question id → its last record; a line that was cut off by a kill counts as never written.

    Raises:
        RunNotFound: A whole line is no record.
    """
    content = path.read_bytes() if path.is_file() else b""
    records = {}
    for number, line in enumerate(content.split(b"\n")[:-1], 1):
        try:
            record = Record.from_dict(json.loads(line))
        except (ValueError, TypeError, KeyError) as error:
            raise RunNotFound(f"{path}:{number} is no record ({error!r}); run the set again") from error
        records[record.question_id] = record
    return records


def begin_run(
    folder: Path, header: RunHeader, questions: Iterable[JudgedQuestion], *, resume: bool
) -> dict[str, Record]:
    """The records that are there already; `folder` is then ready to take more.

    Raises:
        RunExists: It holds a run and `resume` is False, or it holds a run of something else.
    """
    refuse_taken(folder, resume=resume)
    found = read_header(folder)
    if found and (differing := _differing(found, header)):
        raise RunExists(
            f"{folder} holds a run of something else ({differing}), so it cannot go on; give another folder to `--out`"
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_questions(folder / QUESTIONS_FILE, questions)
    now = header if found is None else replace(found, selection=header.selection)
    if now != found:
        (folder / RUN_FILE).write_text(json.dumps(asdict(now), ensure_ascii=False, indent=2) + "\n", "utf-8")
    return read_records(folder / RECORDS_FILE)


def refuse_taken(folder: Path, *, resume: bool) -> None:
    """Nothing, when a run may be written into `folder`.

    Raises:
        RunExists: It holds one already and `resume` is False.
    """
    if not resume and read_header(folder):
        raise RunExists(f"{folder} already holds a run; go on with it by `--resume`, or give another folder to `--out`")


class RecordWriter:
    """Appends records to a file, each synced to the disk before the call returns; threads may share it."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._file: BinaryIO = path.open("ab")
        _drop_torn_line(path)

    def append(self, record: Record) -> None:
        """Nothing; the record is then on the disk."""
        line = json.dumps(record.to_dict(), ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        with self._lock:
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _drop_torn_line(path: Path) -> None:
    """Cut off what stands behind the last line end: the line that was being written when a run was killed."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)


def _differing(found: RunHeader, wanted: RunHeader) -> str:
    """What the two runs differ in, in words; empty when one can go on where the other stopped."""
    before, now = _identity(found), _identity(wanted)
    names = [name for name in now if before.get(name) != now[name]]
    told = [
        name if name in ("code", "index") else f"{name} was {before.get(name)!r}, now {now[name]!r}" for name in names
    ]
    return "; ".join(told)


def _identity(header: RunHeader) -> dict[str, Any]:
    setup = asdict(header.setup)
    settings = setup.pop("settings")
    return {"set": f"{header.set_id} {header.set_version}", **setup, **settings}
