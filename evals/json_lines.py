"""JSON Lines read row by row, with every fault of a file reported by its line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from evals.errors import InvalidSet, SetNotFound

_Parsed = TypeVar("_Parsed")
_TYPO_SIMILARITY = 0.8
"""Field names this similar to a known one are typing mistakes (`evidences`), not fields of the writer's own."""


class Rejected(Exception):
    """Why one row is wrong; readers add the file and the line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file, as an object with named fields."""

    path: Path
    line: int
    fields: Mapping[str, Any]

    @property
    def origin(self) -> str:
        """`file:line`, as editors and people follow it."""
        return f"{self.path}:{self.line}"

    def text(self, name: str, default: str | None = None) -> str:
        """A string; a whole number counts as one, since ids are often numbers.

        Raises:
            Rejected: It is missing and has no default, blank, or something else.
        """
        value = self.fields.get(name)
        if value is None and default is not None:
            return default
        if value is None:
            raise Rejected(f"the field `{name}` is missing")
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise Rejected(f"`{name}` must be text, not {value!r}")
        if not value.strip() and default is None:
            raise Rejected(f"`{name}` is blank")
        return value

    def list(self, name: str) -> list[Any]:
        """The values of a field that holds one or a list of them; none when it is missing."""
        value = self.fields.get(name)
        return [] if value is None else value if isinstance(value, list) else [value]

    def texts(self, name: str) -> tuple[str, ...]:
        """The strings of a field that holds one or a list of them.

        Raises:
            Rejected: One of them is blank or not a string.
        """
        values = self.list(name)
        for value in values:
            if not isinstance(value, str) or not value.strip():
                raise Rejected(f"`{name}` must be text or a list of texts, none of them blank; found {value!r}")
        return tuple(values)

    def flag(self, name: str, default: bool) -> bool:
        """A truth value.

        Raises:
            Rejected: It is something else, such as the text "false".
        """
        value = self.fields.get(name, default)
        if not isinstance(value, bool):
            raise Rejected(f"`{name}` must be true or false, not {value!r}")
        return value

    def refuse_typos(self, known: Collection[str]) -> None:
        """Nothing, when no unknown field looks like a misspelt known one; fields of the writer's own are welcome.

        Raises:
            Rejected: One does.
        """
        for name in self.fields:
            near = [] if name in known else difflib.get_close_matches(name, known, n=1, cutoff=_TYPO_SIMILARITY)
            if near and near[0] not in self.fields:
                raise Rejected(f"unknown field `{name}`; did you mean `{near[0]}`?")


def parse_rows(path: Path, parse: Callable[[Row], _Parsed]) -> list[_Parsed]:
    """What `parse` makes of each line that is not blank, in order.

    Raises:
        SetNotFound: There is no such file.
        InvalidSet: Lines are not UTF-8, not a JSON object, or rejected by `parse`; all of them are named.
    """
    parsed: list[_Parsed] = []
    problems: list[str] = []
    for number, line in numbered_lines(path):
        try:
            parsed.append(parse(Row(path, number, _json_object(line))))
        except Rejected as reason:
            problems.append(f"{path}:{number}: {reason}")
    if problems:
        raise InvalidSet(problems)
    return parsed


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Line numbers from 1 with the bytes of each line that is not blank; only LF ends a line, as JSON may hold others.

    Raises:
        SetNotFound: The file cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SetNotFound(f"{path}: {error.strerror}; a question set needs this file") from error
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            yield number, line


def decoded(line: bytes) -> str:
    """The line as text, without its line end.

    Raises:
        Rejected: It is not UTF-8.
    """
    try:
        return line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Rejected(f"not UTF-8 (byte {error.start + 1} of the line)") from error


def _json_object(line: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(decoded(line))
    except json.JSONDecodeError as error:
        raise Rejected(f"not JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise Rejected("not JSON that can be read: too deeply nested") from error
    if b"\\u" in line and _holds_half_a_character(fields):
        raise Rejected("an escape such as \\ud83d stands for half a character; write the character itself")
    if not isinstance(fields, dict):
        raise Rejected(f"each line must be a JSON object, not {type(fields).__name__}")
    return fields


def _holds_half_a_character(fields: Any) -> bool:
    """Whether a text holds one half of a surrogate pair, which no file and no index can store."""
    try:
        json.dumps(fields, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
