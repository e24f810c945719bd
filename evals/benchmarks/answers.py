"""Answers without a language model: `python -m evals.benchmarks.answers SET INDEX [--split test]`.

How many answerable questions are answered right with at most one, two and three sentences; how many questions are
refused, and how many of those rightly; whether every quote is verbatim; and the seconds of the quick mode, first when
each question is new and then when its sentences were compared before. An answer is right when all patterns of its
question occur in its text; a refusal is a wrong answer.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from agent import Answer, Assistant, Settings
from agent.assistant import terms_of
from agent.citations import joined
from agent.events import AnswerReady
from agent.evidence import Ledger
from agent.extractive import Extractor
from agent.quick import sentence_texts
from evals.question_sets import Question
from evals.set_readers import read_set

FEWER = (1, 2)
"""Sentences that an answer may have, beside the three of the settings."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its answer, the seconds it took the first and the second time, and the answer in fewer sentences."""

    question: Question
    answer: Answer
    seconds: tuple[float, float]
    shorter: tuple[str, ...]
    verbatim: int


def ask(assistant: Assistant, question: Question) -> Asked:
    """Ask a question twice, after those that were asked before it in its conversation."""
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        events = list(assistant.stream(question.text, mode="quick", earlier=question.history))
        seconds.append(time.perf_counter() - started)
    answer = next(event.answer for event in events if isinstance(event, AnswerReady))
    verbatim = sum(
        note is not None and note.text[citation.start : citation.end] == citation.quote
        for citation in answer.citations
        for note in (assistant.index.note(citation.note_id),)
    )
    shorter = () if answer.refused else tuple(_shorter(assistant, question, count) for count in FEWER)
    return Asked(question, answer, (seconds[0], seconds[1]), shorter, verbatim)


def _shorter(assistant: Assistant, question: Question, sentences: int) -> str:
    index = assistant.index
    query = assistant.understood(question.text, question.history)
    units, scored = assistant.extract(query, Ledger().enter_hits(index.search(query, assistant.settings.passages)))
    settings = replace(assistant.settings.extractive, sentences=sentences)
    chosen = Extractor(terms_of, index.rarity, settings).choose(scored, units)
    return " ".join(sentence_texts([one.unit for one in chosen], query, terms_of))


def table(asked: Sequence[Asked]) -> list[str]:
    """The lines of the report."""
    answerable = [one for one in asked if one.question.answerable and one.question.patterns]
    refused = [one for one in asked if one.answer.refused]
    unanswerable = [one for one in asked if not one.question.answerable]
    rightly = sum(not one.question.answerable for one in refused)
    texts = {count: [one.shorter[at] if one.shorter else "" for one in answerable] for at, count in enumerate(FEWER)}
    texts[3] = [joined(one.answer.sentences) for one in answerable]
    lines = [
        f"right with at most {count} sentences: {_share([_right(o, t) for o, t in zip(answerable, said, strict=True)])}"
        for count, said in texts.items()
    ]
    quotes = sum(len(one.answer.citations) for one in asked)
    lines += [
        f"refused, of the unanswerable: {_share([one.answer.refused for one in unanswerable])}",
        f"refused, of the answerable: {_share([o.answer.refused for o in asked if o.question.answerable])}",
        f"refusals that are right: {rightly} of {len(refused)}",
        f"verbatim quotes: {sum(one.verbatim for one in asked)} of {quotes}",
    ]
    for at, name in enumerate(("new questions", "compared before")):
        p50, p95 = np.percentile([one.seconds[at] for one in asked], [50, 95])
        lines.append(f"seconds, {name}: p50 {p50:.3f}, p95 {p95:.3f}")
    return lines


def _right(one: Asked, text: str) -> bool:
    return bool(text) and all(re.search(pattern, text, re.IGNORECASE) for pattern in one.question.patterns)


def _share(flags: Sequence[bool]) -> str:
    return f"{np.mean(flags) if flags else 0:.1%} of {len(flags)}"


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", help="a shipped set, a folder, or a file of questions")
    parser.add_argument("index", help="an index of the notes that it asks about")
    parser.add_argument("--split", choices=("dev", "test"))
    options = parser.parse_args()
    questions = read_set(options.set).select(split=options.split).questions
    with Assistant.open(options.index, "extractive", Settings.from_environment()) as assistant:
        assistant.ask("Is the encoder loaded?")
        asked = [ask(assistant, question) for question in questions]
    print("\n".join(table(asked)))


if __name__ == "__main__":
    main()
