"""The part of `textwrap` that people use."""

from __future__ import annotations

import re
from typing import Any

EXPORTS = "dedent fill indent shorten wrap"


def _pieces(text: str) -> Any:
    """Words and the space between them; a word may end after a hyphen between letters."""
    text = "".join([" " if letter in "\t\n\x0b\x0c\r" else letter for letter in text.expandtabs()])
    pieces = []
    for match in re.finditer(r" +|[^ ]+", text):
        start = 0
        piece = match.group()
        for hyphen in re.finditer(r"(?<=[a-zA-Z]{2}-)(?=[a-zA-Z]{2})", piece):
            pieces.append(piece[start : hyphen.start()])
            start = hyphen.start()
        pieces.append(piece[start:])
    return pieces


def wrap(text: str, width: int = 70, initial_indent: str = "", subsequent_indent: str = "") -> Any:
    """Lines of at most `width` characters; longer words are cut."""
    pieces = _pieces(text)[::-1]
    lines: list[str] = []
    while pieces:
        margin = subsequent_indent if lines else initial_indent
        room = width - len(margin)
        if lines and not pieces[-1].strip():
            pieces.pop()
        line = []
        length = 0
        while pieces and length + len(pieces[-1]) <= room:
            length += len(pieces[-1])
            line.append(pieces.pop())
        if pieces and len(pieces[-1]) > room:
            end = max(room - length, 1) if room < 1 else room - length
            line.append(pieces[-1][:end])
            pieces[-1] = pieces[-1][end:]
        if line and not line[-1].strip() and line[-1]:
            line.pop()
        if line:
            lines.append(margin + "".join(line))
    return lines


def fill(text: str, width: int = 70, initial_indent: str = "", subsequent_indent: str = "") -> str:
    """The wrapped text."""
    return "\n".join(wrap(text, width, initial_indent, subsequent_indent))


def shorten(text: str, width: int, placeholder: str = " [...]") -> str:
    """The first words that fit, with white space folded."""
    words = text.split()
    if len(" ".join(words)) <= width:
        return " ".join(words)
    while words and len(" ".join(words)) + len(placeholder) > width:
        words.pop()
    return " ".join(words) + placeholder if words else placeholder.strip()


def indent(text: str, prefix: str, predicate: Any = None) -> str:
    """`prefix` before every line that is not blank."""
    lines = []
    for line in text.splitlines(True):
        wanted = bool(line.strip()) if predicate is None else predicate(line)
        lines.append(prefix + line if wanted else line)
    return "".join(lines)


def dedent(text: str) -> str:
    """The text without the margin that its lines share."""
    margin = None
    for line in text.split("\n"):
        if line.strip():
            own = line[: len(line) - len(line.lstrip(" \t"))]
            while margin is not None and not own.startswith(margin):
                margin = margin[:-1]
            margin = own if margin is None else margin
    cut = len(margin or "")
    return "\n".join([line[cut:] if line.strip() else "" for line in text.split("\n")])
