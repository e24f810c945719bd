"""From the options of `footnote eval run` to runs: which questions, over which index, with which settings."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from agent import Assistant, Settings
from agent.entailment import CrossEncoderEntailment
from agent.models import resolve_spec
from agent.modes import ASK_MODES
from evals.dials import RUN_DIALS, cells, dials_of, parse_grid, with_dials
from evals.errors import InvalidDial, RunNotFound
from evals.judged_questions import JudgedQuestion, judge_questions
from evals.judgements import check_notes
from evals.question_sets import Question, QuestionSet
from evals.record_cache import RecordCache
from evals.run_folder import (
    RECORDS_FILE,
    RecordWriter,
    Run,
    RunHeader,
    Selection,
    begin_run,
    read_header,
    read_run,
    refuse_taken,
)
from evals.run_setup import Setup, code_digest, index_digest, this_machine
from evals.runner import RunProgress, ask_questions
from evals.set_indexes import index_folder, notes_of
from evals.set_readers import read_set
from evals.subjects import AssistantSubject, SearchSubject, Subject
from retrieval import Index, Progress
from retrieval.hit import MODES


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a person asked for.

    Attributes:
        question_set: Name or path of the set.
        out: Folder of the run; of a grid, the folder of its runs. None is a new one in the data folder.
        workers: Questions that are asked at once.
        limit: Only so many questions, evenly spaced over the set; 0 for all.
        only: Kinds or ids of questions; empty for all.
        resume: Go on with the run in `out`, or with the newest one of this setup.
        vary: Texts such as `dense_weight=0.3,0.5`; one run for each combination.
    """

    question_set: str
    index: Path | None = None
    model: str | None = None
    mode: str = "auto"
    search_mode: str = "hybrid"
    out: Path | None = None
    workers: int = 1
    limit: int = 0
    only: Sequence[str] = ()
    split: str = ""
    resume: bool = False
    retrieval_only: bool = False
    cache: bool = True
    entailment: str = ""
    vary: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Watchers:
    """Who is told how far things are."""

    indexing: Callable[[Progress], None] = lambda _: None
    asking: Callable[[RunProgress], None] = lambda _: None
    starting: Callable[[str], None] = lambda _: None


def run_set(options: RunOptions, settings: Settings, watchers: Watchers | None = None) -> Iterator[Run]:
    """Each run as soon as it is finished, one for every combination of `vary`.

    Raises:
        EvalError: The set, a setting or the folder is not what it should be.
        AgentError, RetrievalError: The assistant cannot be opened.
    """
    watchers = watchers or Watchers()
    question_set = read_set(options.question_set)
    grid = list(cells(parse_grid(options.vary)))
    outs = _folders(options, settings, question_set, grid)
    for out in outs:
        refuse_taken(out, resume=options.resume)
    folder = index_folder(question_set, options.index, settings, watchers.indexing)
    with Index.open(folder) as index:
        notes = notes_of(index)
        digest = index_digest(index, notes)
    check_notes(question_set, notes)
    questions = judge_questions(_selected(question_set, options), notes)
    for cell, out in zip(grid, outs, strict=True):
        chosen, turned = _turned(options, settings, cell)
        watchers.starting(str(out))
        selection = Selection(options.split, options.limit, tuple(options.only))
        setup = _setup(chosen, turned, digest)
        header = RunHeader(question_set.id, question_set.version, setup, this_machine(), _now(), selection)
        _run_once(chosen, turned, folder, questions, header, out, watchers)
        yield read_run(out)


def _folders(
    options: RunOptions, settings: Settings, question_set: QuestionSet, grid: Sequence[Mapping[str, str]]
) -> list[Path]:
    """Where the run of each cell goes: a folder of its own below `out`, or `out` itself when there is one run only."""
    parent = options.out or _default_out(options, settings, question_set, varied=len(grid) > 1)
    if len(grid) == 1:
        return [parent]
    names = (",".join(f"{dial}={value}" for dial, value in cell.items()) for cell in grid)
    return [parent / name.replace("/", "-") for name in names]


def _run_once(
    options: RunOptions,
    settings: Settings,
    index: Path,
    questions: Sequence[JudgedQuestion],
    header: RunHeader,
    out: Path,
    watchers: Watchers,
) -> None:
    finished = begin_run(out, header, questions, resume=options.resume)
    cache = RecordCache(settings.data / "evals" / "cache", header.setup) if options.cache else None
    with _subject(options, settings, index) as subject, RecordWriter(out / RECORDS_FILE) as writer:
        ask_questions(
            questions,
            subject,
            writer,
            finished=finished,
            cache=cache,
            workers=options.workers,
            progress=watchers.asking,
        )


@contextmanager
def _subject(options: RunOptions, settings: Settings, folder: Path) -> Iterator[Subject]:
    with ExitStack() as stack:
        index = stack.enter_context(Index.open(folder, settings=settings.search))
        if options.retrieval_only:
            yield SearchSubject(index, _one_of("search_mode", options.search_mode, MODES))
            return
        mode = _one_of("mode", options.mode, ASK_MODES)
        entailment = CrossEncoderEntailment(options.entailment) if options.entailment else None
        yield AssistantSubject(Assistant.open(index, options.model, settings), mode, entailment)


def _setup(options: RunOptions, settings: Settings, index: str) -> Setup:
    return Setup(
        model="" if options.retrieval_only else resolve_spec(options.model or settings.model),
        mode=options.search_mode if options.retrieval_only else options.mode,
        settings=dials_of(settings),
        index=index,
        code=code_digest(),
        entailment=options.entailment,
    )


def _turned(options: RunOptions, settings: Settings, cell: dict[str, str]) -> tuple[RunOptions, Settings]:
    """Options and settings with the dials of one cell turned.

    Raises:
        InvalidDial: There is no such dial or mode, or a dial cannot take the value.
    """
    of_run: dict[str, Any] = {name: value for name, value in cell.items() if name in RUN_DIALS}
    turned = with_dials(settings, {name: value for name, value in cell.items() if name not in RUN_DIALS})
    chosen = replace(options, **of_run)
    _one_of("search_mode", chosen.search_mode, MODES)
    _one_of("mode", chosen.mode, ASK_MODES)
    return chosen, turned


def _selected(question_set: QuestionSet, options: RunOptions) -> QuestionSet:
    chosen = question_set.select(split=options.split or None)
    if options.only:
        wanted = set(options.only)
        known = {name for one in chosen.questions for name in (one.id, one.kind)}
        if missing := sorted(wanted - known):
            kinds = ", ".join(sorted({one.kind for one in chosen.questions}))
            raise InvalidDial(f"--only names {missing[0]!r}, which is neither an id nor a kind; the kinds are {kinds}")
        kept = tuple(one for one in chosen.questions if one.id in wanted or one.kind in wanted)
        chosen = replace(chosen, questions=kept)
    if not chosen.questions:
        where = f" in the split {options.split!r}" if options.split else ""
        raise InvalidDial(f"the set {question_set.id!r} has no question{where}")
    return replace(chosen, questions=_spaced(chosen.questions, options.limit))


def _spaced(questions: tuple[Question, ...], limit: int) -> tuple[Question, ...]:
    """At most `limit` of the questions, from all parts of the set: sets are often sorted by subject."""
    if not 0 < limit < len(questions):
        return questions
    return tuple(questions[at * len(questions) // limit] for at in range(limit))


def _default_out(options: RunOptions, settings: Settings, question_set: QuestionSet, *, varied: bool) -> Path:
    """A new folder among the runs; on resuming, the newest one that holds such a run."""
    runs = settings.data / "evals" / "runs"
    what = "search" if options.retrieval_only else (options.model or settings.model or "best").replace("/", "-")
    if not options.resume:
        return runs / f"{_now().replace(':', '').replace('-', '')}-{question_set.id}-{what}"
    found = [path for path in sorted(runs.glob(f"*-{question_set.id}-{what}")) if varied or read_header(path)]
    if not found:
        raise RunNotFound(
            f"there is no run of {question_set.id} with {what} in {runs}; leave out --resume, or give --out"
        )
    return found[-1]


def _one_of(name: str, value: str, known: Sequence[Any]) -> Any:
    if value not in known:
        raise InvalidDial(f"{name} is one of {', '.join(known)}, not {value!r}")
    return value


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
