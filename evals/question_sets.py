"""Questions with what is known about their answers, and where in the notes that knowledge stands.

Judgements name places in notes, never chunks, so that cutting the notes differently keeps every label.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from corpus import Note

UNANSWERABLE = "unanswerable"
"""The kind of a question that the notes do not answer; the right answer is a refusal."""


@dataclass(frozen=True, slots=True)
class Place:
    """A judged span of a note.

    Attributes:
        start: First code point of the span in the note's text, 0-based.
        end: One past its last; None for the whole note.
        grade: How relevant it is; 1 and above is relevant, 0 was judged and is not.
    """

    note_id: str
    start: int = 0
    end: int | None = None
    grade: int = 1

    @property
    def key(self) -> str:
        """`note_id@start-end`, or the note's id for a whole note; the same form as a chunk's id."""
        return self.note_id if self.end is None else f"{self.note_id}@{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the notes that answer; a passage that contains them is relevant.

    Attributes:
        text: Compared with white space folded and case ignored.
        file: The file that must contain them, as in the note's id; empty when any note may. Other notes with the
            same words are relevant too.
    """

    text: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question and what is known about its answer.

    Attributes:
        id: Unique in its set.
        kind: `fact`, `paraphrase`, `typo`, ...; what reports are sliced by.
        split: `dev` for tuning, `test` for reporting.
        answerable: Whether the notes answer it; if not, a refusal is right.
        evidence: What is relevant, as spans or as words.
        patterns: Regular expressions, case ignored; an answer that matches all of them is right.
        references: Right answers in words; each is as good as the others.
        history: Earlier questions of the same conversation, oldest first.
        origin: `file:line` where it was read.
    """

    id: str
    text: str
    kind: str
    split: str = "test"
    answerable: bool = True
    evidence: tuple[Place | Quote, ...] = ()
    patterns: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    origin: str = field(default="", compare=False)

    @property
    def places(self) -> tuple[Place, ...]:
        """The evidence that is given as spans."""
        return tuple(one for one in self.evidence if isinstance(one, Place))

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The evidence that is given as words."""
        return tuple(one for one in self.evidence if isinstance(one, Quote))


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions that are scored together.

    Attributes:
        id: Short name.
        version: Changes whenever a score could; sets without one of their own get the digest of their files.
        licence: SPDX name, or `unknown`.
        notes: The notes that the set brings along, empty when it asks about notes that lie elsewhere.
        digests: File name → sha256 of its lines, with LF as line end.
        notes_digest: `digest_notes` of the notes that the places point into, as the set declares it; empty if not.
    """

    id: str
    version: str
    licence: str
    questions: tuple[Question, ...]
    notes: tuple[Note, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    notes_digest: str = ""

    def select(self, *, split: str | None = None, kinds: Collection[str] = ()) -> QuestionSet:
        """The same set with only the questions of a split and of some kinds; no argument, no limit."""
        chosen = (one for one in self.questions if split in (None, one.split) and (not kinds or one.kind in kinds))
        return replace(self, questions=tuple(chosen))

    def judged_note_ids(self) -> tuple[str, ...]:
        """Ids of the notes that some place points into, sorted."""
        return tuple(sorted({place.note_id for one in self.questions for place in one.places}))


def leaking_notes(question_set: QuestionSet) -> tuple[str, ...]:
    """Ids of notes that are judged in more than one split, sorted: what is tuned on one could show in the other."""
    splits: dict[str, set[str]] = {}
    for question in question_set.questions:
        for place in question.places:
            splits.setdefault(place.note_id, set()).add(question.split)
    return tuple(sorted(note_id for note_id, found in splits.items() if len(found) > 1))


def digest_notes(notes: Iterable[Note], note_ids: Collection[str]) -> str:
    """The sha256 of ids and texts of those notes among `notes`, whatever their order.

    Spans are offsets into texts: when this changes, they may point elsewhere.
    """
    wanted = set(note_ids)
    digest = hashlib.sha256()
    for note_id, text in sorted((note.note_id, note.text) for note in notes if note.note_id in wanted):
        for part in (note_id, text):
            encoded = part.encode("utf-8")
            digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()
