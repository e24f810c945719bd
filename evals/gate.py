"""The gate of `make test`: `python -m evals.gate [--update REASON]` compares the set `smoke` with its baseline.

It fails when a measure has fallen beyond chance (the upper end of the interval of its difference is below zero), when a
quote does not stand where its footnote says (level L0), or when a mean is below its floor. `--update` writes what was
measured as the new baseline, with the reason that was given.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.models import EXTRACTIVE
from agent.settings import Settings, keep_quiet
from evals.run_options import RunOptions, run_set
from evals.scoring import scores_of
from evals.significance import TIE, Scores, bootstrap_interval
from evals.summary import mean_of

SET = "smoke"
BASELINE = Path(__file__).with_name("baselines") / f"{SET}.json"
FLOORS: Mapping[str, float] = {"right": 0.5, "answered": 0.7, "refused": 0.35, "nDCG@10": 0.6}
"""Means below which nothing is released, whatever the baseline says: about 0.15 below what the first baseline has."""
_ALWAYS = "grounded L0"


def failures(baseline: Scores, scores: Scores) -> list[str]:
    """What forbids a release, one line each; nothing when the scores may replace the baseline.

    Args:
        baseline: Measure → question → value, as committed.
        scores: The same, as just measured.
    """
    return [*_errors(baseline, scores), *_fallen(baseline, scores), *_misplaced(scores), *_below_floor(scores)]


def _errors(baseline: Scores, scores: Scores) -> list[str]:
    """Measures and questions that the baseline has and the run lacks: they cannot be compared."""
    measured = {question for values in scores.values() for question in values}
    expected = {question for values in baseline.values() for question in values}
    missing = [*sorted(baseline.keys() - scores.keys()), *sorted(expected - measured)]
    return [f"not measured, but in the baseline: {', '.join(missing)}"] if missing else []


def _fallen(baseline: Scores, scores: Scores) -> list[str]:
    lines = []
    for name in baseline.keys() & scores.keys():
        common = sorted(baseline[name].keys() & scores[name].keys())
        if not common:
            continue
        before, now = ([values[question] for question in common] for values in (baseline[name], scores[name]))
        low, high = bootstrap_interval(before, now)
        if high < -TIE:
            means = mean_of(name, before).mean, mean_of(name, now).mean
            lines.append(f"{name} fell from {means[0]:.4f} to {means[1]:.4f} (95 % interval {low:+.4f} to {high:+.4f})")
    return sorted(lines)


def _misplaced(scores: Scores) -> list[str]:
    broken = sorted(question for question, value in scores.get(_ALWAYS, {}).items() if value < 1)
    return [f"sentences without a citation that stands where it says, in {', '.join(broken)}"] if broken else []


def _below_floor(scores: Scores) -> list[str]:
    means = {name: mean_of(name, list(scores[name].values())).mean for name in FLOORS if scores.get(name)}
    return [
        f"{name} is {mean:.4f}, below its floor {FLOORS[name]}" for name, mean in means.items() if mean < FLOORS[name]
    ]


def measure(settings: Settings) -> Scores:
    """The scores of the set, asked with the model that needs nothing."""
    with tempfile.TemporaryDirectory() as folder:
        options = RunOptions(SET, model=EXTRACTIVE, out=Path(folder) / "run")
        (run,) = run_set(options, settings)
        return scores_of(run.questions, run.records)


def read_baseline() -> dict[str, Any]:
    """The committed baseline: `scores`, and the `reasons` for each time that it was set."""
    baseline: dict[str, Any] = json.loads(BASELINE.read_text("utf-8"))
    return baseline


def write_baseline(scores: Scores, reason: str) -> None:
    """Nothing; the scores are then the baseline, and the reason stands beside the earlier ones."""
    reasons = read_baseline()["reasons"] if BASELINE.exists() else []
    means = {name: round(mean_of(name, list(values.values())).mean, 4) for name, values in scores.items()}
    entry = {"date": datetime.datetime.now(datetime.UTC).date().isoformat(), "reason": reason, "means": means}
    document = {"set": SET, "reasons": [*reasons, entry], "scores": scores}
    BASELINE.parent.mkdir(exist_ok=True)
    BASELINE.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 when nothing forbids a release, 1 when something does."""
    keep_quiet()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", metavar="REASON", help="make what is measured the baseline")
    options = parser.parse_args(arguments)
    if options.update is not None and not options.update.strip():
        parser.error("--update needs a reason, such as 'rerank by late interaction: recall@5 rises'")
    scores = measure(Settings.from_environment())
    if options.update:
        write_baseline(scores, options.update.strip())
        print(f"{BASELINE} is new: {options.update.strip()}")
        return 0
    means = {name: mean_of(name, list(scores[name].values())).mean for name in FLOORS if scores.get(name)}
    print(f"gate: {SET}: {', '.join(f'{name} {mean:.4f}' for name, mean in means.items())}")
    found = failures(read_baseline()["scores"], scores)
    for line in found:
        print(f"gate: {line}", file=sys.stderr)
    if found:
        print("gate: mend it, or, where it is meant, `python -m evals.gate --update REASON`", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
