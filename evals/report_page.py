"""The report as one HTML file: the one door to `jinja2`, which escapes whatever comes from notes, models and sets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evals.judged_questions import JudgedQuestion
from evals.report_plots import interval_plot, latency_plot, rank_histogram
from evals.run_folder import Run
from evals.run_records import Record
from evals.scoring import first_relevant_rank, scores_of
from evals.significance import Scores
from evals.summary import Summary

_TEMPLATES = Path(__file__).with_name("templates")
_WORST = 12
"""Questions that are listed as the worst."""
_SHOWN_RANKS = 10


@dataclass(frozen=True, slots=True)
class Shown:
    """A question as the page shows it.

    Attributes:
        state: `error`, `wrong`, `right`, or empty where nothing says what is right.
        scores: Measure → value.
        mean: Over its measures; what "worst" means.
        rank: Of the first relevant passage.
        problems: What is wrong with its sentences, level by level.
    """

    judged: JudgedQuestion
    record: Record
    state: str
    scores: Mapping[str, float]
    mean: float
    rank: int | None
    problems: tuple[str, ...]


def report_html(run: Run, summary: Summary) -> str:
    """The whole report; it loads nothing and works without a network."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    shown = shown_questions(run)
    seconds = [one.record.seconds for one in shown if not one.record.error]
    plots = {
        "means": interval_plot(summary.means),
        "ranks": rank_histogram(summary.ranks) if summary.ranks else "",
        "latency": latency_plot(seconds) if seconds else "",
    }
    return environment.get_template("report.html").render(
        run=run,
        setup=asdict(run.header.setup),
        summary=summary,
        refusals=asdict(summary.refusals) if summary.refusals else {},
        measures=[one.measure for one in summary.means],
        questions=shown,
        worst=sorted(shown, key=lambda one: (one.state != "error", one.mean, one.judged.question.id))[:_WORST],
        plots={name: Markup(svg) for name, svg in plots.items()},
        shown_ranks=_SHOWN_RANKS,
    )


def shown_questions(run: Run) -> list[Shown]:
    """Every question that has a record, in the order of the set."""
    scores = scores_of(run.questions, run.records)
    return [
        _shown(judged, run.records[judged.question.id], scores)
        for judged in run.questions
        if judged.question.id in run.records
    ]


def _shown(judged: JudgedQuestion, record: Record, scores: Scores) -> Shown:
    question = judged.question
    own = {name: values[question.id] for name, values in scores.items() if question.id in values}
    mean = math.fsum(own.values()) / len(own) if own else 0.0
    rank = first_relevant_rank(question, record) if question.places else None
    return Shown(judged, record, _state(record, own), own, mean, rank, _problems(record))


def _problems(record: Record) -> tuple[str, ...]:
    sentences = record.answer["sentences"] if record.answer else ()
    return tuple(
        f"{level}: {problem}: {sentence['text']}"
        for sentence, levels in zip(sentences, record.grounding, strict=True)
        for level, problem in levels.items()
        if problem
    )


def _state(record: Record, scores: Mapping[str, Any]) -> str:
    if record.error:
        return "error"
    if "right" not in scores:
        return ""
    return "right" if scores["right"] else "wrong"
