"""Importing Gradio without the type stubs that it writes for editors, which take half of the time of its import.

Gradio 6.31 parses the source of each of its 81 components twice, to write a `.pyi` file beside it into the installed
package. It leaves out classes whose file is not known; for that one caller, while it is imported, none is.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_WRITER = "gradio.component_meta"


def import_gradio() -> None:
    """Import Gradio, unless it is imported already."""
    if "gradio" not in sys.modules:
        with _files_hidden_from(_WRITER):
            import gradio  # noqa: F401


@contextmanager
def _files_hidden_from(caller: str) -> Iterator[None]:
    """Let `inspect.getfile` find no file for one module."""
    find = inspect.getfile

    def getfile(thing: Any) -> str:
        if sys._getframe(1).f_globals.get("__name__") == caller:
            raise OSError("no stubs are wanted")
        return find(thing)

    inspect.getfile = getfile  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = find
