"""Runs of question sets for the page, and one run at a time in the background.

`ui` and `evals` never import each other, so what is used of `evals` is found by name here, as `ui/eval_commands.py`
does for the command line.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from agent import Settings
from agent.errors import AgentError
from retrieval.errors import RetrievalError
from ui.errors import EvalRefused
from ui.indexing import time_words

MODES = ("auto", "quick", "agent", "search: hybrid", "search: bm25", "search: dense")
"""How questions are asked; the last three measure the search alone."""
_SEARCH = "search: "
_FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A run as a list shows it."""

    folder: Path
    label: str


def runs_folder(data: Path) -> Path:
    """Where runs lie."""
    return data / "evals" / "runs"


def list_runs(data: Path) -> list[RunEntry]:
    """The runs of the data folder, the newest first; those of a grid each on its own, damaged ones left out."""
    read_header, error = import_module("evals.run_folder").read_header, import_module("evals.errors").EvalError
    found = []
    for path in runs_folder(data).glob("**/run.json"):
        try:
            header = read_header(path.parent)
        except error:
            continue
        found.append((header.started, RunEntry(path.parent, _label(path.parent, header))))
    return [entry for _, entry in sorted(found, key=lambda one: (one[0], one[1].label), reverse=True)]


def _label(folder: Path, header: Any) -> str:
    setup = header.setup
    how = f"search, {setup.mode}" if setup.retrieval_only else f"{setup.model}, {setup.mode}"
    chosen = f" · {header.selection.words}" if header.selection.words else ""
    when = header.started.replace("T", " ").removesuffix("Z")
    dials = f" · {folder.name}" if "=" in folder.name else ""
    return f"{header.set_id} {header.set_version} · {how}{dials}{chosen} · {when}"


def find_run(data: Path, folder: str) -> Any:
    """The run in a folder, where that is one of `list_runs`, else None; see `evals.run_folder.Run`."""
    found = next((entry.folder for entry in list_runs(data) if str(entry.folder) == folder), None)
    return import_module("evals.run_folder").read_run(found) if found else None


def compare(a: Any, b: Any) -> Any:
    """Two runs side by side; see `evals.run_comparison.RunComparison`.

    Raises:
        EvalRefused: They have no question in common.
    """
    comparison = import_module("evals.run_comparison")
    try:
        return comparison.compare_runs(a, b)
    except import_module("evals.errors").EvalError as error:
        raise EvalRefused(str(error)) from error


def aligned_words(comparison: Any) -> str:
    """Over how many questions it was compared."""
    words: str = import_module("evals.run_comparison").aligned_words(comparison)
    return words


def difference_plot(measures: Any) -> str:
    """The differences with their intervals, as SVG."""
    svg: str = import_module("evals.report_plots").difference_plot(measures)
    return svg


def summary_markdown(run: Any) -> str:
    """The numbers of one run, as Markdown."""
    text: str = import_module("evals.report").summary_markdown(run)
    return text


def report_page(run: Any) -> str:
    """The whole report of a run, an HTML file that loads nothing."""
    summary = import_module("evals.summary").summarise(run)
    page: str = import_module("evals.report_page").report_html(run, summary)
    return page


def sets(data: Path) -> list[tuple[str, str]]:
    """Name for people and name or path of each set that can be run; what visitors said of answers is one."""
    shipped = [(name, name) for name in import_module("evals.set_readers").shipped_sets()]
    feedback = data / _FEEDBACK / "feedback.jsonl"
    return [*shipped, *([("feedback of this page", str(feedback))] if feedback.is_file() else [])]


@dataclass(frozen=True, slots=True)
class AskedState:
    """How far the run in the background is.

    Attributes:
        phase: `idle`, `preparing`, `asking`, `done`, `cancelled` or `failed`.
        what: Set, model and mode, for people.
        errors: Questions that failed.
        out: Folder of the run.
        error: Why it failed.
    """

    phase: str = "idle"
    what: str = ""
    done: int = 0
    total: int = 0
    errors: int = 0
    seconds: float = 0.0
    out: str = ""
    error: str = ""

    @property
    def running(self) -> bool:
        return self.phase in ("preparing", "asking")

    @property
    def line(self) -> str:
        """For people: `12 of 40 questions · 1 failed · 3.1/s · 9 s left`."""
        if not self.total:
            return "preparing the index of the set" if self.running else ""
        parts = [f"{self.done:,} of {self.total:,} questions"]
        parts += [f"{self.errors:,} failed"] if self.errors else []
        if self.done and self.seconds:
            rate = self.done / self.seconds
            parts += [f"{rate:.1f}/s", f"{time_words((self.total - self.done) / rate)} left"]
        return " · ".join(parts)


class _Cancelled(Exception):
    """The run was asked to stop."""


class EvalJobs:
    """Runs of sets, one at a time."""

    def __init__(self, settings: Settings, index: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._index = index
        self._clock = clock
        self._lock = threading.Lock()
        self._state = AskedState()
        self._stop = threading.Event()
        self._began = 0.0
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> AskedState:
        """How far the run is, now."""
        with self._lock:
            state = self._state
            return replace(state, seconds=self._clock() - self._began) if state.running else state

    def cancel(self) -> None:
        """Stop after the question that is being asked; what was asked is kept, and `--resume` goes on."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> AskedState:
        """The state once the run has ended, or after so many seconds."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self.state

    def start(self, question_set: str, model: str, mode: str, limit: int) -> None:
        """Ask the questions of a set.

        Args:
            question_set: One of `sets`.
            model: Spec of the model.
            mode: One of `MODES`.
            limit: At most so many questions; 0 for all.

        Raises:
            EvalRefused: A run is going on, or there is no such set or mode.
        """
        if question_set not in [path for _, path in sets(self._settings.data)] or mode not in MODES:
            raise EvalRefused("choose one of the sets and one of the modes")
        own = {"index": self._index} if question_set.endswith(".jsonl") else {}
        how = (
            {"retrieval_only": True, "search_mode": mode.removeprefix(_SEARCH)}
            if mode.startswith(_SEARCH)
            else {"mode": mode, "model": model}
        )
        options = import_module("evals.run_options").RunOptions(question_set, limit=max(0, limit), **how, **own)
        with self._lock:
            if self._state.running:
                raise EvalRefused(f"{self._state.what} is running; wait for it to end, or cancel it")
            self._stop.clear()
            self._began = self._clock()
            name = Path(question_set).stem
            self._state = AskedState(
                "preparing", f"{name} · {mode if mode.startswith(_SEARCH) else f'{model}, {mode}'}"
            )
            self._thread = threading.Thread(target=self._run, args=(options,), name="eval run", daemon=True)
            self._thread.start()

    def _run(self, options: Any) -> None:
        module, errors = import_module("evals.run_options"), import_module("evals.errors")
        watchers = module.Watchers(lambda _: self._check(), self._asked, self._starting)
        try:
            for _ in module.run_set(options, self._settings, watchers):
                self._check()
        except _Cancelled:
            self._end("cancelled")
        except (errors.EvalError, AgentError, RetrievalError, OSError, ValueError) as error:
            self._end("failed", " ".join(str(error).split()))
        except Exception as error:  # a thread's error is seen by nobody unless the page shows it
            self._end("failed", f"{type(error).__name__}: {error}")
        else:
            self._end("done")

    def _check(self) -> None:
        if self._stop.is_set():
            raise _Cancelled

    def _starting(self, out: str) -> None:
        with self._lock:
            self._state = replace(self._state, out=out)

    def _asked(self, progress: Any) -> None:
        with self._lock:
            if self._state.phase == "preparing":
                self._began = self._clock()
            self._state = replace(
                self._state, phase="asking", done=progress.done, total=progress.total, errors=progress.errors
            )
        if progress.done < progress.total:
            self._check()

    def _end(self, phase: str, error: str = "") -> None:
        with self._lock:
            self._state = replace(self._state, phase=phase, error=error)
