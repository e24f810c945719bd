"""Two runs side by side: `b` against `a`, over the questions that both have."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from evals.errors import MeasureError
from evals.run_folder import Run
from evals.scoring import scores_of
from evals.significance import Comparison, compare, unmatched
from evals.summary import Cost, summarise

_SHOWN_IDS = 10


@dataclass(frozen=True, slots=True)
class Changed:
    """A question that came out differently: the mean change over the measures that it counts in."""

    question_id: str
    text: str
    change: float


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two runs side by side.

    Attributes:
        a: Name of the first run.
        b: Name of the second.
        differing: Setting → its values in both, for every one that differs.
        measures: One comparison a measure.
        costs: Name → the costs of both.
        only_a: Questions that only `a` has.
        only_b: Questions that only `b` has.
        aligned: Questions that both have; all numbers are over these.
        changed: The questions that changed, the most worsened first.
    """

    a: str
    b: str
    differing: Mapping[str, tuple[Any, Any]]
    measures: tuple[Comparison, ...]
    costs: Mapping[str, tuple[Cost, Cost]]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    aligned: int
    changed: tuple[Changed, ...]

    def to_dict(self) -> dict[str, Any]:
        """Every number, as JSON holds it; `difference` is the mean of b - a."""
        fields = asdict(self)
        for row, measure in zip(fields["measures"], self.measures, strict=True):
            row["difference"] = measure.difference
        return fields


def compare_runs(a: Run, b: Run) -> RunComparison:
    """The comparison of two runs.

    Raises:
        MeasureError: They have no question in common.
    """
    scores_a, scores_b = scores_of(a.questions, a.records), scores_of(b.questions, b.records)
    measures = compare(scores_a, scores_b)
    if not measures:
        raise MeasureError(f"{a.name} and {b.name} have no question in common; compare runs over the same set")
    only_a, only_b = unmatched(scores_a, scores_b)
    costs_a, costs_b = ({cost.name: cost for cost in summarise(run).costs} for run in (a, b))
    return RunComparison(
        a=a.name,
        b=b.name,
        differing=_differing(a, b),
        measures=measures,
        costs={name: (costs_a[name], costs_b[name]) for name in costs_a if name in costs_b},
        only_a=only_a,
        only_b=only_b,
        aligned=len(_asked(scores_a) & _asked(scores_b)),
        changed=_changed(a, scores_a, scores_b),
    )


def _asked(scores: Mapping[str, Mapping[str, float]]) -> set[str]:
    return {question for values in scores.values() for question in values}


def aligned_words(found: RunComparison) -> str:
    """Over how many questions two runs are compared, and how many only one of them has."""
    words = f"aligned on {found.aligned} questions"
    lone = [f"{len(ids)} only in {name}" for name, ids in (("A", found.only_a), ("B", found.only_b)) if ids]
    return f"{words}; left out: {', '.join(lone)}" if lone else words


def comparison_markdown(found: RunComparison) -> str:
    """The comparison as Markdown, which reads well in a terminal too."""
    settings = "; ".join(f"{name}: {one!r} → {other!r}" for name, (one, other) in found.differing.items())
    lines = [
        f"# {found.a} (A) → {found.b} (B)",
        "",
        f"Changed: {settings or 'nothing that a run depends on'}. {aligned_words(found).capitalize()}.",
        "",
        "| measure | n | A | B | B - A | 95 % interval | p | p (Holm) | wins / ties / losses | could show |",
        "|---|--:|--:|--:|--:|---|--:|--:|---|--:|",
        *map(_row, found.measures),
        "",
        "| cost | A p50 | B p50 | A p95 | B p95 |",
        "|---|--:|--:|--:|--:|",
        *(
            f"| {name} | {one.p50:.3g} | {other.p50:.3g} | {one.p95:.3g} | {other.p95:.3g} |"
            for name, (one, other) in found.costs.items()
        ),
        "",
        "“could show” is the smallest true difference that this many questions find four times out of five.",
    ]
    lines += [
        f"Only {name} has {len(ids)} questions: {', '.join(ids[:_SHOWN_IDS])}{' …' if len(ids) > _SHOWN_IDS else ''}."
        for name, ids in (("A", found.only_a), ("B", found.only_b))
        if ids
    ]
    worst = [one for one in found.changed if one.change < 0][:_SHOWN_IDS]
    if worst:
        lines += [
            "",
            "Most worsened questions:",
            "",
            *(f"- {one.change:+.2f} {one.question_id}: {one.text}" for one in worst),
        ]
    return "\n".join(lines) + "\n"


def _row(one: Comparison) -> str:
    detectable = "—" if one.detectable is None else f"{one.detectable:.3f}"
    return (
        f"| {one.measure} | {one.n} | {one.mean_a:.4f} | {one.mean_b:.4f} | {one.difference:+.4f} "
        f"| {one.low:+.4f} to {one.high:+.4f} | {one.p_value:.4f} | {one.p_holm:.4f} "
        f"| {one.wins} / {one.ties} / {one.losses} | {detectable} |"
    )


def _differing(a: Run, b: Run) -> dict[str, tuple[Any, Any]]:
    one, other = _flat(a), _flat(b)
    return {name: (one.get(name), other.get(name)) for name in {**one, **other} if one.get(name) != other.get(name)}


def _flat(run: Run) -> dict[str, Any]:
    setup = asdict(run.header.setup)
    settings = setup.pop("settings")
    digests = {name: setup.pop(name)[:12] for name in ("index", "code")}
    questions = run.header.selection.words or "all"
    return {
        "set": f"{run.header.set_id} {run.header.set_version}",
        "questions": questions,
        **setup,
        **settings,
        **digests,
    }


def _changed(
    a: Run, scores_a: Mapping[str, Mapping[str, float]], scores_b: Mapping[str, Mapping[str, float]]
) -> tuple[Changed, ...]:
    texts = {one.question.id: one.question.text for one in a.questions}
    changes: dict[str, list[float]] = {}
    for name in scores_a.keys() & scores_b.keys():
        for question in scores_a[name].keys() & scores_b[name].keys():
            changes.setdefault(question, []).append(scores_b[name][question] - scores_a[name][question])
    means = [Changed(name, texts[name], math.fsum(values) / len(values)) for name, values in changes.items()]
    return tuple(sorted((one for one in means if one.change), key=lambda one: (one.change, one.question_id)))
