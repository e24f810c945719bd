"""BEIR's files: `corpus.jsonl`, `queries.jsonl` and `qrels/SPLIT.tsv`.

A judgement is a line `query-id, corpus-id, score`, which judges a whole note, or, as an extension that BEIR's own
loader skips over, `query-id, corpus-id, score, start, end`, which judges a span of it. The header line may be missing.
Thakur et al. 2021, https://arxiv.org/abs/2104.08663.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus import Note
from corpus.note import MetadataValue
from evals.errors import InvalidSet
from evals.json_lines import Rejected, Row, decoded, numbered_lines, parse_rows
from evals.labels import unique
from evals.question_sets import Place, Question, QuestionSet

KIND = "query"
"""The kind of a question of a set that does not sort its questions."""
UNKNOWN_LICENCE = "unknown"
VERSION_DIGITS = 12
"""Hexadecimal digits of a digest that tell the versions of a set apart."""
_CORPUS_FIELDS = frozenset({"_id", "title", "text", "source", "markup", "metadata"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """One line of a qrels file."""

    question_id: str
    place: Place
    split: str
    origin: str


def read_beir(folder: Path, *, split: str = "test") -> QuestionSet:
    """The questions that `qrels/SPLIT.tsv` judges, with the corpus where there is one.

    Raises:
        SetNotFound: The folder or one of its files is missing.
        InvalidSet: A line is malformed, or names a query or a note that there is not.
    """
    qrels = folder / "qrels" / f"{split}.tsv"
    judgements = read_judgements(qrels)
    questions = read_queries(folder / "queries.jsonl")
    notes = read_corpus(folder / "corpus.jsonl")
    refuse_dangling(judgements, questions, notes)
    places = places_by_question(judgements)
    judged = (_judged(question, places[question.id], split) for question in questions if question.id in places)
    digests = file_digests(folder, ["queries.jsonl", f"qrels/{split}.tsv", "corpus.jsonl"])
    return QuestionSet(
        id=folder.resolve().name,
        version=version_of(digests),
        licence=UNKNOWN_LICENCE,
        questions=tuple(judged),
        notes=notes,
        digests=digests,
    )


def read_queries(path: Path) -> tuple[Question, ...]:
    """A question for each line of `queries.jsonl`, without labels.

    Raises:
        SetNotFound: There is no such file.
        InvalidSet: A line is malformed or an id occurs twice.
    """
    return unique(parse_rows(path, lambda row: Question(row.text("_id"), row.text("text"), KIND, origin=row.origin)))


def read_corpus(path: Path) -> tuple[Note, ...]:
    """A note for each line of `corpus.jsonl`; none when there is no such file.

    A text that is empty is replaced by the title, so that the note can be found; further fields become metadata.

    Raises:
        InvalidSet: A line is malformed or an id occurs twice.
    """
    if not path.exists():
        return ()
    first: dict[str, int] = {}

    def parse(row: Row) -> Note:
        note = _note(row)
        if first.setdefault(note.note_id, row.line) != row.line:
            raise Rejected(f"the id {note.note_id!r} is taken by line {first[note.note_id]}")
        return note

    return tuple(parse_rows(path, parse))


def read_judgements(path: Path) -> tuple[Judgement, ...]:
    """The judgements of one qrels file; its name without the ending is their split.

    Raises:
        SetNotFound: There is no such file.
        InvalidSet: A line has not three or five columns, or its numbers are none.
    """
    judgements: list[Judgement] = []
    problems: list[str] = []
    for position, (number, line) in enumerate(numbered_lines(path)):
        try:
            columns = decoded(line).split("\t")
            if position or not _is_header(columns):
                judgements.append(_judgement(columns, path.stem, f"{path}:{number}"))
        except Rejected as reason:
            problems.append(f"{path}:{number}: {reason}")
    if problems:
        raise InvalidSet(problems)
    return tuple(judgements)


def places_by_question(judgements: Iterable[Judgement]) -> dict[str, tuple[Place, ...]]:
    """Question id → its judged places, in the order of the file."""
    places: dict[str, tuple[Place, ...]] = {}
    for judgement in judgements:
        places[judgement.question_id] = (*places.get(judgement.question_id, ()), judgement.place)
    return places


def refuse_dangling(judgements: Iterable[Judgement], questions: Iterable[Question], notes: Sequence[Note]) -> None:
    """Nothing, when every judgement names a question and, if there are notes, a span of one of them.

    Raises:
        InvalidSet: Some do not; all of them are named.
    """
    question_ids = {question.id for question in questions}
    lengths = {note.note_id: len(note.text) for note in notes}
    problems = []
    for judgement in judgements:
        place = judgement.place
        if judgement.question_id not in question_ids:
            problems.append(f"{judgement.origin}: there is no query {judgement.question_id!r}")
        elif lengths and place.note_id not in lengths:
            problems.append(f"{judgement.origin}: the corpus has no note {place.note_id!r}")
        elif lengths and (place.end or 0) > lengths[place.note_id]:
            limit = lengths[place.note_id]
            problems.append(f"{judgement.origin}: {place.key} goes beyond the note ({limit} characters)")
    if problems:
        raise InvalidSet(problems)


def file_digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """File name → sha256 of its content with LF as line end, for those of `names` that exist."""
    digests = {}
    for name in names:
        path = folder / name
        if path.is_file():
            digests[name] = hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    return digests


def version_of(digests: Mapping[str, str]) -> str:
    """A short version made from the content, for sets that state none."""
    together = "\n".join(f"{name} {digest}" for name, digest in sorted(digests.items()))
    return hashlib.sha256(together.encode()).hexdigest()[:VERSION_DIGITS]


def _judged(question: Question, places: tuple[Place, ...], split: str) -> Question:
    return Question(question.id, question.text, KIND, split, evidence=places, origin=question.origin)


def _note(row: Row) -> Note:
    note_id, title, text = row.text("_id"), row.text("title", "").strip(), row.text("text", "")
    if not title and not text.strip():
        raise Rejected("a note needs a `title` or a `text`")
    markup = row.text("markup", "plain")
    if markup not in ("plain", "markdown"):
        raise Rejected(f"`markup` must be plain or markdown, not {markup!r}")
    return Note(
        note_id=note_id,
        title=title or note_id,
        text=text if text.strip() else title,
        source=row.text("source", "") or note_id,
        markup="markdown" if markup == "markdown" else "plain",
        metadata=_metadata(row.fields),
    )


def _metadata(fields: Mapping[str, Any]) -> dict[str, MetadataValue]:
    """The fields that are not the note itself, those of `metadata` among them, as far as a note can hold them."""
    nested = fields.get("metadata")
    candidates = {**(nested if isinstance(nested, dict) else {}), **fields}
    metadata: dict[str, MetadataValue] = {}
    for name, value in candidates.items():
        if name in _CORPUS_FIELDS or value in ("", []):
            continue
        if isinstance(value, str | int | float | bool):
            metadata[name] = value
        elif isinstance(value, list) and all(isinstance(part, str) for part in value):
            metadata[name] = tuple(value)
    return metadata


def _is_header(columns: Sequence[str]) -> bool:
    return len(columns) >= 3 and not columns[2].strip().lstrip("-").isdigit()


def _judgement(columns: Sequence[str], split: str, origin: str) -> Judgement:
    if len(columns) not in (3, 5):
        raise Rejected(f"{len(columns)} columns; a judgement has query-id, corpus-id, score, and may have start, end")
    question_id, note_id = columns[0].strip(), columns[1].strip()
    if not question_id or not note_id:
        raise Rejected("query-id and corpus-id must not be blank")
    grade, *span = (_whole_number(column) for column in columns[2:])
    if not span:
        return Judgement(question_id, Place(note_id, grade=grade), split, origin)
    start, end = span
    if not 0 <= start < end:
        raise Rejected(f"start {start} and end {end} are no span; it needs 0 <= start < end")
    return Judgement(question_id, Place(note_id, start, end, grade), split, origin)


def _whole_number(column: str) -> int:
    try:
        return int(column)
    except ValueError as error:
        raise Rejected(f"{column!r} is not a whole number") from error
