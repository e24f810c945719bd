"""The Evals tab: two runs side by side, the numbers of one, and a run of a set in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from agent import Assistant
from agent.models import EXTRACTIVE
from ui.errors import UiError
from ui.eval_html import asked_html, comparison_html, run_html
from ui.eval_reports import report_address
from ui.eval_runs import MODES, EvalJobs, compare, find_run, list_runs, sets
from ui.notes_html import refused_html
from ui.page.rights import Rights

_TICK = 0.5
"""Seconds between two looks at a running set."""
_START = '<p class="fn-none">Choose two runs over the same set.</p>'
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}


def evals_tab(assistant: Assistant, rights: Rights) -> None:
    """Nothing; the components are added to the open `gr.Blocks`.

    Args:
        assistant: Whose model, settings and data folder a run uses.
        rights: What a visitor may do.
    """
    does = _Handlers(assistant, rights)
    models = list(dict.fromkeys((EXTRACTIVE, assistant.model)))
    with gr.Row(elem_classes="fn-evals-tab", equal_height=False):
        with gr.Column(scale=3, min_width=280):
            with gr.Column(elem_classes=["fn-box", "fn-changes"]):
                gr.HTML("<h2>Run a set</h2>", elem_classes="fn-head")
                chosen_set = gr.Dropdown([], label="Question set", elem_id="fn-set")
                model = gr.Dropdown(models, value=models[-1], label="Model")
                mode = gr.Dropdown(list(MODES), value=MODES[0], label="Mode")
                limit = gr.Number(0, label="Questions at most (0 for all)", minimum=0, precision=0)
                start = gr.Button("Run the set", variant="primary", elem_id="fn-run-set")
                job = gr.HTML(does.progress, elem_id="fn-run-job")
                cancel = gr.Button("Cancel", size="sm", visible=False)
            with gr.Column(elem_classes="fn-box"):
                gr.HTML("<h2>One run</h2>", elem_classes="fn-head")
                one = gr.Dropdown([], value=None, label="Run", elem_id="fn-run-one")
                report = gr.HTML("", elem_id="fn-run-report", apply_default_css=False)
        with gr.Column(scale=7, min_width=320, elem_classes="fn-box"):
            gr.HTML("<h2>Compare two runs</h2>", elem_classes="fn-head")
            with gr.Row():
                a = gr.Dropdown([], value=None, label="Run A (before)", elem_id="fn-run-a", min_width=220)
                b = gr.Dropdown([], value=None, label="Run B (after)", elem_id="fn-run-b", min_width=220)
            compared = gr.HTML(_START, elem_id="fn-compared", apply_default_css=False)
    timer = gr.Timer(_TICK, active=True)
    watched = [job, cancel, timer, chosen_set, a, b, one]  # the lists are filled by the first look
    timer.tick(does.look, None, watched, **_QUIET)
    start.click(does.start, [chosen_set, model, mode, limit], watched, **_QUIET)
    cancel.click(does.cancel, **_QUIET)
    gr.on([a.change, b.change], does.compare, [a, b], compared, **_QUIET)
    one.change(does.report, one, report, **_QUIET)


class _Handlers:
    """What the components of the tab do. A visitor names a run by its folder; only those of the list are opened."""

    def __init__(self, assistant: Assistant, rights: Rights) -> None:
        self._data = assistant.settings.data
        self._jobs = EvalJobs(assistant.settings, assistant.index.folder)
        self._rights = rights

    def progress(self) -> str:
        return asked_html(self._jobs.state)

    def cancel(self, request: gr.Request) -> None:
        if not self._rights.is_reader(request):
            self._jobs.cancel()

    def look(self) -> tuple[Any, ...]:
        """How far the run is; the lists of sets and runs are made anew once it has ended."""
        state = self._jobs.state
        lists = [gr.skip()] * 4 if state.running else self._lists()
        return asked_html(state), gr.Button(visible=state.running), gr.Timer(active=state.running), *lists

    def _lists(self) -> list[Any]:
        runs = [(entry.label, str(entry.folder)) for entry in list_runs(self._data)]
        return [gr.Dropdown(choices=sets(self._data)), *(gr.Dropdown(choices=runs) for _ in range(3))]

    def start(
        self, question_set: str | None, model: str, mode: str, limit: float, request: gr.Request
    ) -> tuple[Any, ...]:
        try:
            self._rights.check_change(request)
            self._jobs.start(question_set or "", model, mode, int(limit or 0))
        except UiError as error:
            return refused_html(str(error)), *[gr.skip()] * 6
        return self.look()

    def compare(self, a: str | None, b: str | None) -> str:
        if not a or not b:
            return _START

        def compared() -> str:
            one, other = self._run(a), self._run(b)
            return comparison_html(compare(one, other), one, other)

        return _or_reason(compared)

    def report(self, chosen: str | None) -> str:
        def shown() -> str:
            run = self._run(chosen or "")
            return run_html(run, report_address(run.folder, self._data))

        return _or_reason(shown) if chosen else ""

    def _run(self, folder: str) -> Any:
        if (found := find_run(self._data, folder)) is None:
            raise UiError("this run is no longer there; choose another one")
        return found


def _or_reason(made: Callable[[], str]) -> str:
    try:
        return made()
    except (UiError, OSError, ValueError) as error:
        return refused_html(str(error))
