"""The report of a run: Markdown for a terminal, JSON for programs, and one HTML file that opens offline."""

from __future__ import annotations

import json
from pathlib import Path

from evals.run_folder import Run
from evals.summary import Cost, Summary, summarise


def write_report(run: Run, folder: Path) -> tuple[Path, ...]:
    """Paths of the three files that were written: `report.html`, `report.md` and `report.json`."""
    from evals.report_page import report_html

    folder.mkdir(parents=True, exist_ok=True)
    summary = summarise(run)
    contents = {
        "report.html": report_html(run, summary),
        "report.md": summary_markdown(run, summary),
        "report.json": report_json(run, summary),
    }
    for name, content in contents.items():
        (folder / name).write_text(content, "utf-8", errors="backslashreplace", newline="\n")
    return tuple(folder / name for name in contents)


def report_json(run: Run, summary: Summary) -> str:
    """What was run and every number of the summary, as one JSON document."""
    header = json.loads((run.folder / "run.json").read_text("utf-8"))
    return json.dumps({"run": run.name, **header, "summary": summary.to_dict()}, ensure_ascii=False, indent=2) + "\n"


def summary_markdown(run: Run, summary: Summary | None = None) -> str:
    """The numbers of a run as Markdown tables."""
    summary = summary or summarise(run)
    chosen = f" Asked: {run.header.selection.words}." if run.header.selection.words else ""
    lines = [
        f"# {run.header.set_id} {run.header.set_version}: {described(run)}",
        "",
        f"{counted(summary)}{chosen} Started {run.header.started} on {run.header.machine.description}.",
        "",
        "| measure | n | mean | 95 % interval |",
        "|---|--:|--:|---|",
        *(f"| {one.measure} | {one.n} | {one.mean:.4f} | {one.low:.4f} to {one.high:.4f} |" for one in summary.means),
        *refusal_lines(summary),
        "",
        "| cost | n | p50 | p95 | mean |",
        "|---|--:|--:|--:|--:|",
        *map(_cost_row, summary.costs),
        "",
        *_slice_lines(summary),
    ]
    return "\n".join(lines) + "\n"


def described(run: Run) -> str:
    """Model and mode, or how the search ranked."""
    setup = run.header.setup
    return f"search, {setup.mode}" if setup.retrieval_only else f"{setup.model}, {setup.mode}"


def counted(summary: Summary) -> str:
    """How many questions were asked and what became of them, in a sentence."""
    parts = [f"{summary.questions} questions", f"{summary.errors} failed"]
    parts += [f"{summary.unfinished} not asked yet"] if summary.unfinished else []
    parts += [f"{summary.cached} known from earlier runs"] if summary.cached else []
    return ", ".join(parts) + "."


def refusal_lines(summary: Summary) -> list[str]:
    """Precision and recall of the refusals and the rate of false ones, as rows of the table of measures."""
    if summary.refusals is None:
        return []
    values = {
        "refusal precision": summary.refusals.precision,
        "refusal recall": summary.refusals.recall,
        "false refusal rate (lower is better)": summary.refusals.false_refusal_rate,
    }
    return [f"| {name} | | {value:.4f} | |" for name, value in values.items() if value is not None]


def _cost_row(cost: Cost) -> str:
    return f"| {cost.name} | {cost.n} | {cost.p50:.4g} | {cost.p95:.4g} | {cost.mean:.4g} |"


def _slice_lines(summary: Summary) -> list[str]:
    names = [one.measure for one in summary.means]
    rows = [
        f"| {one.kind} | {one.n} | "
        + " | ".join(f"{one.means[name]:.3f}" if name in one.means else "" for name in names)
        + " |"
        for one in summary.slices
    ]
    return [f"| kind | n | {' | '.join(names)} |", f"|---|--:|{'--:|' * len(names)}", *rows]
