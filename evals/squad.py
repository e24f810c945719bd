"""SQuAD's JSON, versions 1.1 and 2.0: every paragraph is a note, every answer span a judged place.

Rajpurkar et al. 2016, doi:10.18653/v1/D16-1264, and 2018, doi:10.18653/v1/P18-2124.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus import Note
from evals.beir import UNKNOWN_LICENCE, VERSION_DIGITS, file_digests
from evals.errors import InvalidSet, SetNotFound
from evals.json_lines import Rejected
from evals.labels import UNLABELLED_KIND, unique
from evals.question_sets import UNANSWERABLE, Place, Question, QuestionSet


def read_squad(path: Path) -> QuestionSet:
    """The questions and paragraphs of a SQuAD file.

    All answers of a question are its references, and one pattern accepts any of them as whole words.

    Raises:
        SetNotFound: There is no such file.
        InvalidSet: It is not SQuAD's JSON; every fault is named with the line of its question, as far as it has one.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise SetNotFound(f"{path}: {error.strerror}; give a SQuAD file") from error
    except UnicodeDecodeError as error:
        raise InvalidSet([f"{path}:1: not UTF-8 (byte {error.start + 1})"]) from error
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidSet([f"{path}:{error.lineno}: not JSON: {error.msg}"]) from error
    reading = _Reading(path, _Lines(text))
    reading.read(document)
    if reading.problems:
        raise InvalidSet(reading.problems)
    digests = file_digests(path.parent, [path.name])
    return QuestionSet(
        id=path.stem,
        version=f"{document.get('version', '')}+{digests[path.name][:VERSION_DIGITS]}".lstrip("+"),
        licence=UNKNOWN_LICENCE,
        questions=unique(reading.questions),
        notes=tuple(reading.notes),
        digests=digests,
    )


@dataclass(slots=True)
class _Lines:
    """Finds the line of each question's id, in the order of the file."""

    text: str
    position: int = 0
    line: int = 1

    def of(self, question_id: str) -> int:
        """The line of the next place where the id stands as a string, or that of the one before when there is none."""
        spellings = {json.dumps(question_id), json.dumps(question_id, ensure_ascii=False)}
        found = min((at for at in (self.text.find(s, self.position) for s in spellings) if at >= 0), default=None)
        if found is not None:
            self.line += self.text.count("\n", self.position, found)
            self.position = found + 1
        return self.line


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    path: Path
    lines: _Lines
    questions: list[Question] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def read(self, document: Any) -> None:
        paragraphs_of: Counter[str] = Counter()
        try:
            for article, where in _objects(document, "data", "the file"):
                title = _text(article, "title", where, blank=True)
                for paragraph, place in _objects(article, "paragraphs", where):
                    note = self._note(title, paragraphs_of[title], _text(paragraph, "context", place))
                    paragraphs_of[title] += 1
                    self.notes.append(note)
                    for qa, spot in _objects(paragraph, "qas", place):
                        self._read_question(qa, note, spot)
        except Rejected as reason:
            self.problems.append(f"{self.path}:{self.lines.line}: {reason}")

    def _note(self, title: str, number: int, context: str) -> Note:
        note_id = f"{title or self.path.stem}#{number}"
        return Note(note_id, title.replace("_", " ").strip() or note_id, context, source=note_id)

    def _read_question(self, qa: Mapping[str, Any], note: Note, where: str) -> None:
        question_id = _text(qa, "id", where)
        origin = f"{self.path}:{self.lines.of(question_id)}"
        try:
            self.questions.append(_question(qa, question_id, note, origin))
        except Rejected as reason:
            self.problems.append(f"{origin}: {reason}")


def _question(qa: Mapping[str, Any], question_id: str, note: Note, origin: str) -> Question:
    name = f"question {question_id!r}"
    text = _text(qa, "question", name)
    if qa.get("is_impossible", False):
        return Question(question_id, text, UNANSWERABLE, answerable=False, origin=origin)
    answers = [_answer(answer, note, name) for answer, _ in _objects(qa, "answers", name)]
    if not answers:
        raise Rejected(f"{name} has no answer and is not marked `is_impossible`")
    references = tuple(dict.fromkeys(note.text[place.start : place.end] for place in answers))
    return Question(
        id=question_id,
        text=text,
        kind=UNLABELLED_KIND,
        evidence=tuple(dict.fromkeys(answers)),
        patterns=(_any_of(references),),
        references=references,
        origin=origin,
    )


def _answer(answer: Mapping[str, Any], note: Note, name: str) -> Place:
    text, start = _text(answer, "text", name), answer.get("answer_start")
    if type(start) is not int or start < 0 or not note.text.startswith(text, start):
        raise Rejected(f"{name}: the answer {text!r} does not stand at `answer_start` {start!r} of its context")
    return Place(note.note_id, start, start + len(text))


def _any_of(references: tuple[str, ...]) -> str:
    """A pattern for any of the texts, not as a part of longer words."""
    texts = (r"\s+".join(map(re.escape, reference.split())) for reference in references)
    return rf"(?<!\w)(?:{'|'.join(texts)})(?!\w)"


def _objects(parent: Any, name: str, where: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The objects of a list, each with how people find it: `the file, data[3]`."""
    members = parent.get(name) if isinstance(parent, dict) else None
    if not isinstance(members, list):
        raise Rejected(f"{where} has no list `{name}`")
    for number, member in enumerate(members):
        if not isinstance(member, dict):
            raise Rejected(f"{where}, {name}[{number}] is no object")
        yield member, f"{where}, {name}[{number}]"


def _text(parent: Mapping[str, Any], name: str, where: str, *, blank: bool = False) -> str:
    value = parent.get(name)
    if not isinstance(value, str) or not (blank or value.strip()):
        raise Rejected(f"{where} needs the text `{name}`, not {value!r}")
    return value
