"""What typing mistakes cost: `python -m evals.benchmarks.typos SET... [--queries N]`, each SET a folder in BEIR's form.

One letter of one content word of each query is dropped, doubled, exchanged with its neighbour or replaced. The table is
recall@10 of the queries as they were, with the mistake, and with the mistake where corrections are turned off; the
share is what is lost with corrections, of what is lost without. `changed` counts the right queries whose ranking the
corrections change; the words that they change are named below, for people to see whether those are mistakes.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from string import ascii_lowercase

from evals.beir import read_beir
from evals.benchmarks.retrieval import index_notes, judgements, rank, sample
from evals.question_sets import Question, QuestionSet
from evals.retrieval_measures import means, score_run
from retrieval import Index, SearchSettings
from retrieval.tokens import STOP_WORDS

_MEASURE = "recall@10"
_SHORTEST = 4
"""Letters of a word that is misspelt; a slip in a shorter one makes another word."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Recall@10 of a set's queries: right, misspelt, and that uncorrected; right queries and words that are changed."""

    right: float
    corrected: float
    uncorrected: float
    changed: int
    words: tuple[str, ...]

    @property
    def share(self) -> float:
        """The part of the loss that corrections leave; NaN where nothing is lost without them."""
        lost = self.right - self.uncorrected
        return (self.right - self.corrected) / lost if lost > 0 else float("nan")


def misspell(text: str, random: Random) -> str:
    """`text` with a slip in one content word, if it has one of enough letters."""
    words = text.split()
    places = [at for at, word in enumerate(words) if _may_be_misspelt(word)]
    if not places:
        return text
    at = random.choice(places)
    words[at] = _slip(words[at], random)
    return " ".join(words)


def _may_be_misspelt(word: str) -> bool:
    return word.isascii() and word.isalpha() and len(word) >= _SHORTEST and word.lower() not in STOP_WORDS


def _slip(word: str, random: Random) -> str:
    at = random.randrange(1, len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    slips = [
        before + after,
        before + letter + letter + after,
        before + after[:1] + letter + after[1:],
        before + random.choice(ascii_lowercase) + after,
    ]
    return random.choice([slip for slip in slips if slip != word])


def measure(question_set: QuestionSet, questions: Sequence[Question], folder: Path) -> Cost:
    """What mistakes cost on a set that is indexed into `folder`."""
    random = Random(0)
    misspelt = [replace(question, text=misspell(question.text, random)) for question in questions]
    qrels = judgements(questions)
    index_notes(question_set, folder)
    with Index.open(folder) as index, Index.open(folder, settings=SearchSettings(correct_spelling=False)) as plain:
        right, uncorrected = rank(index, questions, "hybrid"), rank(plain, questions, "hybrid")
        runs = right, rank(index, misspelt, "hybrid"), rank(plain, misspelt, "hybrid")
        changed = sum(list(right[one.id]) != list(uncorrected[one.id]) for one in questions)
        words = dict(pair for one in questions for pair in index.corrections(one.text).items())
    right_recall, corrected, lost = (means(score_run(run, qrels, (_MEASURE,)))[_MEASURE] for run in runs)
    return Cost(right_recall, corrected, lost, changed, tuple(f"{typed} → {meant}" for typed, meant in words.items()))


def main(arguments: Iterable[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET")
    parser.add_argument("--queries", type=int, default=400, help="a random sample of a larger set (default: 400)")
    options = parser.parse_args(None if arguments is None else list(arguments))
    print(
        "| set | right | misspelt | misspelt, not corrected | share of the loss | changed |\n|---|--:|--:|--:|--:|--:|"
    )
    corrected = []
    for path in options.sets:
        question_set = read_beir(path)
        questions = sample(question_set.questions, options.queries)
        with tempfile.TemporaryDirectory() as folder:
            cost = measure(question_set, questions, Path(folder) / "index")
        numbers = f"{cost.right:.4f} | {cost.corrected:.4f} | {cost.uncorrected:.4f} | {cost.share:.2f}"
        print(f"| {question_set.id} | {numbers} | {cost.changed} of {len(questions)} |", flush=True)
        corrected.append(f"{question_set.id}: {', '.join(cost.words) or 'no word'}")
    print("", *corrected, sep="\n")


if __name__ == "__main__":
    main()
