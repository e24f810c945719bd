"""The Python that a sandbox is given before a step, when the step mentions it.

It is read from `agent/sandbox_library` and runs inside the sandbox, under the same limits as the model's code.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

MODULE_PREFIX = "_fn_lib_"
"""Before the name of a module of the library; no name of a model's code starts with `_fn_`."""

_NATIVE = (
    "asyncio base64 binascii bisect collections copy csv dataclasses datetime decimal functools hashlib itertools json "
    "math os pathlib posixpath random re sys time tomllib typing unicodedata"
)
NATIVE_MODULES = tuple(_NATIVE.split())
"""What Monty 1.4 itself can import; `os`, `pathlib` and `sys` reach nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of the library: its source as the sandbox gets it, and the names that it defines there."""

    source: str
    names: tuple[str, ...]
    exports: tuple[str, ...]


@cache
def library() -> Mapping[str, Piece]:
    """Every file of the library by its name without the ending."""
    folder = files("agent") / "sandbox_library"
    texts = {entry.name[:-3]: entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".py")}
    return {name: _piece(name, text) for name, text in sorted(texts.items()) if name != "__init__"}


@cache
def library_modules() -> Mapping[str, tuple[str, ...]]:
    """Modules of the library with the names that each exports."""
    return {name: piece.exports for name, piece in library().items() if piece.exports}


def importable_modules() -> list[str]:
    """Names of all modules that sandboxed code may import."""
    return sorted({*NATIVE_MODULES, *library_modules(), "urllib.parse"} - {"urllib"})


def needed_pieces(names: Iterable[str]) -> frozenset[str]:
    """Files of the library that define any of `names`."""
    homes = _homes()
    return frozenset(homes[name] for name in names if name in homes)


@cache
def _homes() -> Mapping[str, str]:
    return {name: stem for stem, piece in library().items() for name in piece.names}


def _piece(name: str, text: str) -> Piece:
    tree = ast.parse(text)
    exports = _exports(tree)
    tree.body = [node for node in tree.body if not _is_for_checkers_only(node)]
    for node in ast.walk(tree):
        _drop_docstring(node)
    source = ast.unparse(tree)
    if not exports:
        return Piece(source, tuple(_defined(tree)), ())
    target = MODULE_PREFIX + name
    lines = [
        f"class {target}_Module:\n    pass",
        f"def {target}_make():",
        textwrap.indent(source, "    "),
        f"    module = {target}_Module()",
        *(f"    module.{export} = {export}" for export in exports),
        "    return module",
        f"{target} = {target}_make()",
    ]
    return Piece("\n".join(lines), (target,), exports)


def _exports(tree: ast.Module) -> tuple[str, ...]:
    """The words of `EXPORTS`; none where a file has no such line."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "EXPORTS":
            return tuple(str(ast.literal_eval(node.value)).split())
    return ()


def _is_for_checkers_only(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module in ("__future__", "typing")
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "EXPORTS"


def _drop_docstring(node: ast.AST) -> None:
    """Take away what only a reader of the file needs; the interpreter would parse it in every new session."""
    if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            node.body[:1] = [] if len(node.body) > 1 else [ast.Pass()]
    if isinstance(node, ast.FunctionDef):
        node.returns = None
        for argument in (*node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg):
            if argument is not None:
                argument.annotation = None


def _defined(tree: ast.Module) -> Iterable[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
