"""Importing and building Gradio without what it does for others, which takes more than half of the time.

Gradio 6.31 parses the source of each of its 81 components twice, to write a `.pyi` file for editors beside it into the
installed package. It leaves out classes whose file is not known; for that one caller, while it is imported, none is.
It imports the package `mcp` where that is there, for a server of tools that is not used here (`ui.mcp_tools` has its
own); while it is imported, none is. Nothing of what is imported is garbage, so that none is looked for meanwhile. And
`Blocks` makes a web application of 82 routes four times while it is put together, of which the last one is served.
"""

from __future__ import annotations

import gc
import inspect
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

_WRITER = "gradio.component_meta"
_TOOLS = "mcp"


def import_gradio() -> None:
    """Import Gradio, unless it is imported already."""
    if "gradio" in sys.modules:
        return
    with ExitStack() as without:
        without.enter_context(_files_hidden_from(_WRITER))
        without.enter_context(_hidden(_TOOLS))
        without.enter_context(_no_garbage())
        import gradio  # noqa: F401


@contextmanager
def no_application() -> Iterator[None]:
    """Let `Blocks` make no web application yet; `launch` makes the one that is served."""
    from gradio.routes import App

    made_by: Any = App
    make = made_by.create_app
    made_by.create_app = staticmethod(lambda *_, **__: None)
    try:
        yield
    finally:
        made_by.create_app = staticmethod(make)


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


@contextmanager
def _hidden(package: str) -> Iterator[None]:
    """Let a package that is not imported yet be one that is not installed."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]  # what importlib takes for "there is none"
    try:
        yield
    finally:
        del sys.modules[package]


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Let nothing be collected; what is there at the end is never looked at again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
