"""From what a question was judged against to spans of the notes, and from hits to the ids that measures count."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from corpus import Note
from evals.errors import EvidenceNotFound
from evals.question_sets import Place, Question, QuestionSet, Quote, digest_notes
from evals.spans import Span

COVERED_SHARE = 0.5
"""A hit covers a place when they share this much of the shorter of the two: half a long paragraph counts, a few words
at the edge of a chunk do not."""


def resolve_evidence(question: Question, notes: Collection[Note]) -> tuple[Place, ...]:
    """The places in `notes` that answer the question, sorted by note and start; overlapping relevant ones become one.

    Words are looked for everywhere, with white space folded and case ignored; every occurrence is a place. A whole
    note stays one, so that it is still judged as a whole. Of places that become one, the highest grade stands.

    Raises:
        EvidenceNotFound: A place lies outside its note or in no note, or words occur nowhere (or not in their file).
    """
    by_id = {note.note_id: note for note in notes}
    places = [_checked(question, place, by_id) for place in question.places]
    for quote in question.quotes:
        places += _occurrences(question, quote, notes)
    return _united(places)


def relevant_spans(places: Iterable[Place], notes: Iterable[Note]) -> tuple[Span, ...]:
    """The characters of the relevant places, for citation measures; a whole note is the span of its text."""
    lengths = {note.note_id: len(note.text) for note in notes}
    return tuple(
        (place.note_id, place.start, lengths[place.note_id] if place.end is None else place.end)
        for place in places
        if place.grade > 0
    )


def resolve_set(question_set: QuestionSet, notes: Collection[Note]) -> QuestionSet:
    """The same set with every question's places resolved against `notes` beside its words, and the notes' digest.

    Raises:
        EvidenceNotFound: Some evidence is not in the notes; every such question is named.
    """
    questions: list[Question] = []
    problems: list[str] = []
    for question in question_set.questions:
        try:
            places = resolve_evidence(question, notes)
        except EvidenceNotFound as error:
            problems.append(str(error))
        else:
            questions.append(replace(question, evidence=(*places, *question.quotes)))
    if problems:
        raise EvidenceNotFound("\n".join(problems))
    resolved = replace(question_set, questions=tuple(questions))
    return replace(resolved, notes_digest=digest_notes(notes, resolved.judged_note_ids()))


def check_notes(question_set: QuestionSet, notes: Iterable[Note]) -> None:
    """Nothing when the notes are those that the set was judged on, or when the set does not say.

    Raises:
        EvidenceNotFound: The text of a judged note has changed, so that spans may point elsewhere.
    """
    if not question_set.notes_digest:
        return
    if digest_notes(notes, question_set.judged_note_ids()) != question_set.notes_digest:
        raise EvidenceNotFound(
            f"the notes differ from those that the set {question_set.id!r} was judged on; "
            "use the notes of its version, or judge again and write the set anew"
        )


def judge_hits(hits: Sequence[Span], places: Sequence[Place]) -> tuple[dict[str, float], dict[str, int]]:
    """The run and the grades of one question, in the terms of its places instead of its chunks.

    A hit stands under the key of each place that it covers for the first time (several keys take as many ranks, the
    highest grade first); a hit that covers nothing new stands under its own key, as irrelevant. Where a whole note was
    judged, only the first hit of each note counts and the others vanish, as in document retrieval. So the ideal
    depends on the judgements alone, and runs over differently cut notes can be compared.

    Args:
        hits: What was found, best first.
        places: What was judged, as `resolve_evidence` gives it.
    """
    whole_notes = any(place.end is None for place in places)
    order: dict[str, None] = {}
    for hit in hits:
        covered = sorted((p for p in places if covers(hit, p) and p.key not in order), key=lambda p: (-p.grade, p.key))
        own = hit[0] if whole_notes else f"hit {hit[0]}@{hit[1]}-{hit[2]}"
        order.update(dict.fromkeys([place.key for place in covered] or [own]))
    return {key: float(len(order) - rank) for rank, key in enumerate(order)}, {p.key: p.grade for p in places}


def covers(hit: Span, place: Place) -> bool:
    """Whether a hit shows enough of a place: `COVERED_SHARE` of the shorter one, any hit for a whole note."""
    note_id, start, end = hit
    if note_id != place.note_id:
        return False
    if place.end is None:
        return True
    shared = min(end, place.end) - max(start, place.start)
    return shared > 0 and shared >= COVERED_SHARE * min(end - start, place.end - place.start)


def _checked(question: Question, place: Place, by_id: Mapping[str, Note]) -> Place:
    note = by_id.get(place.note_id)
    if note is None:
        raise EvidenceNotFound(f"{_name(question)}: the judged note {place.note_id!r} is not among {len(by_id)} notes")
    limit = len(note.text)
    if place.end is not None and not 0 <= place.start < place.end <= limit:
        raise EvidenceNotFound(f"{_name(question)}: {place.key} is no span of that note, which has {limit} characters")
    return place


def _occurrences(question: Question, quote: Quote, notes: Iterable[Note]) -> list[Place]:
    pattern = re.compile(r"\s+".join(map(re.escape, quote.text.split())), re.IGNORECASE)
    places = [Place(note.note_id, *match.span()) for note in notes for match in pattern.finditer(note.text) if match[0]]
    if not any(_in_file(place.note_id, quote.file) for place in places):
        where = f"the file {quote.file!r}" if quote.file else "any note"
        raise EvidenceNotFound(f"{_name(question)}: the evidence {quote.text!r} is not in {where}")
    return places


def _in_file(note_id: str, file: str) -> bool:
    path = note_id.partition("#")[0]
    return not file or path == file or path.endswith(f"/{file}")


def _united(places: Iterable[Place]) -> tuple[Place, ...]:
    """Relevant places that overlap as one, the others as they are, by note and start."""
    united: list[Place] = []
    irrelevant: list[Place] = []
    for place in sorted(places, key=lambda p: (p.note_id, p.start)):
        last = united[-1] if united else None
        if place.grade <= 0:
            irrelevant.append(place)
        elif last and last.note_id == place.note_id and (last.end is None or place.start < last.end):
            end = None if last.end is None or place.end is None else max(last.end, place.end)
            united[-1] = replace(last, end=end, grade=max(last.grade, place.grade))
        else:
            united.append(place)
    return tuple(sorted(united + irrelevant, key=lambda p: (p.note_id, p.start)))


def _name(question: Question) -> str:
    return f"{question.origin or 'question'}: {question.id!r}"
