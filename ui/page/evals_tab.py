"""The Evals tab: two runs side by side, the numbers of one, and a run of a set in the background."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from agent import Assistant
from agent.models import EXTRACTIVE
from ui.errors import UiError
from ui.eval_html import asked_html, comparison_html, run_html
from ui.eval_runs import MODES, EvalJobs, compare, list_runs, read, sets
from ui.notes_html import refused_html

_TICK = 0.5
"""Seconds between two looks at a running set."""
_START = '<p class="fn-none">Choose two runs over the same set.</p>'
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}


def evals_tab(assistant: Assistant, data: Path, jobs: EvalJobs | None = None) -> None:
    """Nothing; the components are added to the open `gr.Blocks`.

    Args:
        assistant: Whose model and settings a run uses.
        data: The data folder, in which runs lie.
        jobs: Runs sets; None makes one.
    """
    does = _Handlers(data, jobs or EvalJobs(assistant.settings, assistant.index.folder))
    models = list(dict.fromkeys((EXTRACTIVE, assistant.model)))
    runs = does.choices()
    with gr.Row(elem_classes="fn-evals-tab", equal_height=False):
        with gr.Column(scale=3, min_width=280):
            with gr.Column(elem_classes="fn-box"):
                gr.HTML("<h2>Run a set</h2>", elem_classes="fn-head")
                chosen_set = gr.Dropdown(does.sets(), label="Question set", elem_id="fn-set")
                model = gr.Dropdown(models, value=models[-1], label="Model")
                mode = gr.Dropdown(list(MODES), value=MODES[0], label="Mode")
                limit = gr.Number(0, label="Questions at most (0 for all)", minimum=0, precision=0)
                start = gr.Button("Run the set", variant="primary", elem_id="fn-run-set")
                job = gr.HTML(does.progress, elem_id="fn-run-job")
                cancel = gr.Button("Cancel", size="sm", visible=False)
            with gr.Column(elem_classes="fn-box"):
                gr.HTML("<h2>One run</h2>", elem_classes="fn-head")
                one = gr.Dropdown(runs, value=None, label="Run", elem_id="fn-run-one")
                report = gr.HTML("", elem_id="fn-run-report", apply_default_css=False)
        with gr.Column(scale=7, min_width=320, elem_classes="fn-box"):
            gr.HTML("<h2>Compare two runs</h2>", elem_classes="fn-head")
            with gr.Row():
                a = gr.Dropdown(runs, value=None, label="Run A (before)", elem_id="fn-run-a", min_width=220)
                b = gr.Dropdown(runs, value=None, label="Run B (after)", elem_id="fn-run-b", min_width=220)
            compared = gr.HTML(_START, elem_id="fn-compared", apply_default_css=False)
    timer = gr.Timer(_TICK, active=True)
    watched = [job, cancel, timer, a, b, one]
    timer.tick(does.look, None, watched, **_QUIET)
    start.click(does.start, [chosen_set, model, mode, limit], watched, **_QUIET)
    cancel.click(does.cancel, **_QUIET)
    gr.on([a.change, b.change], does.compare, [a, b], compared, **_QUIET)
    one.change(does.report, one, report, **_QUIET)


class _Handlers:
    """What the components of the tab do. A visitor names a run by its folder; only those of the list are opened."""

    def __init__(self, data: Path, jobs: EvalJobs) -> None:
        self._data = data
        self._jobs = jobs

    def choices(self) -> list[tuple[str, str]]:
        return [(entry.label, str(entry.folder)) for entry in list_runs(self._data)]

    def sets(self) -> list[tuple[str, str]]:
        return sets(self._data)

    def progress(self) -> str:
        return asked_html(self._jobs.state)

    def cancel(self) -> None:
        self._jobs.cancel()

    def look(self) -> tuple[Any, ...]:
        """How far the run is; the lists of runs are made anew once it has ended."""
        state = self._jobs.state
        lists = [gr.skip()] * 3 if state.running else [gr.Dropdown(choices=self.choices()) for _ in range(3)]
        return asked_html(state), gr.Button(visible=state.running), gr.Timer(active=state.running), *lists

    def start(self, question_set: str | None, model: str, mode: str, limit: float) -> tuple[Any, ...]:
        try:
            self._jobs.start(question_set or "", model, mode, int(limit or 0))
        except UiError as error:
            return refused_html(str(error)), *[gr.skip()] * 5
        return self.look()

    def compare(self, a: str | None, b: str | None) -> str:
        if not a or not b:
            return _START

        def compared() -> str:
            one, other = self._run(a), self._run(b)
            return comparison_html(compare(one, other), one, other)

        return _or_reason(compared)

    def report(self, chosen: str | None) -> str:
        return _or_reason(lambda: run_html(self._run(chosen))) if chosen else ""

    def _run(self, folder: str) -> Any:
        known = {str(entry.folder): entry.folder for entry in list_runs(self._data)}
        if folder not in known:
            raise UiError("this run is no longer there; choose another one")
        return read(known[folder])


def _or_reason(made: Callable[[], str]) -> str:
    try:
        return made()
    except (UiError, OSError, ValueError) as error:
        return refused_html(str(error))
