"""A run in numbers: means with intervals, slices by kind, refusals, costs, ranks of the first relevant passage."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evals.answer_measures import RefusalScores, refusal_scores
from evals.run_folder import Run
from evals.scoring import costs_of, first_relevant_rank, scores_of
from evals.significance import Scores, bootstrap_interval

RANK_BINS = (("1", 1), ("2", 2), ("3", 3), ("4–5", 5), ("6–10", 10), ("11–20", 20), ("21–100", 100))
"""Label and last rank of each bin of the histogram; what was not found stands in a bin of its own."""
NOT_FOUND = "none"


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a measure over `n` questions, with its bootstrap 95 % interval."""

    measure: str
    n: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a question costs: median, 95th percentile and mean over `n` questions."""

    name: str
    n: int
    p50: float
    p95: float
    mean: float


@dataclass(frozen=True, slots=True)
class Slice:
    """The means of the questions of one kind."""

    kind: str
    n: int
    means: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in numbers.

    Attributes:
        means: Over all questions, in the order in which measures are listed everywhere.
        slices: By kind, the largest first.
        refusals: None where nothing was answered or refused.
        ranks: Label of a bin → questions whose first relevant passage stood there.
        errors: Questions that failed.
        unfinished: Questions without a record.
        cached: Questions that an earlier run had asked.
    """

    questions: int
    means: tuple[Mean, ...]
    slices: tuple[Slice, ...]
    refusals: RefusalScores | None
    costs: tuple[Cost, ...]
    ranks: Mapping[str, int]
    errors: int
    unfinished: int
    cached: int

    def to_dict(self) -> dict[str, Any]:
        """Every number, as JSON holds it."""
        return asdict(self)


def summarise(run: Run) -> Summary:
    """The run in numbers."""
    scores = scores_of(run.questions, run.records)
    asked = [one for one in run.questions if one.question.id in run.records]
    records = [run.records[one.question.id] for one in asked]
    outcomes = [
        (one.question.answerable, record.refused)
        for one, record in zip(asked, records, strict=True)
        if record.answer is not None
    ]
    return Summary(
        questions=len(run.questions),
        means=tuple(mean_of(name, list(values.values())) for name, values in scores.items()),
        slices=_slices(scores, {one.question.id: one.question.kind for one in asked}),
        refusals=refusal_scores(outcomes) if outcomes else None,
        costs=tuple(_cost(name, values) for name, values in costs_of(records).items()),
        ranks=_ranks(run),
        errors=sum(bool(record.error) for record in records),
        unfinished=len(run.unfinished),
        cached=sum(record.cached for record in records),
    )


def mean_of(measure: str, values: Sequence[float]) -> Mean:
    """The mean of some values and its interval."""
    low, high = bootstrap_interval(np.zeros(len(values)), values)
    return Mean(measure, len(values), math.fsum(values) / len(values), low, high)


def _slices(scores: Scores, kinds: Mapping[str, str]) -> tuple[Slice, ...]:
    sizes = Counter(kinds.values())
    return tuple(Slice(kind, n, _means_of_kind(scores, kinds, kind)) for kind, n in sizes.most_common())


def _means_of_kind(scores: Scores, kinds: Mapping[str, str], kind: str) -> dict[str, float]:
    chosen = {name: [v for question, v in values.items() if kinds[question] == kind] for name, values in scores.items()}
    return {name: math.fsum(values) / len(values) for name, values in chosen.items() if values}


def _cost(name: str, values: Iterable[float]) -> Cost:
    array = np.fromiter(values, np.float64)
    p50, p95 = np.percentile(array, [50, 95]).tolist()
    return Cost(name, len(array), p50, p95, float(array.mean()))


def _ranks(run: Run) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for judged in run.questions:
        record = run.records.get(judged.question.id)
        if record is not None and any(place.grade > 0 for place in judged.question.places):
            rank = first_relevant_rank(judged.question, record)
            counts[_bin(rank)] += 1
    return {label: counts[label] for label in (*(label for label, _ in RANK_BINS), NOT_FOUND)} if counts else {}


def _bin(rank: int | None) -> str:
    return next((label for label, last in RANK_BINS if rank is not None and rank <= last), NOT_FOUND)
