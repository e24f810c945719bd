"""The labels of one question, as rows of `answers.jsonl` and of simple JSONL files spell them.

kind        what reports are sliced by; `unanswerable` means that a refusal is right
split       `dev` or `test`, or any other name
answerable  true or false; needed only where the kind does not say it
evidence    words of the notes, or {"text": ..., "file": ...}; one or a list
file        the file that holds the evidence; "" or "*" when it may be any
answer      regular expressions that a right answer matches, all of them; one or a list
reference   right answers in words; one or a list
history     earlier questions of the same conversation, oldest first

Each is optional, but an answerable question needs at least one of evidence, answer, reference and a judged place.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from evals.answer_measures import PATTERN_FLAGS
from evals.errors import InvalidSet
from evals.json_lines import Rejected, Row
from evals.question_sets import UNANSWERABLE, Place, Question, Quote

LABELS = ("kind", "split", "answerable", "evidence", "file", "answer", "reference", "history")
UNLABELLED_KIND = "fact"
"""The kind of an answerable question that names none."""
_ANY_FILE = ("", "*")


def labelled_question(
    row: Row, *, question_id: str, text: str, places: Sequence[Place] = (), split: str = "test"
) -> Question:
    """The question with the labels of `row`; `places` come from the judgements, `split` from the file they stand in.

    Raises:
        Rejected: A label is malformed, or the labels contradict each other.
    """
    kind = row.text("kind", UNLABELLED_KIND)
    question = Question(
        id=question_id,
        text=text,
        kind=kind,
        split=row.text("split", split),
        answerable=row.flag("answerable", kind != UNANSWERABLE),
        evidence=(*places, *_quotes(row)),
        patterns=_checked_patterns(row.texts("answer")),
        references=row.texts("reference"),
        history=row.texts("history"),
        origin=row.origin,
    )
    _refuse_contradictions(question)
    return question


def unique(questions: Iterable[Question]) -> tuple[Question, ...]:
    """The questions, whose ids are all different.

    Raises:
        InvalidSet: Two share an id; the later one's line is named, and where the first one stands.
    """
    first: dict[str, Question] = {}
    problems = []
    for question in questions:
        earlier = first.setdefault(question.id, question)
        if earlier is not question:
            problems.append(f"{question.origin}: the id {question.id!r} is taken by {earlier.origin}")
    if problems:
        raise InvalidSet(problems)
    return tuple(first.values())


def _refuse_contradictions(question: Question) -> None:
    says_something = bool(question.evidence or question.patterns or question.references)
    if question.answerable and question.kind == UNANSWERABLE:
        raise Rejected("`answerable` is true but the kind is `unanswerable`")
    if question.answerable and not says_something:
        raise Rejected("nothing says what is right: give `evidence`, `answer` or `reference`, or kind `unanswerable`")
    if not question.answerable and any(place.grade > 0 for place in question.places):
        raise Rejected("an unanswerable question has relevant places in the judgements")
    if not question.answerable and (question.quotes or question.patterns or question.references):
        raise Rejected("an unanswerable question must have no `evidence`, `answer` or `reference`")


def _checked_patterns(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The same patterns, when they compile and together can tell right from wrong."""
    on_empty = []
    for pattern in patterns:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                on_empty.append(re.search(pattern, "", PATTERN_FLAGS))
        except (re.error, OverflowError, Warning) as error:
            raise Rejected(f"`answer` {pattern!r} is not a regular expression: {error}") from error
    if patterns and all(on_empty):
        raise Rejected(f"`answer` {list(patterns)!r} accepts an empty answer, so it cannot tell right from wrong")
    return patterns


def _quotes(row: Row) -> tuple[Quote, ...]:
    file = row.text("file", "")
    return tuple(_quote(value, file) for value in row.list("evidence"))


def _quote(value: Any, file: str) -> Quote:
    fields = {"text": value} if isinstance(value, str) else value
    if not isinstance(fields, dict) or not {"text"} <= fields.keys() <= {"text", "file"}:
        raise Rejected(f'`evidence` must be words of the notes or {{"text": ..., "file": ...}}; found {value!r}')
    text, file = fields["text"], fields.get("file", file)
    if not isinstance(text, str) or not text.strip() or not isinstance(file, str):
        raise Rejected(f"`evidence` must be text that is not blank; found {value!r}")
    return Quote(text, "" if file in _ANY_FILE else file)
