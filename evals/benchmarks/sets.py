"""The results in the README, measured anew: `python -m evals.benchmarks.sets [--sets DIR]`.

The shipped questions are answered without a language model, and once more with a search by words alone, to compare two
settings; every folder in BEIR's form below DIR is searched by words, by meaning and by both. What an earlier run of the
same code has asked is taken from its cache.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from agent.models import EXTRACTIVE
from agent.settings import Settings, keep_quiet
from evals.readme_tables import (
    answer_table,
    comparison_of,
    comparison_table,
    keep_comparison,
    keep_result,
    result_of,
    write_tables,
)
from evals.run_options import RunOptions, run_set

SETS = Path(__file__).parents[3] / "shared" / "sets"
"""Where public sets lie beside the checkout; the tests look there too."""
COMPARED = "dense_weight=0"
"""The setting that the comparison in the README changes."""
MOST_QUESTIONS = 400
"""Of a public set; a larger one is sampled evenly."""


def answer_plan(out: Path, *vary: str) -> RunOptions:
    """The shipped questions, with a setting changed or none."""
    return RunOptions("ml_notes", model=EXTRACTIVE, out=out, vary=vary)


def search_plans(sets: Path, out: Path) -> Iterator[RunOptions]:
    """Every public set."""
    for folder in sorted(path.parent for path in sets.glob("*/queries.jsonl")):
        modes = ("search_mode=bm25,dense,hybrid",)
        yield RunOptions(str(folder), out=out / folder.name, retrieval_only=True, limit=MOST_QUESTIONS, vary=modes)


def main() -> None:
    """Run everything, keep the results, write the tables."""
    keep_quiet()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=Path, default=SETS, metavar="DIR", help="folders in BEIR's form")
    parser.add_argument("--trial", action="store_true", help="ten of the shipped questions alone, and keep nothing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.trial:
            trial(Path(folder))
        else:
            measure(options.sets, Path(folder))


def measure(sets: Path, out: Path) -> None:
    """Run everything; what is finished is kept and shown at once, so that a set that fails loses nothing else."""
    settings = Settings.from_environment()
    (whole,) = run_set(answer_plan(out / "ml_notes"), settings)
    print(keep_result(whole), flush=True)
    (without,) = run_set(answer_plan(out / "without", COMPARED), settings)
    print(keep_comparison(whole, without), flush=True)
    write_tables()
    if not sets.is_dir():
        print(f"there are no public sets in {sets}; give their folder by --sets", file=sys.stderr)
    for plan in search_plans(sets, out):
        for run in run_set(plan, settings):
            print(keep_result(run), flush=True)
        write_tables()


def trial(out: Path) -> None:
    """Ten questions and one comparison, printed and not kept."""
    settings = Settings.from_environment()
    plans = (answer_plan(out / "whole"), answer_plan(out / "without", COMPARED))
    a, b = (next(run_set(replace(plan, limit=10), settings)) for plan in plans)
    print("\n".join([*answer_table([result_of(a)]), "", *comparison_table([comparison_of(a, b)])]))


if __name__ == "__main__":
    main()
