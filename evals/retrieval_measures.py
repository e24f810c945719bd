"""How well a ranking puts what was judged relevant first, in trec_eval's definitions.

Every measure takes a ranking (ids, best first), the grades of the judged ids (above 0 is relevant, the rest and
everything unjudged is not) and a cut-off (None: the whole ranking), lies in [0, 1], and is 0 where nothing relevant
was judged.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from evals.errors import MeasureError

Run = Mapping[str, Mapping[str, float]]
"""Query id → the ids that were found for it, each with its score."""
Qrels = Mapping[str, Mapping[str, int]]
"""Query id → the judged ids, each with its grade."""
Grades = Mapping[str, int]
PerQuery = dict[str, float]

DEFAULT_MEASURES = ("nDCG@10", "recall@5", "recall@20", "MRR@10", "MAP", "success@5")


def ranked(scores: Mapping[str, float]) -> list[str]:
    """Ids by score descending, then id descending: trec_eval's rule for ties.

    Scores are compared in single precision, as trec_eval holds them, so scores closer than about 1e-7 of their size
    are ties.

    Raises:
        MeasureError: A score is not a finite number.
    """
    with np.errstate(over="ignore"):
        single = np.fromiter(scores.values(), np.float64, len(scores)).astype(np.float32)
    if not np.isfinite(single).all():
        broken = next(name for name, value in zip(scores, single, strict=True) if not np.isfinite(value))
        raise MeasureError(f"the score of {broken!r} is {scores[broken]!r}; a ranking needs finite scores")
    return [name for _, name in sorted(zip(single.tolist(), scores, strict=True), reverse=True)]


def ndcg(ranking: Sequence[str], grades: Grades, k: int | None = None) -> float:
    """Normalised discounted cumulative gain.

    `DCG = Σ grade(rank) / log2(rank + 1)`, divided by the DCG of the best possible order of everything judged, both
    cut at `k`. The gain is the grade itself, not `2^grade - 1`; a grade below 0 gains 0.
    Järvelin & Kekäläinen 2002, doi:10.1145/582415.582418.
    """
    ideal = sorted((grade for grade in grades.values() if grade > 0), reverse=True)
    best = _discounted(ideal[:k])
    return _discounted([max(0, grades.get(name, 0)) for name in ranking[:k]]) / best if best else 0.0


def recall(ranking: Sequence[str], grades: Grades, k: int | None = None) -> float:
    """The share of the relevant ids that are among the first `k`."""
    relevant = _relevant(grades)
    return sum(name in relevant for name in ranking[:k]) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranking: Sequence[str], grades: Grades, k: int | None = None) -> float:
    """`1 / rank` of the first relevant id, 0 when none is among the first `k`; its mean is MRR."""
    relevant = _relevant(grades)
    return next((1 / rank for rank, name in enumerate(ranking[:k], 1) if name in relevant), 0.0)


def average_precision(ranking: Sequence[str], grades: Grades, k: int | None = None) -> float:
    """The mean, over all relevant ids, of the precision at the rank of each; 0 for those not found. Its mean is MAP.

    Buckley & Voorhees 2000, doi:10.1145/345508.345543.
    """
    relevant = _relevant(grades)
    ranks = [rank for rank, name in enumerate(ranking[:k], 1) if name in relevant]
    return math.fsum(found / rank for found, rank in enumerate(ranks, 1)) / len(relevant) if relevant else 0.0


def success(ranking: Sequence[str], grades: Grades, k: int | None = None) -> float:
    """1 when at least one relevant id is among the first `k`, else 0."""
    relevant = _relevant(grades)
    return float(any(name in relevant for name in ranking[:k]))


_BY_NAME: Mapping[str, Callable[[Sequence[str], Grades, int | None], float]] = {
    "nDCG": ndcg,
    "recall": recall,
    "MRR": reciprocal_rank,
    "MAP": average_precision,
    "success": success,
}


def score_run(run: Run, qrels: Qrels, measures: Iterable[str] = DEFAULT_MEASURES) -> dict[str, PerQuery]:
    """Measure name → query id → value, for every judged query in the order of `qrels`.

    A judged query that the run lacks scores 0 (it failed); a query without judgements is left out.

    Args:
        run: What was found.
        qrels: What was judged.
        measures: Names such as `nDCG@10`, `recall@5`, `MRR@10`, `MAP`, `success@1`; without `@k` the whole ranking.

    Raises:
        MeasureError: A measure is unknown, or a score is not finite.
    """
    chosen = {name: _measure(name) for name in measures}
    rankings = {query: ranked(run.get(query, {})) for query in qrels}
    return {
        name: {query: measure(rankings[query], grades, k) for query, grades in qrels.items()}
        for name, (measure, k) in chosen.items()
    }


def means(per_query: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Measure name → mean over its queries.

    Raises:
        MeasureError: A measure has no query, so that it has no mean.
    """
    for name, values in per_query.items():
        if not values:
            raise MeasureError(f"{name} has no judged query to average over")
    return {name: math.fsum(values.values()) / len(values) for name, values in per_query.items()}


def _measure(name: str) -> tuple[Callable[[Sequence[str], Grades, int | None], float], int | None]:
    parts = re.fullmatch(r"(\w+)(?:@([1-9]\d*))?", name)
    if parts is None or parts[1] not in _BY_NAME:
        raise MeasureError(f"unknown measure {name!r}; use one of {', '.join(_BY_NAME)}, with @k for a cut-off")
    return _BY_NAME[parts[1]], int(parts[2]) if parts[2] else None


def _discounted(gains: Sequence[int]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def _relevant(grades: Grades) -> set[str]:
    return {name for name, grade in grades.items() if grade > 0}
