"""`footnote eval`: commands of the package `evals`, found by name, since `ui` and `evals` never import each other."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any


def add_eval_commands(parser: argparse.ArgumentParser) -> None:
    """Nothing; `parser` then knows `run`, `compare` and `report`."""
    commands = import_module("evals.command_line")
    commands.add_commands(parser, commands.Progress(_indexing, _asking))


def eval_error() -> type[Exception]:
    """What those commands raise for a mistake of the user."""
    error: type[Exception] = import_module("evals.errors").EvalError
    return error


def _indexing() -> AbstractContextManager[Callable[[Any], None]]:
    from ui.progress import terminal_progress

    return terminal_progress()


def _asking() -> AbstractContextManager[Callable[[Any], None]]:
    from ui.progress import asking_progress

    return asking_progress()
