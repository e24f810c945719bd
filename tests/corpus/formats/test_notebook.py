"""Notebooks keep prose and code verbatim, and of the outputs what can be read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import v3, v4

from corpus.errors import UnreadableFile
from corpus.formats import notebook
from corpus.formats.notebook import MAX_OUTPUT
from corpus.source_file import SourceFile


def file_of(cells: list, name: str = "deep_nets.ipynb", **metadata: object) -> SourceFile:
    made = v4.new_notebook(cells=cells, metadata=metadata)
    return SourceFile(name, json.dumps(made).encode(), path=f"/notes/{name}")


def text_of(*cells: object, **metadata: object) -> str:
    (note,) = notebook.read(file_of(list(cells), **metadata))
    return note.text


def code(source: str, *outputs: object) -> object:
    return v4.new_code_cell(source, outputs=list(outputs))


def test_cells_in_order_with_title_and_metadata():
    (note,) = notebook.read(
        file_of(
            [
                v4.new_markdown_cell("intro\n\n```\n# no heading\n```\n\n## Rotary *embeddings* ##\n$$x$$"),
                code("def f():\n    return 1\n\n\nf()", v4.new_output("execute_result", {"text/plain": "1"})),
            ],
            kernelspec={"name": "python3", "display_name": "Python 3", "language": "python"},
            language_info={"name": "python"},
            authors=[{"name": "Ada"}, {"name": "Grace"}],
        )
    )
    assert note.title == "Rotary embeddings"
    assert note.markup == "markdown"
    assert note.metadata == {
        "format": "notebook",
        "programming_language": "python",
        "kernel": "Python 3",
        "author": "Ada, Grace",
    }
    assert note.text == (
        "intro\n\n```\n# no heading\n```\n\n## Rotary *embeddings* ##\n$$x$$\n\n"
        "```python\ndef f():\n    return 1\n\n\nf()\n```\n\n"
        "```text\n1\n```"
    )


@pytest.mark.parametrize(
    ("output", "printed"),
    [
        (v4.new_output("stream", name="stdout", text="loss 0.1\n"), "loss 0.1"),
        (v4.new_output("stream", name="stderr", text=" 10%\r 50%\r100%\ndone\r\n"), "100%\ndone"),
        (v4.new_output("stream", name="stdout", text="\x1b[31mred\x1b[0m"), "red"),
        (v4.new_output("display_data", {"text/plain": "a  b\n0  1", "text/html": "<table>"}), "a  b\n0  1"),
        (v4.new_output("display_data", {"text/plain": "<Markdown>", "text/markdown": "**b**"}), "**b**"),
        (v4.new_output("error", ename="ValueError", evalue="bad shape", traceback=["secret"]), "ValueError: bad shape"),
        (v4.new_output("display_data", {"text/plain": "<Figure size 640x480 with 1 Axes>", "image/png": "x"}), ""),
        (v4.new_output("execute_result", {"text/plain": "[<matplotlib.lines.Line2D at 0x7f00>]"}), ""),
        (v4.new_output("display_data", {"image/png": "aGVsbG8="}), ""),
        (v4.new_output("stream", text="x" * (MAX_OUTPUT + 7)), "x" * MAX_OUTPUT + "\n… (7 more characters)"),
        (v4.new_output("stream", text="x" * MAX_OUTPUT), "x" * MAX_OUTPUT),
    ],
)
def test_output(output: object, printed: str):
    expected = f"\n\n```text\n{printed}\n```" if printed else ""
    assert text_of(code("run()", output)) == "```python\nrun()\n```" + expected


@pytest.mark.parametrize(
    ("cell", "metadata", "text"),
    [
        (code('s = """\n```\n"""'), {}, '````python\ns = """\n```\n"""\n````'),
        (code("x <- 1"), {"language_info": {"name": "R"}}, "```r\nx <- 1\n```"),
        (code("%%bash\nls"), {}, "```bash\n%%bash\nls\n```"),
        (v4.new_raw_cell("\\section{x}"), {}, "```text\n\\section{x}\n```"),
        (v4.new_markdown_cell("a ![plot](data:image/png;base64,AAAA) b"), {}, "a plot b"),
        (v4.new_markdown_cell("a <img width=9 src='data:image/png;base64,AA'> b"), {}, "a  b"),
        (v4.new_markdown_cell("a ![plot](plot.png) b"), {}, "a ![plot](plot.png) b"),
        (v4.new_markdown_cell("half \ud835 a pair \x00"), {}, "half \ufffd a pair "),
    ],
)
def test_cell(cell: object, metadata: dict, text: str):
    assert text_of(cell, **metadata) == text


def test_title_falls_back_to_the_file_name():
    (note,) = notebook.read(file_of([code("1")]))
    assert note.title == "deep nets"


def test_version_3_is_read():
    sheet = v3.new_worksheet(
        cells=[
            v3.new_heading_cell("Title", level=2),
            v3.new_code_cell("1+1", outputs=[v3.new_output("pyout", output_text="2")]),
        ]
    )
    old = v3.writes_json(v3.new_notebook(worksheets=[sheet]))
    (note,) = notebook.read(SourceFile("old.ipynb", old.encode()))
    assert note.text == "## Title\n\n```python\n1+1\n```\n\n```text\n2\n```"


def test_a_notebook_that_the_schema_rejects_is_read():
    cell = {"cell_type": "markdown", "source": ["# A\n", "b"], "id": "!", "metadata": {}, "extra": 1}
    data = json.dumps({"nbformat": 4, "nbformat_minor": 0, "metadata": {"kernelspec": None}, "cells": [cell]})
    (note,) = notebook.read(SourceFile("loose", data.encode()))
    assert note.text == "# A\nb"


VALID = file_of([v4.new_markdown_cell("# T"), code("x = 1", v4.new_output("stream", text="1"))])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (VALID.data[: len(VALID.data) // 2], "broken or cut off"),
        (b"{", "broken or cut off"),
        (b"[1]", "no notebook"),
        (b'{"nbformat": 9, "cells": []}', "no notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}', "no text"),
        (b'{"nbformat": 4, "cells": ' + b"[" * 100_000, "notebook|cut off"),
        (b'{"nbformat": 4, "cells": 3}', "notebook"),
    ],
)
def test_what_is_no_notebook_is_reported(data: bytes, reason: str):
    with pytest.raises(UnreadableFile, match=reason):
        notebook.read(SourceFile("x.ipynb", data))


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.ipynb", b"", True),
        ("a.json", VALID.data, True),
        ("a.json", b'{"cells": []}', False),
        ("a.jsonl", b'{"a": 1}\n{"a": 2}', False),
    ],
)
def test_matches(name: str, data: bytes, expected: bool):
    assert notebook.matches(SourceFile(name, data)) is expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cells", "outputs", "cell_type", "source", "metadata", "data", "text", "worksheets"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=80, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=100),
        st.tuples(st.integers(1, 5), JSON, JSON).map(
            lambda made: json.dumps({"nbformat": made[0], "cells": made[1], "metadata": made[2]}).encode()
        ),
        st.tuples(st.integers(0, len(VALID.data) - 1), st.integers(0, 255)).map(
            lambda flip: VALID.data[: flip[0]] + bytes([flip[1]]) + VALID.data[flip[0] + 1 :]
        ),
    )
)
def test_any_bytes_are_read_or_reported(data: bytes):
    try:
        notes = notebook.read(SourceFile("x.ipynb", data))
    except UnreadableFile:
        return
    assert all(note.text.strip() for note in notes)
