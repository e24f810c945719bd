"""footnote's own form of a question set: a folder in BEIR's form with labels and a description beside it.

set.yaml        id, version, licence, description; `digests`: the sha256 of each file, `notes`: that of the notes
queries.jsonl   {"_id", "text"}
answers.jsonl   {"_id", and the labels that `evals.labels` lists}; a question that is only judged needs no line
qrels/SPLIT.tsv query-id, corpus-id, score, start, end
corpus.jsonl    {"_id", "title", "text", "source", "markup", "metadata"}; absent when the notes lie elsewhere

`evals.set_export` writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from corpus import Note
from evals.beir import (
    file_digests,
    places_by_question,
    read_corpus,
    read_judgements,
    read_queries,
    refuse_dangling,
    version_of,
)
from evals.errors import InvalidSet, SetNotFound
from evals.json_lines import Rejected, Row, parse_rows
from evals.labels import LABELS, UNLABELLED_KIND, labelled_question
from evals.question_sets import Place, Question, QuestionSet

MANIFEST = "set.yaml"
_DATA_FILES = ("queries.jsonl", "answers.jsonl", "corpus.jsonl", "qrels/*.tsv")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `set.yaml` says."""

    id: str
    version: str
    licence: str
    description: str
    digests: Mapping[str, str]
    notes_digest: str


def read_folder(folder: Path) -> QuestionSet:
    """The question set of a folder in footnote's own form.

    Raises:
        SetNotFound: `set.yaml` or `queries.jsonl` is missing.
        InvalidSet: A line is malformed, files contradict each other, or one was changed after its digest was taken.
    """
    manifest = read_manifest(folder / MANIFEST)
    digests = file_digests(folder, data_files(folder))
    _refuse_changed(folder, manifest.digests, digests)
    notes = read_corpus(folder / "corpus.jsonl")
    return QuestionSet(
        id=manifest.id,
        version=manifest.version or version_of(digests),
        licence=manifest.licence,
        questions=_read_questions(folder, notes),
        notes=notes,
        digests=digests,
        description=manifest.description,
        notes_digest=manifest.notes_digest,
    )


def read_manifest(path: Path) -> Manifest:
    """The description of a set.

    Raises:
        SetNotFound: There is no such file.
        InvalidSet: It is not YAML, lacks `id` or `licence`, or holds something unexpected.
    """
    import yaml

    try:
        # Every scalar stays text: version 1.10 is not 1.1.
        loaded = yaml.load(path.read_text("utf-8-sig"), Loader=yaml.BaseLoader)
    except OSError as error:
        raise SetNotFound(f"{path}: {error.strerror}; a question set needs this file") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "it cannot be read"
        raise InvalidSet([f"{path}:{mark.line + 1 if mark else 1}: not YAML: {reason}"]) from error
    except UnicodeDecodeError as error:
        raise InvalidSet([f"{path}:1: not UTF-8"]) from error
    try:
        return _manifest(Row(path, 1, loaded if isinstance(loaded, dict) else {}))
    except Rejected as reason:
        raise InvalidSet([f"{path}:1: {reason}"]) from reason


def data_files(folder: Path) -> list[str]:
    """Names of the files that hold the set, without `set.yaml`."""
    return [path.relative_to(folder).as_posix() for pattern in _DATA_FILES for path in sorted(folder.glob(pattern))]


def _manifest(row: Row) -> Manifest:
    row.refuse_typos(("id", "version", "licence", "description", "digests", "notes"))
    digests = row.fields.get("digests") or {}
    if not isinstance(digests, dict) or not all(isinstance(value, str) for value in digests.values()):
        raise Rejected("`digests` must give a sha256 for each file name")
    return Manifest(
        id=row.text("id"),
        version=row.text("version", ""),
        licence=row.text("licence"),
        description=row.text("description", ""),
        digests=digests,
        notes_digest=row.text("notes", ""),
    )


def _refuse_changed(folder: Path, declared: Mapping[str, str], found: Mapping[str, str]) -> None:
    problems = [
        f"{folder / MANIFEST}:1: {name} is {found.get(name, 'missing')}, not {digest} as `digests` says; "
        "restore the file, or raise `version` and correct the digest"
        for name, digest in declared.items()
        if found.get(name) != digest
    ]
    if problems:
        raise InvalidSet(problems)


def _read_questions(folder: Path, notes: tuple[Note, ...]) -> tuple[Question, ...]:
    queries = read_queries(folder / "queries.jsonl")
    judgements = [one for path in sorted(folder.glob("qrels/*.tsv")) for one in read_judgements(path)]
    refuse_dangling(judgements, queries, notes)
    labels = _read_labels(folder / "answers.jsonl", {question.id for question in queries})
    places = places_by_question(judgements)
    splits: dict[str, str] = {}
    problems = []
    for judgement in judgements:
        if splits.setdefault(judgement.question_id, judgement.split) != judgement.split:
            problems.append(f"{judgement.origin}: {judgement.question_id!r} is judged in another split too")
    questions = []
    for query in queries:
        row = labels.get(query.id)
        try:
            questions.append(_joined(query, row, places.get(query.id, ()), splits.get(query.id)))
        except Rejected as reason:
            problems.append(f"{row.origin if row else query.origin}: {reason}")
    if problems:
        raise InvalidSet(problems)
    return tuple(questions)


def _read_labels(path: Path, question_ids: set[str]) -> dict[str, Row]:
    """Question id → its line of `answers.jsonl`; none when there is no such file."""
    labels: dict[str, Row] = {}

    def parse(row: Row) -> None:
        row.refuse_typos(("_id", *LABELS))
        question_id = row.text("_id")
        if question_id not in question_ids:
            raise Rejected(f"there is no query {question_id!r}")
        if labels.setdefault(question_id, row) is not row:
            raise Rejected(f"the id {question_id!r} is taken by line {labels[question_id].line}")

    if path.exists():
        parse_rows(path, parse)
    return labels


def _joined(query: Question, row: Row | None, places: tuple[Place, ...], split: str | None) -> Question:
    """A query with its labels and its judged places."""
    if row is None:
        if not places:
            raise Rejected(f"neither answers.jsonl nor a qrels file says what is right for {query.id!r}")
        return replace(query, kind=UNLABELLED_KIND, split=split or query.split, evidence=places)
    question = labelled_question(row, question_id=query.id, text=query.text, places=places, split=split or query.split)
    if split not in (None, question.split):
        raise Rejected(f"`split` is {question.split!r}, but the question is judged in qrels/{split}.tsv")
    return question
