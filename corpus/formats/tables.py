"""CSV and TSV tables of posts: one note a row.

Recognised is a header line with at least one column that can hold the text of a post (see `_post_columns`) before
rows of as many fields, separated by commas, tabs, semicolons or bars. Lines before the header are skipped: a page that
shows a data set has some. A file called `.csv` or `.tsv` is also taken when no column holds text, so that the reason
can be told. The text of a row is not changed, except that HTML becomes Markdown.

Not recognised: prose with commas, tables without a header, fixed-width tables, spreadsheets, Markdown tables. Columns
without a name (row numbers, as a rule) are left out.
"""

from __future__ import annotations

import csv
import logging
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from corpus.errors import UnreadableFile
from corpus.formats._post_columns import find_post_columns, missing_text_reason
from corpus.formats._post_rows import PostReader
from corpus.formats._sample import SAMPLE, text_sample
from corpus.formats._table_layout import Layout, find_layout
from corpus.note import Note
from corpus.source_file import SourceFile

_LOG = logging.getLogger(__name__)

_SUFFIXES = frozenset({".csv", ".tsv", ".tab"})

_LIMIT_LOCK = threading.Lock()


def matches(file: SourceFile) -> bool:
    """Whether the text holds a table of posts, or any table where the name says so."""
    return find_layout(text_sample(file), named=file.suffix in _SUFFIXES) is not None


def read(file: SourceFile) -> list[Note]:
    """A note for each row with text, in the order of the table.

    Raises:
        UnreadableFile: No table, no column with text, or no row with text.
    """
    text = file.text
    layout = find_layout(text[:SAMPLE], named=file.suffix in _SUFFIXES) or find_layout(text[:SAMPLE], named=True)
    if layout is None:
        raise UnreadableFile("no header of a table is found; name the columns in its first line, one of them 'text'")
    columns = find_post_columns(layout.names)
    if columns is None:
        raise UnreadableFile(missing_text_reason(layout.names))
    rows = _rows(text, layout, column=layout.names.index(columns.texts[0]))
    if rows and all(_is_value(row[name]) for row in rows for name in columns.texts):
        raise UnreadableFile(f"column {columns.texts[0]!r} holds single values, not the text of posts")
    reader = PostReader(file, "table")
    numeric = _numeric_columns(rows, layout.names)
    notes, empty = [], 0
    for row in rows:
        note = reader.note({name: _number(cell) if name in numeric else cell for name, cell in row.items()}, columns)
        if note is None:
            empty += 1
        else:
            notes.append(note)
    if not notes:
        raise UnreadableFile("the table has a header but no row with text")
    if empty:
        _LOG.warning("%s: %d of %d rows hold no text and were skipped", file.name, empty, len(rows))
    return notes


def _rows(text: str, layout: Layout, column: int) -> list[dict[str, str]]:
    """The rows below the header by column name; blank rows and repeated headers are left out."""
    with _unlimited_fields(len(text)):
        try:
            records = layout.dialect.records(text[layout.start :])
        except csv.Error as error:
            raise UnreadableFile(f"the table cannot be parsed: {error}") from None
    width = len(layout.names)
    return [
        dict(zip(layout.names, _align(record, width, column, layout.dialect.delimiter), strict=True))
        for record in records[1:]
        if any(record) and tuple(cell.strip() for cell in record) != layout.names
    ]


def _align(record: list[str], width: int, column: int, delimiter: str) -> list[str]:
    """A record of `width` fields: missing ones are empty, and too many come from delimiters in an unquoted text."""
    while len(record) > width and not record[-1].strip():
        record = record[:-1]
    excess = len(record) - width
    if excess > 0:
        whole = delimiter.join(record[column : column + excess + 1])
        return [*record[:column], whole, *record[column + excess + 1 :]]
    return record + [""] * -excess


@contextmanager
def _unlimited_fields(size: int) -> Iterator[None]:
    """Lets the csv module read fields of up to `size` characters; its limit is one for the whole process."""
    with _LIMIT_LOCK:
        before = csv.field_size_limit()
        csv.field_size_limit(max(before, size + 1))
        try:
            yield
        finally:
            csv.field_size_limit(before)


def _numeric_columns(rows: Sequence[dict[str, str]], names: Sequence[str]) -> frozenset[str]:
    """Columns in which each cell that holds anything is a number written as Python would write it."""
    return frozenset(
        name
        for name in names
        if any(row[name].strip() for row in rows)
        and all(isinstance(_number(row[name]), int | float) for row in rows if row[name].strip())
    )


def _is_value(cell: str) -> bool:
    """Whether `cell` holds a single word with a digit: a measurement, a date, a key, but no text."""
    return bool(re.fullmatch(r"\S*\d\S*", cell.strip()))


def _number(cell: str) -> str | int | float:
    """The number that `cell` writes, or the cell; `007` and `1.10` are not numbers but names."""
    written = cell.strip()
    if not re.fullmatch(r"-?\d{1,18}(?:\.\d{1,15})?", written):
        return cell
    number = float(written) if "." in written else int(written)
    return number if str(number) == written else cell
