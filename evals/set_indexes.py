"""The index that a question set is asked over: a given one, one of the set's own notes, or one of the shipped notes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from agent.settings import Settings
from corpus import Chunking, Note, NoteSource, shipped_notes
from corpus.loading import SHIPPED_FOLDER
from evals.question_sets import QuestionSet
from evals.set_readers import shipped_sets
from retrieval import Index, Progress
from retrieval.errors import IndexMissing

WHOLE_NOTES = Chunking(size=100_000, smallest=1)
"""How the notes of a set are cut whose judgements name whole notes: not at all, as such sets are scored elsewhere."""
_COPY_DIGITS = 12


def index_folder(
    question_set: QuestionSet, given: Path | None, settings: Settings, progress: Callable[[Progress], None]
) -> Path:
    """Where the index lies; that of a set's own notes or of the shipped notes is made there if need be.

    Args:
        question_set: Asked over its own notes where it brings some, over the shipped notes where it ships with
            footnote, over the default index otherwise.
        given: Used whatever the set says.
        settings: For the data folder and the default index.
        progress: Told how far the making of an index is.

    Raises:
        IndexMissing: The set needs an index, and there is none.
    """
    if given:
        return given
    if question_set.notes:
        name = f"{question_set.id}-{question_set.version}"[:80].replace("/", "-")
        return _made(settings.data / "evals" / "indexes" / name, question_set.notes, _chunking(question_set), progress)
    if question_set.id in shipped_sets():
        return _made(shipped_index(settings.data), shipped_notes(), Chunking(), progress)
    if not settings.index.is_dir():
        raise IndexMissing(
            f"the set {question_set.id!r} brings no notes; make an index by `footnote index PATH --index DIR`, and give"
            " it by `--index DIR`"
        )
    return settings.index


def shipped_index(data: Path, shipped: Path = SHIPPED_FOLDER) -> Path:
    """Where the index of the shipped notes lies.

    Each copy of footnote has its own: in a common one the notes of one copy would stay beside those of another, every
    note twice.
    """
    copy = hashlib.sha256(str(shipped).encode("utf-8", "surrogateescape")).hexdigest()[:_COPY_DIGITS]
    return data / "evals" / "indexes" / f"shipped-notes-{copy}"


def notes_of(index: Index) -> list[Note]:
    """Every note of an index, in the order of ids."""
    found = (index.note(entry.note_id) for entry in index.notes())
    return [note for note in found if note is not None]


def _chunking(question_set: QuestionSet) -> Chunking:
    whole = any(place.end is None for question in question_set.questions for place in question.places)
    return WHOLE_NOTES if whole else Chunking()


def _made(
    folder: Path, notes: NoteSource | Iterable[Note], chunking: Chunking, progress: Callable[[Progress], None]
) -> Path:
    with Index.create(folder, chunking=chunking) as index:
        index.update(notes, progress=progress)
    return folder
