"""Questions with their judgements resolved against the notes, as a run keeps them.

A run folder carries its own judgements, so that it can be scored, compared and shown without the notes and without the
question set that it came from.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpus import Note
from evals.json_lines import Row, parse_rows
from evals.judgements import relevant_spans, resolve_set
from evals.question_sets import Place, Question, QuestionSet
from evals.spans import Span


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question and where its answer stands.

    Attributes:
        question: Its `places` are what was judged; words of the notes have become places.
        spans: The characters of the relevant places.
        texts: What the notes say there.
    """

    question: Question
    spans: tuple[Span, ...]
    texts: tuple[str, ...]

    @property
    def references(self) -> tuple[str, ...]:
        """Right answers in words; where nobody wrote one, what the notes say."""
        return self.question.references or self.texts


def judge_questions(question_set: QuestionSet, notes: Collection[Note]) -> tuple[JudgedQuestion, ...]:
    """The questions of a set with their places found in `notes`.

    Raises:
        EvidenceNotFound: Some evidence is not in the notes.
    """
    texts = {note.note_id: note.text for note in notes}
    judged = []
    for question in resolve_set(question_set, notes).questions:
        spans = relevant_spans(question.places, notes) if question.places else ()
        judged.append(JudgedQuestion(question, spans, tuple(texts[name][start:end] for name, start, end in spans)))
    return tuple(judged)


def write_questions(path: Path, questions: Iterable[JudgedQuestion]) -> None:
    """Nothing; `path` then holds them, one a line."""
    lines = (json.dumps(_fields(one), ensure_ascii=False) + "\n" for one in questions)
    path.write_text("".join(lines), "utf-8", newline="\n")


def read_questions(path: Path) -> tuple[JudgedQuestion, ...]:
    """What `write_questions` wrote.

    Raises:
        SetNotFound: There is no such file.
        InvalidSet: A line is not of that form.
    """
    return tuple(parse_rows(path, _read))


def _fields(judged: JudgedQuestion) -> dict[str, Any]:
    fields = asdict(judged.question)
    del fields["evidence"], fields["origin"]
    places = [asdict(place) for place in judged.question.places]
    return {**fields, "places": places, "spans": judged.spans, "texts": judged.texts}


def _read(row: Row) -> JudgedQuestion:
    question = Question(
        id=row.text("id"),
        text=row.text("text"),
        kind=row.text("kind"),
        split=row.text("split"),
        answerable=row.flag("answerable", True),
        evidence=tuple(Place(**place) for place in row.list("places")),
        patterns=row.texts("patterns"),
        references=row.texts("references"),
        history=row.texts("history"),
        origin=row.origin,
    )
    spans = tuple((str(name), int(start), int(end)) for name, start, end in row.list("spans"))
    return JudgedQuestion(question, spans, row.texts("texts"))
