"""JSON Lines and JSON arrays of posts: one object a note.

Recognised are objects on lines of their own, or in one array, when one of the first has a field that can hold the
text of a post (see `_post_columns`); in a file called `.jsonl` or `.ndjson`, and in an array, also when none has, so
that the reason can be told. A line that is broken or has no text is skipped, as is what follows a break in an array: a
warning in the log says how many.

Not recognised: a single object over several lines, objects of objects, notebooks, chat logs with a list of messages.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

from corpus.errors import UnreadableFile
from corpus.formats._json import BROKEN_JSON
from corpus.formats._post_columns import find_post_columns, missing_text_reason
from corpus.formats._post_rows import PostReader
from corpus.formats._sample import text_sample
from corpus.note import Note
from corpus.source_file import SourceFile

_LOG = logging.getLogger(__name__)

_SUFFIXES = frozenset({".jsonl", ".ndjson", ".jsonlines"})
_SAMPLE_OBJECTS = 10
"""Objects from which the format is told."""

_DECODER = json.JSONDecoder()


def matches(file: SourceFile) -> bool:
    """Whether the first lines, or the first members of an array, are objects with the text of a post."""
    sample = text_sample(file).lstrip("\ufeff \n\t")
    if not sample.startswith(("{", "[")):
        return False
    found = [value for _, value in zip(range(_SAMPLE_OBJECTS), _values(file.text), strict=False)]
    objects = [value for value in found if isinstance(value, dict)]
    if not objects or len(objects) * 2 < len(found):
        return False
    return sample.startswith("[") or file.suffix in _SUFFIXES or any(_has_text_field(each) for each in objects)


def read(file: SourceFile) -> list[Note]:
    """A note for each object with text, in the order of the file.

    Raises:
        UnreadableFile: No object has a field with text.
    """
    reader = PostReader(file, "json lines")
    notes, skipped, names = [], 0, dict[str, None]()
    for value in _values(file.text):
        note = None
        if isinstance(value, dict):
            names.update(dict.fromkeys(value))
            columns = find_post_columns(tuple(value))
            note = reader.note(value, columns) if columns else None
        if note is None:
            skipped += 1
        else:
            notes.append(note)
    if not notes:
        raise UnreadableFile(_reason(tuple(names)))
    if skipped:
        _LOG.warning("%s: %d of %d rows hold no text and were skipped", file.name, skipped, skipped + len(notes))
    return notes


def _reason(names: tuple[str, ...]) -> str:
    if not names:
        return "no line is a JSON object"
    return "no object holds text" if find_post_columns(names) else missing_text_reason(names)


def _has_text_field(value: dict[str, object]) -> bool:
    columns = find_post_columns(tuple(value))
    return columns is not None and any(isinstance(value[name], str | list) for name in columns.texts)


def _values(text: str) -> Iterator[object]:
    """The values on the lines of `text`, or the members of its array; None for what is broken."""
    text = text.lstrip("\ufeff \n\t")
    return _members(text) if text.startswith("[") else _lines(text)


def _lines(text: str) -> Iterator[object]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end].strip()
        start = end + 1
        if line:
            yield _loaded(line)


def _loaded(line: str) -> object:
    if not line.startswith("{"):
        return None
    try:
        return json.loads(line)
    except BROKEN_JSON:
        return None


def _members(text: str) -> Iterator[object]:
    """The members of the array that `text` begins with; after a break, one None for all of the rest."""
    position = 1
    while True:
        position = _skip(text, position, " \n\t,")
        if position >= len(text) or text[position] == "]":
            return
        try:
            value, position = _DECODER.raw_decode(text, position)
        except BROKEN_JSON:
            yield None
            return
        yield value


def _skip(text: str, position: int, characters: str) -> int:
    while position < len(text) and text[position] in characters:
        position += 1
    return position
