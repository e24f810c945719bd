"""How good a search is: `python -m evals.benchmarks.retrieval SET... [--queries N]`, each SET a folder in BEIR's form.

Every set is indexed as notes, one passage a text, and searched by BM25 alone, by the encoder alone, by reciprocal rank
fusion, by the convex combination, and by the default, which reranks that by late interaction. The table is nDCG@10,
recall@10 and MRR@10.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus import Chunking, Note
from evals.beir import read_beir
from evals.question_sets import Question, QuestionSet
from evals.retrieval_measures import means, score_run
from retrieval import Index, SearchSettings
from retrieval.hit import Mode

DEPTH = 10
MEASURES = ("nDCG@10", "recall@10", "MRR@10")
SEED = 0
LONGEST_TEXT = 100_000
"""Characters of a passage: texts of these sets are judged whole, so none is cut."""


@dataclass(frozen=True, slots=True)
class System:
    """One way of searching."""

    name: str
    mode: Mode
    settings: SearchSettings


SYSTEMS = (
    System("BM25", "bm25", SearchSettings()),
    System("dense", "dense", SearchSettings()),
    System("RRF, k=60", "hybrid", SearchSettings(fusion="rrf")),
    System("convex", "hybrid", SearchSettings(late_weight=0)),
    System("convex and late interaction (default)", "hybrid", SearchSettings()),
)


def rank(index: Index, questions: Sequence[Question], mode: Mode) -> dict[str, dict[str, float]]:
    """For each question the ten best notes and their scores."""
    return {
        question.id: {hit.chunk.note_id: hit.score for hit in index.search(question.text, DEPTH, mode=mode)}
        for question in questions
    }


def judgements(questions: Sequence[Question]) -> dict[str, dict[str, int]]:
    """For each question the grade of every judged note."""
    return {question.id: {place.note_id: place.grade for place in question.places} for question in questions}


def index_notes(question_set: QuestionSet, folder: Path) -> None:
    """Make an index of the set's own notes, each of them one passage."""
    notes = [Note(note.note_id, note.title, note.text, note.note_id) for note in question_set.notes]
    with Index.create(folder, chunking=Chunking(size=LONGEST_TEXT, smallest=1)) as index:
        index.update(notes)


def sample(questions: Sequence[Question], most: int) -> list[Question]:
    """The questions in their order, or a random sample of so many of them, the same each time."""
    if len(questions) <= most:
        return list(questions)
    chosen = np.random.default_rng(SEED).choice(len(questions), most, replace=False)
    return [questions[at] for at in sorted(chosen.tolist())]


def measure(question_set: QuestionSet, questions: Sequence[Question], folder: Path) -> Iterator[tuple[str, ...]]:
    """A row of the table for each system."""
    index_notes(question_set, folder)
    qrels = judgements(questions)
    for system in SYSTEMS:
        with Index.open(folder, settings=system.settings) as index:
            started = time.perf_counter()
            run = rank(index, questions, system.mode)
            milliseconds = 1000 * (time.perf_counter() - started) / len(questions)
        values = means(score_run(run, qrels, MEASURES))
        yield (question_set.id, system.name, *(f"{values[name]:.4f}" for name in MEASURES), f"{milliseconds:.1f}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET")
    parser.add_argument("--queries", type=int, default=1000, help="a random sample of a larger set (default: 1000)")
    options = parser.parse_args()
    print(f"| set | system | {' | '.join(MEASURES)} | ms a query |")
    print("|---|---|---|---|---|---|")
    for path in options.sets:
        question_set = read_beir(path)
        questions = sample(question_set.questions, options.queries)
        with tempfile.TemporaryDirectory() as folder:
            for row in measure(question_set, questions, Path(folder) / "index"):
                print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
