"""Where a table of posts begins in a text and how it is written: its header line, delimiter and quotes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from corpus.formats._post_columns import find_post_columns, plain_name

_MAX_PREAMBLE = 40
"""Lines before the header: the page of a data set shows a few, its name, its author and its version."""

_COLUMN_NAME = re.compile(r"[^\W\d_][\w .:/#()-]{0,39}(?<!\.)")
_MAX_NAME_WORDS = 4
"""Words of a column's name; more are a part of a sentence."""

_LONGEST_HEADER = 4096
"""Characters of a line that can be a header; a longer line is a paragraph or a row."""

_REGULAR = 0.8
"""Share of the rows that must have as many fields as the header has names: prose has as many commas by chance."""

_REGULAR_ENOUGH = 0.5
"""The same where the name of the file or two telling columns vouch for a table: real ones are ragged."""

_NO_FIT = (-1.0, 0)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What separates the fields of a table, what escapes a quote, and whether quotes mean anything."""

    delimiter: str
    escape: str | None = None
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL

    def records(self, text: str) -> list[list[str]]:
        """The records of `text`; broken quotes end with it."""
        return list(
            csv.reader(io.StringIO(text), delimiter=self.delimiter, escapechar=self.escape, quoting=self.quoting)
        )


_DIALECTS = (
    Dialect(","),
    Dialect(",", escape="\\"),
    Dialect("\t"),
    Dialect("\t", quoting=csv.QUOTE_NONE),
    Dialect(";"),
    Dialect("|"),
)
"""How tables are written, the usual first; of those that fit, the one with the most regular rows is taken."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Offset of a table's header, the names in it, and how the table is written."""

    start: int
    names: tuple[str, ...]
    dialect: Dialect


def find_layout(sample: str, *, named: bool) -> Layout | None:
    """The first line that is a header with its rows below, or None where there is none.

    Args:
        sample: The beginning of a text.
        named: Whether the file's name says that it is a table: then less regular rows will do, no row at all, and
            where no column can hold a text, any header.
    """
    starts = _line_starts(sample)
    for posts_only in (True, False) if named else (True,):
        for start in starts:
            line = sample[start : _line_end(sample, start)]
            fitting = [(_fit(sample, layout, named), layout) for layout in _headers(line, start, posts_only, named)]
            best = max(fitting, key=lambda pair: pair[0], default=None)
            if best and best[0] > _NO_FIT:
                return best[1]
    return None


def _line_starts(sample: str) -> list[int]:
    starts = [0]
    while len(starts) <= _MAX_PREAMBLE and (end := sample.find("\n", starts[-1])) >= 0:
        starts.append(end + 1)
    return starts


def _line_end(sample: str, start: int) -> int:
    end = sample.find("\n", start)
    return len(sample) if end < 0 else end


def _headers(line: str, start: int, posts_only: bool, named: bool) -> Iterator[Layout]:
    """`line` as a header in each dialect in which it can be one."""
    if not line.strip() or len(line) > _LONGEST_HEADER:
        return
    for dialect in _DIALECTS:
        if dialect.delimiter not in line and not (named and dialect is _DIALECTS[0]):
            continue
        if not named and line.count(", ") == line.count(",") > 0:  # as in a sentence
            continue
        names = tuple(name.strip().strip("\ufeff") for name in dialect.records(line)[0])
        if not _are_names(names) or (len(names) == 1 and not posts_only):
            continue
        if not posts_only or find_post_columns(names):
            yield Layout(start, names, dialect)


def _are_names(names: Sequence[str]) -> bool:
    """Whether all look like column names and differ.

    Of three, one may be empty, as pandas writes its index; not the first and the last, as in a Markdown table.
    """
    named = [name for name in names if name]
    return (
        len(named) >= max(min(2, len(names)), len(names) * 2 // 3)
        and bool(names[0] or names[-1])
        and len({plain_name(name) for name in named}) == len(named)
        and all(_COLUMN_NAME.fullmatch(name) and len(name.split()) <= _MAX_NAME_WORDS for name in named)
    )


def _fit(sample: str, layout: Layout, named: bool) -> tuple[float, int]:
    """How well a header fits what is below it: the share of regular rows, then their number."""
    try:
        records = [record for record in layout.dialect.records(sample[layout.start :])[1:] if record]
    except csv.Error:
        return _NO_FIT
    width = len(layout.names)
    if records and 1 < len(records[-1]) < width:  # cut off by the end of the sample or of the file
        cut_off = records.pop()
        records = records or [cut_off + [""] * (width - len(cut_off))]
    if not records:
        return (1.0, 0) if named and layout.start == 0 else _NO_FIT
    share = sum(len(record) == width for record in records) / len(records)
    return (share, len(records)) if share >= _share_needed(layout, named) else _NO_FIT


def _share_needed(layout: Layout, named: bool) -> float:
    columns = find_post_columns(layout.names)
    if named:
        return 0.0 if columns and layout.start == 0 else _REGULAR_ENOUGH
    telling = columns is not None and bool(columns.title or columns.links) and len(layout.names) > 2
    return _REGULAR_ENOUGH if telling else _REGULAR
