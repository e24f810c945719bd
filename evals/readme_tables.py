"""The results in the README: `python -m evals.readme_tables RUN... [--compare A B]` takes runs in, writes the tables.

Of each run the means, the machine, the versions and the date are kept in `evals/results/`, one file for each set and
way of answering, and of two runs that are compared their differences; the marked regions of the README are made from
those files alone, so that no number in them is typed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evals.report import described
from evals.run_comparison import compare_runs
from evals.run_folder import Run, read_run
from evals.summary import summarise

README = Path(__file__).parents[1] / "README.md"
RESULTS = Path(__file__).with_name("results")
END = "<!-- end of results -->"
SEARCH_MODES = {"bm25": "BM25", "dense": "dense", "hybrid": "footnote"}
COMPARED_MEASURES = ("nDCG@10", "right", "refused", "F1", "citation hit recall")
ANSWER_MEASURES = (
    "right",
    "right when sure",
    "answered",
    "refused",
    "F1",
    "ROUGE-L",
    "citation hit recall",
    "grounded L0",
    "grounded L2",
)
_SHOWN_PACKAGES = ("python", "onnxruntime", "faiss-cpu")

Result = dict[str, Any]


def result_of(run: Run) -> Result:
    """What is kept of a run."""
    summary, header = summarise(run), run.header
    return {
        "set": header.set_id,
        "version": header.set_version,
        "model": header.setup.model,
        "mode": header.setup.mode,
        "questions": summary.questions,
        "selection": header.selection.words,
        "errors": summary.errors,
        "unfinished": summary.unfinished,
        "means": {one.measure: round(one.mean, 4) for one in summary.means},
        "intervals": {one.measure: [round(one.low, 4), round(one.high, 4)] for one in summary.means},
        "date": header.started[:10],
        "machine": header.machine.description,
        "versions": dict(header.machine.versions),
    }


def keep_result(run: Run) -> Path:
    """The file in `evals/results/` that now holds the run."""
    name = f"{run.header.set_id}-{described(run)}".replace(", ", "-").replace("/", "-").replace(":", "-")
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result_of(run), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path


def comparison_of(a: Run, b: Run) -> Result:
    """What is kept of two runs side by side.

    Raises:
        MeasureError: They have no question in common.
    """
    found = compare_runs(a, b)
    rows = {
        one.measure: {
            "n": one.n,
            "a": round(one.mean_a, 4),
            "b": round(one.mean_b, 4),
            "interval": [round(one.low, 4), round(one.high, 4)],
            "p": round(one.p_holm, 4),
        }
        for one in found.measures
        if one.measure in COMPARED_MEASURES
    }
    kept = {name: value for name, value in result_of(b).items() if name not in ("means", "intervals", "errors")}
    return {
        **kept,
        "questions": found.aligned,
        "compared": {k: list(v) for k, v in found.differing.items()},
        "rows": rows,
    }


def keep_comparison(a: Run, b: Run) -> Path:
    """The file in `evals/results/` that now holds how `b` differs from `a`."""
    kept = comparison_of(a, b)
    path = RESULTS / f"compared-{b.header.set_id}-{'-'.join(kept['compared'])}.json"
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path


def read_results() -> list[Result]:
    """Everything that is kept, in the order of the files' names."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(RESULTS.glob("*.json"))]


def search_table(results: Sequence[Result]) -> list[str]:
    """nDCG@10 of each set, by each way of searching."""
    of_search = [one for one in results if not one["model"] and "rows" not in one]
    rows: dict[str, dict[str, str]] = {}
    for one in of_search:
        cell = f"{one['means']['nDCG@10']:.3f}"
        rows.setdefault(f"{one['set']} ({one['questions']} questions)", {})[one["mode"]] = cell
    names = list(SEARCH_MODES.values())
    lines = [f"| nDCG@10 | {' | '.join(names)} |", f"|---|{'--:|' * len(names)}"]
    lines += [
        f"| {name} | {' | '.join(cells.get(mode, '') for mode in SEARCH_MODES)} |" for name, cells in rows.items()
    ]
    return [*lines, "", *_measured(of_search)]


def answer_table(results: Sequence[Result]) -> list[str]:
    """The measures of answers, by set and model."""
    of_answers = [one for one in results if one["model"] and "rows" not in one]
    lines = [f"| set, model | {' | '.join(ANSWER_MEASURES)} |", f"|---|{'--:|' * len(ANSWER_MEASURES)}"]
    for one in of_answers:
        cells = [f"{one['means'][name]:.3f}" if name in one["means"] else "" for name in ANSWER_MEASURES]
        lines.append(f"| {one['set']} ({one['questions']} questions), {one['model']} | {' | '.join(cells)} |")
    return [*lines, "", *_measured(of_answers)]


def comparison_table(results: Sequence[Result]) -> list[str]:
    """What became of each measure when one setting was changed."""
    lines = [
        "| set, setting | measure | before | after | difference, 95 % interval | p (Holm) |",
        "|---|---|--:|--:|--:|--:|",
    ]
    compared = [one for one in results if "rows" in one]
    for one in compared:
        turned = ", ".join(f"{name} {_brief(a)} → {_brief(b)}" for name, (a, b) in one["compared"].items())
        for measure, row in one["rows"].items():
            low, high = row["interval"]
            lines.append(
                f"| {one['set']} ({row['n']} questions), {turned} | {measure} | {row['a']:.3f} | {row['b']:.3f}"
                f" | {row['b'] - row['a']:+.3f} ({low:+.3f} to {high:+.3f}) | {row['p']:.3f} |"
            )
    return [*lines, "", *_measured(compared)]


TABLES: dict[str, Callable[[Sequence[Result]], list[str]]] = {
    "search": search_table,
    "answers": answer_table,
    "comparison": comparison_table,
}


def with_tables(text: str, results: Sequence[Result]) -> str:
    """`text` with the content of its marked regions made anew; a region runs from its mark to the next end mark."""
    for name, table in TABLES.items():
        mark = f"<!-- results: {name} -->"
        before, found, rest = text.partition(mark)
        _, closed, after = rest.partition(END)
        if found and closed:
            text = f"{before}{mark}\n" + "\n".join(table(results)) + f"\n{END}{after}"
    return text


def write_tables() -> None:
    """Nothing; the README then shows what is kept."""
    README.write_text(with_tables(README.read_text("utf-8"), read_results()), "utf-8")


def _brief(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _measured(results: Sequence[Result]) -> list[str]:
    """When and where, a sentence for each day and machine."""
    told: dict[str, None] = {}
    for one in results:
        versions = ", ".join(f"{name} {one['versions'].get(name, '?')}" for name in _SHOWN_PACKAGES)
        told[f"Measured on {one['date']}: {one['machine']}; {versions}."] = None
    return list(told)


def main(arguments: Sequence[str] | None = None) -> None:
    """Keep the results of the runs that are named, then write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN", help="folder of a run; none: only the tables")
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("A", "B"), help="two runs whose difference is shown")
    options = parser.parse_args(arguments)
    for folder in options.runs:
        print(keep_result(read_run(folder)))
    if options.compare:
        print(keep_comparison(*map(read_run, options.compare)))
    write_tables()


if __name__ == "__main__":
    main()
