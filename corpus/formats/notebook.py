"""Jupyter notebooks: prose as it stands, code in fences, and what the code printed.

nbformat reads every version of the format. It is used without its validation, which rejects notebooks that
Jupyter itself opens. Not read: images, widgets, HTML that has no plain twin, and attachments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from corpus.errors import UnreadableFile
from corpus.formats._fence import fence
from corpus.formats._json import encodable
from corpus.formats._parsing import parsing
from corpus.note import MetadataValue, Note
from corpus.source_file import SourceFile

MAX_OUTPUT = 2_000
"""Characters of one output that are kept: what follows is the rest of a log or of a table."""

_NEWEST_FORMAT = 4
_HEADING = re.compile(r"^#{1,6}[ \t]+(\S.*)$|<h1[^<>]*>([^<]+)</h1>", re.MULTILINE | re.IGNORECASE)
_FENCED = re.compile(r"^(```+|~~~+).*?^\1", re.MULTILINE | re.DOTALL)
_EMBEDDED_IMAGE = re.compile(
    r"!\[([^\]\n]*)\]\((?:data:|attachment:)[^)\n]*\)|<img[^<>]*\bsrc=[\"']?data:[^<>]*>()", re.IGNORECASE
)
_TERMINAL_CODE = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]*\x07)")
_OBJECT_ADDRESS = re.compile(r"\[?<[^\n>]{1,200}(?: at 0x[0-9a-f]+| object|\d Axes)>(?:, ?<[^\n]*>)*\]?", re.IGNORECASE)
"""The printed form of a figure or of an object that has none."""

_CELL_MAGIC = re.compile(r"%%(bash|sh|html|javascript|js|latex|markdown|perl|ruby|R|sql|cython)\b")


def matches(file: SourceFile) -> bool:
    """Whether it is named as a notebook, or is a JSON object with the keys of one."""
    if file.suffix == ".ipynb":
        return True
    data = file.data
    return data.lstrip()[:1] == b"{" and b'"nbformat"' in data and (b'"cells"' in data or b'"worksheets"' in data)


def read(file: SourceFile) -> list[Note]:
    """The one note of a notebook."""
    with parsing("notebook", "traitlets"):
        notebook = _parse(file.text)
    fields = notebook.get("metadata")
    fields = fields if isinstance(fields, dict) else {}
    cells = [cell for cell in notebook.get("cells") or [] if isinstance(cell, dict)]
    language = _language(fields)
    text = "\n\n".join(part for cell in cells for part in _cell_parts(cell, language))
    if not text.strip():
        raise UnreadableFile("the notebook has no text in its cells")
    title = _text(fields.get("title")) or _title(cells)
    return [file.note(text, title=title, markup="markdown", metadata=_metadata(fields, language))]


def _parse(text: str) -> dict[str, Any]:
    """The notebook as nested dictionaries in the newest form of the format."""
    import nbformat
    from nbformat import reader

    try:
        notebook = reader.reads(text)  # type: ignore[no-untyped-call]
    except reader.NotJSONError as error:
        raise UnreadableFile("its JSON is broken or cut off") from error
    return dict(nbformat.convert(notebook, _NEWEST_FORMAT))  # type: ignore[no-untyped-call]


def _cell_parts(cell: dict[str, Any], language: str) -> Iterator[str]:
    source = _text(cell.get("source")).strip("\n")
    kind = cell.get("cell_type")
    if kind == "markdown" and source.strip():
        yield _EMBEDDED_IMAGE.sub(r"\1\2", source)
    elif kind == "code":
        if source.strip():
            magic = _CELL_MAGIC.match(source)
            yield fence(source, magic[1].lower() if magic else language)
        for output in cell.get("outputs") or []:
            if isinstance(output, dict) and (printed := _printed(output)):
                yield fence(printed, "text")
    elif kind == "raw" and source.strip():
        yield fence(source, "text")


def _printed(output: dict[str, Any]) -> str:
    """The text of an output, cleaned and cut; empty for an image or an object without a text of its own."""
    kind = output.get("output_type")
    if kind == "stream":
        text = _text(output.get("text"))
    elif kind == "error":
        text = f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}"
    else:
        shown = output.get("data")
        shown = shown if isinstance(shown, dict) else {}
        text = _text(shown.get("text/markdown")) or _text(shown.get("text/plain"))
    text = "\n".join(_final(line) for line in _TERMINAL_CODE.sub("", text).split("\n")).strip("\n").rstrip()
    if len(text) <= MAX_OUTPUT:
        return "" if _OBJECT_ADDRESS.fullmatch(text.strip()) else text
    return f"{text[:MAX_OUTPUT].rstrip()}\n… ({len(text) - MAX_OUTPUT:,} more characters)"


def _final(line: str) -> str:
    """What stays of a line after progress bars have gone back to its start again and again."""
    return line.rstrip("\r").rsplit("\r", 1)[-1]


def _text(value: Any) -> str:
    """A multi-line value of the format: a text or a list of lines."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    return encodable(value) if isinstance(value, str) else ""


def _title(cells: list[dict[str, Any]]) -> str:
    """The first heading of the prose."""
    for cell in cells:
        if cell.get("cell_type") == "markdown":
            found = _HEADING.search(_FENCED.sub("", _text(cell.get("source"))))
            if found:
                return re.sub(r"[*`]|\[([^\]\[]*)\]\([^()]*\)", r"\1", found[1] or found[2]).rstrip("# \t")
    return ""


def _language(fields: dict[str, Any]) -> str:
    """The programming language of the code cells, as a fence names it."""
    for part, key in (("language_info", "name"), ("kernelspec", "language")):
        described = fields.get(part)
        name = described.get(key) if isinstance(described, dict) else None
        if isinstance(name, str) and re.fullmatch(r"[\w+#.-]{1,20}", name):
            return "python" if name == "ipython" else name.lower()
    return "python"


def _metadata(fields: dict[str, Any], language: str) -> dict[str, MetadataValue]:
    kernel = fields.get("kernelspec")
    people = fields.get("authors")
    names = [
        _text(person.get("name") if isinstance(person, dict) else person)
        for person in (people if isinstance(people, list) else [])
    ]
    return {
        "format": "notebook",
        "programming_language": language,
        "kernel": _text(kernel.get("display_name")) if isinstance(kernel, dict) else "",
        "author": ", ".join(name for name in names if name),
    }
