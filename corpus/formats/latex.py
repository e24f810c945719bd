r"""LaTeX documents: the text of the body as Markdown, formulas as TeX.

pylatexenc parses it, tolerantly, so that a missing brace costs little. Sections become headings; lists, tables,
code, quotes and theorems become their Markdown; citations and references keep their key in parentheses. Comments,
labels, drawings and the preamble go.

Not read: files that `\input` or `\include` names (each is a note of its own when it lies in the folder), macros with
arguments that the document defines, bibliography databases, and figures (their captions stay).
"""

from __future__ import annotations

import re

from corpus.errors import UnreadableFile
from corpus.formats._dates import iso_date
from corpus.formats._latex_source import Source, argument_of, prepare
from corpus.formats._parsing import parsing
from corpus.note import MetadataValue, Note
from corpus.source_file import SourceFile

_SUFFIXES = frozenset({".tex", ".latex", ".ltx"})
_DOCUMENT = re.compile(r"^[^%\n]*\\(?:documentclass|documentstyle)\b", re.MULTILINE)
_HEAD = 65_536
"""Characters in which a document of another name must declare its class."""

_MAX_LATEX = 2_000_000
"""Characters: parsing takes about 12 s a million, and a thesis has half a million."""

_FIRST_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_BETWEEN_AUTHORS = re.compile(r"\\and\b|\\And\b|\\AND\b")
_NOT_A_NAME = re.compile(r"\\(?:thanks|footnote|inst|email|affil)\s*\{[^{}]*\}")


def matches(file: SourceFile) -> bool:
    """Whether it is named as LaTeX, or declares a document class."""
    if file.suffix in _SUFFIXES:
        return True
    if b"\\document" not in file.data[:_HEAD]:
        return False
    return bool(_DOCUMENT.search(file.data[:_HEAD].decode("utf-8", "replace"))) and b"\\begin{document}" in file.data


def read(file: SourceFile) -> list[Note]:
    """The one note of a document.

    Raises:
        UnreadableFile: It prints no text of its own, is nested too deep, or is longer than any book.
    """
    text = file.text
    if len(text) > _MAX_LATEX:
        raise UnreadableFile(f"{len(text):,} characters of LaTeX are more than the limit of {_MAX_LATEX:,}")
    with parsing("LaTeX document", "pylatexenc"):
        from corpus.formats._latex_markdown import plain, to_markdown

        source = prepare(text)
        content = to_markdown(source)
        title = plain(source, _declared(source, "title"))
        authors = [plain(source, name) for name in _authors(source)]
        date = iso_date(plain(source, _declared(source, "date")))
    if not re.search(r"\w", content):
        raise UnreadableFile("it has no text of its own; what it includes is read from the included files")
    heading = _FIRST_HEADING.search(content)
    metadata: dict[str, MetadataValue] = {
        "format": "latex",
        "author": ", ".join(filter(None, authors)),
        "date": date,
    }
    return [file.note(content, title=title or (heading[1] if heading else ""), markup="markdown", metadata=metadata)]


def _declared(source: Source, macro: str) -> str:
    return argument_of(source.preamble, macro) or argument_of(source.body, macro)


def _authors(source: Source) -> list[str]:
    """The first line of what stands for each author: the lines below hold affiliations."""
    declared = _NOT_A_NAME.sub("", _declared(source, "author"))
    return [part.strip().split("\\\\")[0] for part in _BETWEEN_AUTHORS.split(declared)]
