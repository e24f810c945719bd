"""Retrieval measures: by arithmetic, and equal to trec_eval on random rankings with ties."""

from math import log2

import ir_measures
import numpy as np
import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from evals.errors import MeasureError
from evals.retrieval_measures import (
    average_precision,
    means,
    ndcg,
    ranked,
    recall,
    reciprocal_rank,
    score_run,
    success,
)

GRADES = {"a": 3, "b": 1, "c": 2, "x": 0, "y": -1}
RANKING = ["x", "a", "u", "b", "y"]


@pytest.mark.parametrize(
    ("measure", "k", "expected"),
    [
        (ndcg, None, (3 / log2(3) + 1 / log2(5)) / (3 / log2(2) + 2 / log2(3) + 1 / log2(4))),
        (ndcg, 3, (3 / log2(3)) / (3 / log2(2) + 2 / log2(3) + 1 / log2(4))),
        (ndcg, 2, (3 / log2(3)) / (3 / log2(2) + 2 / log2(3))),
        (recall, None, 2 / 3),
        (recall, 2, 1 / 3),
        (recall, 1, 0),
        (reciprocal_rank, 10, 1 / 2),
        (reciprocal_rank, 1, 0),
        (average_precision, None, (1 / 2 + 2 / 4) / 3),
        (average_precision, 3, (1 / 2) / 3),
        (success, 1, 0),
        (success, 2, 1),
    ],
)
def test_a_measure_is_its_formula(measure, k, expected):
    assert measure(RANKING, GRADES, k) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("measure", [ndcg, recall, reciprocal_rank, average_precision, success])
@pytest.mark.parametrize(
    ("ranking", "grades"), [([], {"a": 1}), (["a"], {}), (["a"], {"a": 0}), (["a"], {"a": -2}), ([], {})]
)
def test_nothing_found_or_nothing_relevant_scores_zero(measure, ranking, grades):
    assert measure(ranking, grades, 10) == 0


def test_ties_stand_by_id_descending():
    assert ranked({"n2": 1.0, "n10": 1.0, "n1": 2.0, "é": 1.0}) == ["n1", "é", "n2", "n10"]


def test_scores_that_single_precision_cannot_tell_apart_are_ties():
    assert ranked({"a": 0.1 + 1e-12, "b": 0.1}) == ["b", "a"]
    assert ranked({"a": 0.1 + 1e-6, "b": 0.1}) == ["a", "b"]


@pytest.mark.parametrize("score", [float("nan"), float("inf"), 1e300])
def test_a_score_that_is_not_finite_is_refused_by_name(score):
    with pytest.raises(MeasureError, match="'broken'"):
        ranked({"fine": 1.0, "broken": score})


def random_run_and_qrels(seed, *, queries=60):
    """Rankings of up to 60 of 80 ids with few distinct scores, so that most are ties; grades from -1 to 3."""
    rng = np.random.default_rng(seed)
    names = [f"n{number}" for number in range(80)]
    run, qrels = {}, {}
    for query in range(queries):
        found = rng.choice(names, size=rng.integers(1, 60), replace=False)
        scores = rng.integers(0, 6, size=len(found)) / 7
        judged = rng.choice(names, size=rng.integers(1, 40), replace=False)
        run[f"q{query}"] = dict(zip(found.tolist(), scores.tolist(), strict=True))
        grades = rng.choice([-1, 0, 1, 2, 3], size=len(judged), p=[0.05, 0.45, 0.3, 0.1, 0.1])
        qrels[f"q{query}"] = dict(zip(judged.tolist(), grades.tolist(), strict=True))
    return run, qrels


PYTREC_NAMES = {
    "nDCG@10": "ndcg_cut_10",
    "nDCG@5": "ndcg_cut_5",
    "nDCG": "ndcg",
    "recall@5": "recall_5",
    "recall@20": "recall_20",
    "MRR": "recip_rank",
    "MAP": "map",
    "MAP@10": "map_cut_10",
    "success@1": "success_1",
    "success@5": "success_5",
}


@pytest.mark.parametrize("seed", range(5))
def test_every_query_scores_as_in_pytrec_eval(seed):
    run, qrels = random_run_and_qrels(seed)
    families = {"ndcg", "ndcg_cut", "recall", "recip_rank", "map", "map_cut", "success"}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, families).evaluate(run)
    ours = score_run(run, qrels, PYTREC_NAMES)
    for name, their_name in PYTREC_NAMES.items():
        expected = {query: values[their_name] for query, values in theirs.items()}
        assert ours[name] == pytest.approx(expected, abs=1e-9), name


IR_MEASURES = {
    "nDCG@10": ir_measures.nDCG @ 10,
    "recall@5": ir_measures.R @ 5,
    "recall@20": ir_measures.R @ 20,
    "MAP": ir_measures.AP,
    "MRR": ir_measures.RR,
    "success@5": ir_measures.Success @ 5,
}


@pytest.mark.parametrize("seed", range(5, 8))
def test_means_are_those_of_ir_measures_with_missing_queries(seed):
    run, qrels = random_run_and_qrels(seed)
    del run["q3"], run["q7"]
    run["unjudged"] = {"n1": 1.0}
    theirs = ir_measures.calc_aggregate(IR_MEASURES.values(), qrels, run)
    assert means(score_run(run, qrels, IR_MEASURES)) == pytest.approx(
        {name: theirs[measure] for name, measure in IR_MEASURES.items()}, abs=1e-9
    )


def test_mrr_at_10_is_that_of_ir_measures_without_ties():
    # With a cut-off, ir-measures takes MRR from a scorer that does not follow trec_eval in ties.
    rng = np.random.default_rng(11)
    run, qrels = random_run_and_qrels(11)
    run = {query: dict(zip(found, rng.permutation(len(found)).tolist(), strict=True)) for query, found in run.items()}
    theirs = {one.query_id: one.value for one in ir_measures.iter_calc([ir_measures.RR @ 10], qrels, run)}
    assert score_run(run, qrels, ["MRR@10"])["MRR@10"] == pytest.approx(theirs)


def test_a_failed_query_counts_as_zero_and_an_unjudged_one_not_at_all():
    scores = score_run({"q1": {"a": 1.0}, "q9": {"a": 1.0}}, {"q1": {"a": 1}, "q2": {"a": 1}}, ["recall@5"])
    assert scores == {"recall@5": {"q1": 1.0, "q2": 0.0}}
    assert means(scores) == {"recall@5": (1 + 0) / 2}


@pytest.mark.parametrize("name", ["accuracy@5", "nDCG@0", "nDCG@", "ndcg@10", "nDCG@-1", ""])
def test_an_unknown_measure_is_refused_with_the_known_ones(name):
    with pytest.raises(MeasureError, match="nDCG, recall, MRR, MAP, success"):
        score_run({}, {"q": {"a": 1}}, [name])


def test_a_mean_over_no_query_is_refused():
    with pytest.raises(MeasureError, match="no judged query"):
        means(score_run({}, {}))


ids = st.text("abc", min_size=1, max_size=2)


@given(st.dictionaries(ids, st.integers(0, 3)), st.dictionaries(ids, st.integers(-1, 3)), st.integers(1, 12))
def test_measures_lie_between_0_and_1_and_ignore_the_order_of_the_input(scores, grades, k):
    names = [f"{name}@{k}" for name in ("nDCG", "recall", "MRR", "MAP", "success")]
    forward = score_run({"q": scores}, {"q": grades}, names)
    backward = score_run({"q": dict(reversed(scores.items()))}, {"q": dict(reversed(grades.items()))}, names)
    assert forward == backward
    assert all(0 <= values["q"] <= 1 for values in forward.values())


@given(st.dictionaries(ids, st.integers(0, 3), min_size=1))
def test_the_best_order_scores_1(grades):
    best = score_run({"q": {name: float(grade) for name, grade in grades.items()}}, {"q": grades}, ["nDCG", "MAP"])
    expected = float(any(grades.values()))
    assert best["nDCG"]["q"] == pytest.approx(expected)
    assert best["MAP"]["q"] == pytest.approx(expected)
