"""What the Evals tab shows, as HTML. Whatever comes from a run, a model or a set is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from corpus import Note
from ui.eval_runs import AskedState, aligned_words, difference_plot, summary_markdown
from ui.job_html import running_html
from ui.note_view import note_html

_SIGNIFICANT = 0.05
_SHOWN = 20
"""Questions of either end that are shown side by side."""


def comparison_html(found: Any, a: Any, b: Any) -> str:
    """Two runs side by side: settings that differ, measures, plot, questions."""
    return (
        f'<div class="fn-compared"><p role="status"><strong>{escape(aligned_words(found).capitalize())}.</strong></p>'
        f"{_differing(found)}{_measures(found)}"
        f'<figure class="fn-plot"><figcaption>Difference B − A with 95 % interval</figcaption>'
        f"{difference_plot(found.measures)}</figure>{_questions(found, a, b)}</div>"
    )


def _differing(found: Any) -> str:
    if not found.differing:
        return "<p>Nothing that a run depends on differs.</p>"
    rows = "".join(
        f"<li><code>{escape(str(name))}</code>: {escape(str(one))} → {escape(str(other))}</li>"
        for name, (one, other) in found.differing.items()
    )
    return f"<details><summary>Settings that differ: {len(found.differing)}</summary><ul>{rows}</ul></details>"


_COLUMNS = ("Measure", "A", "B", "Δ", "95 % interval", "p (Holm)", "n")


def _measures(found: Any) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    return (
        '<div class="fn-wide" role="group" aria-label="Measures of both runs" tabindex="0"><table class="fn-measures">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(map(_measure, found.measures))}</tbody></table></div>"
        '<p class="fn-none">Bold: the difference is more than chance (p below 0.05, adjusted for all measures).</p>'
    )


def _measure(one: Any) -> str:
    cells = (
        f"{one.mean_a:.4f}",
        f"{one.mean_b:.4f}",
        f"{one.difference:+.4f}",
        f"{one.low:+.4f} to {one.high:+.4f}",
        f"{one.p_holm:.4f}",
        f"{one.n}",
    )
    kind = ' class="fn-sure"' if one.p_holm < _SIGNIFICANT else ""
    return f'<tr{kind}><th scope="row">{escape(one.measure)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _questions(found: Any, a: Any, b: Any) -> str:
    if not found.changed:
        return "<p>No question came out differently.</p>"
    shown = found.changed if len(found.changed) <= 2 * _SHOWN else (*found.changed[:_SHOWN], *found.changed[-_SHOWN:])
    items = "".join(_question(one, a, b) for one in shown)
    return (
        f"<h3>Questions that changed: {len(found.changed):,}, the most worsened first</h3>"
        f'<p class="fn-none">{len(shown):,} are shown</p>{items}'
    )


def _question(one: Any, a: Any, b: Any) -> str:
    sides = "".join(
        f"<div><h4>{name}</h4><p>{escape(_answer(run, one.question_id))}</p></div>"
        for name, run in (("A", a), ("B", b))
    )
    return (
        f'<details class="fn-changed-question"><summary><span class="fn-delta">{one.change:+.2f}</span> '
        f'{escape(one.text)}</summary><div class="fn-sides">{sides}</div></details>'
    )


def _answer(run: Any, question_id: str) -> str:
    """What a run said to a question: the answer, why there is none, or the passages that were found first."""
    record = run.records[question_id]
    if record.error:
        return f"failed: {record.error}"
    if record.answer is not None:
        return str(record.answer["answer"])
    places: Sequence[Any] = record.ranking[:5]
    return "; ".join(f"{n}. {one.note_id} {one.start}–{one.end}" for n, one in enumerate(places, 1)) or "nothing found"


def run_html(run: Any, report: str) -> str:
    """The numbers of one run, and a link to its whole report."""
    shown = note_html(Note("run", run.name, summary_markdown(run), "", "markdown"))
    link = f'<a class="fn-report" href="{escape(report)}" target="_blank" rel="noopener">Open the whole report</a>'
    return f'<p>{link} <span class="fn-none">every question, its answer and its sources</span></p>{shown}'


def asked_html(state: AskedState) -> str:
    """How far a run is, or how it ended."""
    if state.phase == "idle":
        return ""
    if state.running:
        return running_html("Running", state)
    ends = {
        "done": f"asked {state.done:,} questions, {state.errors:,} failed",
        "cancelled": f"{state.done:,} of {state.total:,} questions were asked and are kept",
    }
    said = ends.get(state.phase, state.error)
    head = f"<p><strong>{state.phase.capitalize()}: {escape(state.what)}</strong></p>"
    return f'<div class="fn-job" role="status">{head}<p>{escape(said)}</p></div>'
