"""Question sets written as folders of footnote's own form, and in the forms that other tools read.

For the other tools, an answerable question without a reference in words gets its evidence as the reference, and an
unanswerable one `REFUSAL`: they compare with a text.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from corpus import Note
from evals.beir import file_digests
from evals.errors import InvalidSet
from evals.judgements import relevant_spans, resolve_evidence
from evals.question_sets import Question, QuestionSet, Quote, digest_notes
from evals.set_folder import MANIFEST, data_files

REFUSAL = "The notes do not answer this question."
_QRELS_HEADER = "query-id\tcorpus-id\tscore\tstart\tend\n"


def write_folder(question_set: QuestionSet, folder: Path, *, judged_on: Iterable[Note] = ()) -> None:
    """Nothing; `folder` then holds the set, with fresh digests, in place of whatever set it held before.

    Args:
        question_set: Its `digests` are replaced by those of the files that are written.
        folder: Made where it does not exist.
        judged_on: The notes that the places point into, for `notes` in `set.yaml`; the set's own notes by default.

    Raises:
        InvalidSet: An id holds a tab or a line break, which a qrels file cannot.
    """
    qrels = _qrels_by_split(question_set)
    for stale in [*folder.glob("qrels/*.tsv"), folder / "corpus.jsonl"]:
        stale.unlink(missing_ok=True)
    write_rows(folder / "queries.jsonl", ({"_id": one.id, "text": one.text} for one in question_set.questions))
    write_rows(folder / "answers.jsonl", map(_answer_row, question_set.questions))
    for split, lines in qrels.items():
        _write(folder / "qrels" / f"{split}.tsv", _QRELS_HEADER + "".join(lines))
    if question_set.notes:
        write_rows(folder / "corpus.jsonl", map(_corpus_row, question_set.notes))
    notes = tuple(judged_on) or question_set.notes
    notes_digest = digest_notes(notes, question_set.judged_note_ids()) if notes else question_set.notes_digest
    _write_manifest(folder, replace(question_set, notes_digest=notes_digest))


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Nothing; `path` then holds one JSON object a line, in UTF-8 with LF."""
    _write(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def ragas_rows(question_set: QuestionSet, notes: Collection[Note] = ()) -> Iterator[dict[str, Any]]:
    """A row for each question, for `EvaluationDataset.from_jsonl` of ragas (single turn; seen with 0.4.3).

    The evidence is given as texts and under the ids `note_id@start-end`. Earlier questions of a conversation stand
    before the question, a line each, since ragas takes no file in which only some questions have several turns.

    Args:
        question_set: What to export.
        notes: The notes that it asks about; the set's own by default.

    Raises:
        EvidenceNotFound: Evidence is not in the notes.
    """
    for question, evidence in _with_evidence(question_set, notes):
        yield {
            "user_input": "\n".join([*question.history, question.text]),
            "reference": _references(question, evidence)[0],
            "reference_contexts": list(evidence.values()),
            "reference_context_ids": list(evidence),
        }


def inspect_rows(question_set: QuestionSet, notes: Collection[Note] = ()) -> Iterator[dict[str, Any]]:
    """A row for each question, for `json_dataset` of inspect_ai (fields of its `Sample`; seen with 0.3.285).

    `target` lists the references, each as good as the others; kind, split, patterns and evidence are metadata.
    A question with a history is a list of user messages.

    Args:
        question_set: What to export.
        notes: The notes that it asks about; the set's own by default.

    Raises:
        EvidenceNotFound: Evidence is not in the notes.
    """
    for question, evidence in _with_evidence(question_set, notes):
        turns = [{"role": "user", "content": text} for text in (*question.history, question.text)]
        yield {
            "id": question.id,
            "input": turns if question.history else question.text,
            "target": _references(question, evidence),
            "metadata": {
                "kind": question.kind,
                "split": question.split,
                "answerable": question.answerable,
                "patterns": list(question.patterns),
                "evidence": [{"id": key, "text": text} for key, text in evidence.items()],
                "set": f"{question_set.id} {question_set.version}",
            },
        }


def _with_evidence(question_set: QuestionSet, notes: Collection[Note]) -> Iterator[tuple[Question, dict[str, str]]]:
    """Each question with its relevant spans: `note_id@start-end` and their text."""
    notes = notes or question_set.notes
    texts = {note.note_id: note.text for note in notes}
    for question in question_set.questions:
        spans = relevant_spans(resolve_evidence(question, notes), notes)
        yield question, {f"{name}@{start}-{end}": texts[name][start:end] for name, start, end in spans}


def _references(question: Question, evidence: dict[str, str]) -> list[str]:
    if not question.answerable:
        return [REFUSAL]
    return list(question.references) or ["\n\n".join(evidence.values())]


def _qrels_by_split(question_set: QuestionSet) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    for question in question_set.questions:
        for place in question.places:
            span = () if place.end is None else (str(place.start), str(place.end))
            columns = (question.id, place.note_id, str(place.grade), *span)
            if any(set(column) & set("\t\r\n") for column in columns):
                raise InvalidSet([f"{question.origin}: {columns[:2]!r} holds a tab or a line break; use other ids"])
            lines.setdefault(question.split, []).append("\t".join(columns) + "\n")
    return lines


def _answer_row(question: Question) -> dict[str, Any]:
    labels = {
        "evidence": [_evidence(quote) for quote in question.quotes],
        "answer": list(question.patterns),
        "reference": list(question.references),
        "history": list(question.history),
    }
    row = {"_id": question.id, "kind": question.kind, "split": question.split, "answerable": question.answerable}
    return row | {name: values for name, values in labels.items() if values}


def _evidence(quote: Quote) -> str | dict[str, str]:
    return asdict(quote) if quote.file else quote.text


def _corpus_row(note: Note) -> dict[str, Any]:
    metadata = {name: list(value) if isinstance(value, tuple) else value for name, value in note.metadata.items()}
    row = {"_id": note.note_id, "title": note.title, "text": note.text, "source": note.source, "markup": note.markup}
    return row | ({"metadata": metadata} if metadata else {})


def _write_manifest(folder: Path, question_set: QuestionSet) -> None:
    import yaml

    fields = {
        "id": question_set.id,
        "version": question_set.version,
        "licence": question_set.licence,
        "description": question_set.description,
        "notes": question_set.notes_digest,
        "digests": file_digests(folder, data_files(folder)),
    }
    present = {name: value for name, value in fields.items() if value}
    _write(folder / MANIFEST, yaml.safe_dump(present, sort_keys=False, allow_unicode=True, width=100))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", newline="\n")
