"""`footnote eval run`, `compare` and `report`: their options, and what they print."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.settings import Settings
from evals.errors import EvalError

if TYPE_CHECKING:
    from evals.run_folder import Run

SIGNIFICANT = 0.05
"""A difference whose adjusted p-value lies below is marked."""

__all__ = ["EvalError", "Progress", "add_commands"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Opens a display of progress: of an index that is made, and of questions that are asked."""

    indexing: Callable[[], AbstractContextManager[Callable[[Any], None]]]
    asking: Callable[[], AbstractContextManager[Callable[[Any], None]]]


Command = Callable[[argparse.Namespace, Settings], int]


def add_commands(parser: argparse.ArgumentParser, progress: Progress) -> None:
    """Nothing; `parser` then knows the three commands, each with its function in `run`."""
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Command, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    _add_run(command("run", lambda options, settings: _run(options, settings, progress), "Ask the questions of a set."))

    compare = command("compare", _compare, "Say whether run B is better than run A.")
    compare.add_argument("a", metavar="A", type=Path, help="folder of a run")
    compare.add_argument("b", metavar="B", type=Path, help="folder of a run over the same set")
    compare.add_argument("--json", action="store_true", help="print one JSON document")

    report = command("report", _report, "Write the report of a run: one HTML file, Markdown and JSON.")
    report.add_argument("folder", metavar="RUN", type=Path, help="folder of a run")
    report.add_argument("--out", metavar="DIR", type=Path, help="where to write (default: the folder of the run)")


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "set", metavar="SET", help="name of a shipped set, a folder in BEIR's form, a .jsonl or SQuAD file"
    )
    run.add_argument("--index", metavar="DIR", type=Path, help="ask over this index (default: the set's own notes)")
    run.add_argument("--model", metavar="SPEC", help="what writes the answers (default: the best model found)")
    run.add_argument("--mode", default="auto", help="how to answer: auto, quick, ... (default: auto)")
    run.add_argument("--retrieval-only", action="store_true", help="measure the search alone")
    run.add_argument("--search-mode", default="hybrid", help="with --retrieval-only: hybrid, bm25 or dense")
    run.add_argument(
        "--out", metavar="DIR", type=Path, help="folder of the run (default: a new one in the data folder)"
    )
    run.add_argument("--resume", action="store_true", help="go on with a run that was stopped; errors are asked again")
    run.add_argument(
        "--workers", metavar="N", type=_at_least_one, default=1, help="questions asked at once (default: 1)"
    )
    run.add_argument(
        "--limit", metavar="N", type=_at_least_one, default=0, help="only N questions, evenly spaced over the set"
    )
    run.add_argument("--only", metavar="KIND|ID,...", default="", help="only questions of these kinds or ids")
    run.add_argument("--split", default="", help="only this split, such as dev or test")
    run.add_argument(
        "--vary",
        metavar="NAME=V,V...",
        action="append",
        default=[],
        help="one run for each value of a setting; several make a grid",
    )
    run.add_argument("--entailment", metavar="MODEL", default="", help="check level L3 with this entailment model")
    run.add_argument("--no-cache", action="store_true", help="ask again what an earlier run has asked")
    run.add_argument("--json", action="store_true", help="print one JSON document")


def _run(options: argparse.Namespace, settings: Settings, progress: Progress) -> int:
    from evals.run_options import RunOptions, Watchers, run_set

    chosen = RunOptions(
        question_set=options.set,
        index=options.index,
        model=options.model,
        mode=options.mode,
        search_mode=options.search_mode,
        out=options.out,
        workers=options.workers,
        limit=options.limit,
        only=tuple(filter(None, options.only.split(","))),
        split=options.split,
        resume=options.resume,
        retrieval_only=options.retrieval_only,
        cache=not options.no_cache,
        entailment=options.entailment,
        vary=tuple(options.vary),
    )
    with progress.indexing() as indexing, progress.asking() as asking:
        watchers = Watchers(indexing, asking, lambda out: print(f"run: {out}", file=sys.stderr))
        runs = list(run_set(chosen, settings, watchers))
    if options.json:
        _print_json({"runs": [_run_fields(run) for run in runs]})
    elif len(runs) == 1:
        _print_run(runs[0])
    else:
        print(grid_markdown(runs))
    return 0


def _compare(options: argparse.Namespace, _: Settings) -> int:
    from evals.run_comparison import compare_runs, comparison_markdown
    from evals.run_folder import read_run

    found = compare_runs(read_run(options.a), read_run(options.b))
    if options.json:
        _print_json(found.to_dict())
    else:
        print(comparison_markdown(found), end="")
    return 0


def _report(options: argparse.Namespace, _: Settings) -> int:
    from evals.report import write_report
    from evals.run_folder import read_run

    for path in write_report(read_run(options.folder), options.out or options.folder):
        print(path)
    return 0


def grid_markdown(runs: list[Run]) -> str:
    """The means of several runs, a row each; a star marks what differs from the first row beyond chance."""
    from evals.run_comparison import compare_runs
    from evals.summary import summarise

    first = {one.measure: one for one in summarise(runs[0]).means}
    lines = [f"| run | {' | '.join(first)} |", f"|---|{'--:|' * len(first)}"]
    for run in runs:
        means = {one.measure: one.mean for one in summarise(run).means}
        stars = (
            set()
            if run is runs[0]
            else {one.measure for one in compare_runs(runs[0], run).measures if one.p_holm < SIGNIFICANT}
        )
        cells = [f"{means[name]:.4f}{'*' * (name in stars)}" if name in means else "—" for name in first]
        lines.append(f"| {run.name} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"* differs from the first row: paired test, Holm-adjusted p < {SIGNIFICANT}"])


def _print_run(run: Run) -> None:
    from evals.report import summary_markdown

    print(summary_markdown(run))
    print(f"run: {run.folder}\nnext: `footnote eval report {run.folder}`")


def _run_fields(run: Run) -> Mapping[str, Any]:
    from evals.summary import summarise

    return {"folder": str(run.folder), **summarise(run).to_dict()}


def _print_json(document: Mapping[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number
