"""What records are worth: measure → question → value, from what was seen and what was judged.

Every measure lies in [0, 1] and is better when higher; a question that it does not apply to is left out. An error
counts as 0 wherever the question counts: a run cannot win by failing.

    nDCG@10, recall@5, ...   questions with relevant places
    right                    all questions of which it is known what is right; a refusal is right where nothing answers
    right when sure          answers that were given without the warning that they may be none; a mistake counts as 0
    answered                 answerable questions: 1 unless refused
    refused                  unanswerable questions: 1 when refused
    EM, F1, ROUGE-L          answerable questions, against the references, else against the judged words
    citation ...             answerable questions with relevant places, by characters, or by spans that are touched
    grounded L0, ...         answers that say something: the share of their sentences that pass the level
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from agent.confidence import is_sure
from evals.answer_measures import citation_scores, exact_match, is_right, rouge_l, token_f1
from evals.judged_questions import JudgedQuestion
from evals.judgements import judge_hits
from evals.question_sets import Question
from evals.retrieval_measures import ranked, score_run
from evals.run_records import Record
from evals.significance import Scores
from evals.spans import Span

RETRIEVAL_MEASURES = ("nDCG@10", "recall@5", "recall@20", "MRR@10", "MAP@100")
_REFERENCE_MEASURES = {"EM": exact_match, "F1": token_f1, "ROUGE-L": rouge_l}
_CITATION_MEASURES = ("precision", "recall", "hit_precision", "hit_recall")
_LEVELS = ("L0", "L1", "L2")
LOWER_IS_BETTER = ("seconds", "first words", "tokens", "steps", "tool errors")
"""What an answer costs, as `costs_of` names it."""


def scores_of(questions: Iterable[JudgedQuestion], records: Mapping[str, Record]) -> Scores:
    """Measure → question → value, over the questions that have a record; measures without any question are left out."""
    scores: dict[str, dict[str, float]] = {}
    for judged in questions:
        record = records.get(judged.question.id)
        if record is None:
            continue
        for name, value in {**_retrieval(judged, record), **_answer(judged, record)}.items():
            scores.setdefault(name, {})[judged.question.id] = value
    return scores


def first_relevant_rank(question: Question, record: Record) -> int | None:
    """Rank of the first relevant place in the record's ranking, from 1; None when none was found."""
    run, grades = judge_hits([one.span for one in record.ranking], question.places)
    return next((rank for rank, name in enumerate(ranked(run), 1) if grades.get(name, 0) > 0), None)


def costs_of(records: Iterable[Record]) -> dict[str, list[float]]:
    """What answers cost, each a value a record that has it; errors are left out."""
    costs: dict[str, list[float]] = {name: [] for name in LOWER_IS_BETTER}
    for record in records:
        if record.error:
            continue
        costs["seconds"].append(record.seconds)
        if record.first_seconds is not None:
            costs["first words"].append(record.first_seconds)
        if record.answer is not None:
            costs["tokens"].append(float(sum(record.answer["usage"].values())))
            costs["steps"].append(float(len(record.answer["steps"])))
            costs["tool errors"].append(float(sum("error" in step["kind"] for step in record.answer["steps"])))
    return {name: values for name, values in costs.items() if values}


def plain_answer(answer: Mapping[str, Any]) -> str:
    """The answer without the marks of its citations; nothing for a refusal."""
    return "" if answer["refused"] else " ".join(sentence["text"] for sentence in answer["sentences"])


def _retrieval(judged: JudgedQuestion, record: Record) -> dict[str, float]:
    question = judged.question
    if not any(place.grade > 0 for place in question.places):
        return {}
    run, grades = judge_hits([one.span for one in record.ranking], question.places)
    scored = score_run({question.id: run}, {question.id: grades}, RETRIEVAL_MEASURES)
    return {name: values[question.id] for name, values in scored.items()}


def _answer(judged: JudgedQuestion, record: Record) -> dict[str, float]:
    if record.answer is None and not record.error:
        return {}
    text = plain_answer(record.answer) if record.answer else ""
    question = judged.question
    values = {"answered" if question.answerable else "refused": float(_said_or_silent(question, record))}
    right = is_right(text, question.patterns, refused=record.refused, answerable=question.answerable)
    if right is not None:
        values["right"] = float(right)
        if _is_sure(record):
            values["right when sure"] = float(right)
    if question.answerable and judged.references:
        values |= {name: measure(text, judged.references) for name, measure in _REFERENCE_MEASURES.items()}
    return {**values, **_citations(judged, record), **_grounding(question, record)}


def _said_or_silent(question: Question, record: Record) -> bool:
    """Whether an answer was given where there is one, or refused where there is none."""
    return not record.error and record.refused != question.answerable


def _is_sure(record: Record) -> bool:
    """Whether an answer was given of which it is known that it is more likely right than not."""
    chance = (record.answer or {}).get("confidence")
    return chance is not None and is_sure(chance)


def _citations(judged: JudgedQuestion, record: Record) -> dict[str, float]:
    found = citation_scores(_cited(record), judged.spans) if judged.question.answerable else None
    if found is None:
        return {}
    values = asdict(found)
    return {f"citation {name.replace('_', ' ')}": values[name] for name in _CITATION_MEASURES}


def _cited(record: Record) -> Sequence[Span]:
    citations = record.answer["citations"] if record.answer else ()
    return [(one["note_id"], one["start"], one["end"]) for one in citations if one["kind"] == "note"]


def _grounding(question: Question, record: Record) -> dict[str, float]:
    if record.error and question.answerable:
        return {f"grounded {level}": 0.0 for level in _LEVELS}
    if not record.grounding:
        return {}
    levels = sorted({level for sentence in record.grounding for level in sentence})
    return {f"grounded {level}": _share_passed(level, record.grounding) for level in levels}


def _share_passed(level: str, sentences: Sequence[Mapping[str, str]]) -> float:
    """The share of the sentences with nothing wrong on that level; a level that was not reached is not passed."""
    return math.fsum(not sentence.get(level, "not reached") for sentence in sentences) / len(sentences)
