"""Code as a model writes it, turned into code that the interpreter of the sandbox understands.

Covered: modules and functions that the interpreter lacks (from `agent/sandbox_library`), built-in methods as values
(`key=d.get`), generator expressions and `zip` objects that are read once, generator functions (run to their end when
called), `del`, `re.sub` with a function, `json.dumps(default=)`, and the classes of `agent/sandbox_classes.py`. Not
covered, and left for the interpreter to refuse: `yield` as a value, `async with`, `except*`,
`from module import *`, exceptions of one's own. Code that needs no change is passed on as it is.

The rewriting is a convenience, never a wall: whatever it lets through is met by the interpreter's own limits.
"""

from __future__ import annotations

import ast
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from agent.sandbox_classes import ClassRewriter
from agent.sandbox_names import (
    BUILTIN_METHODS,
    BUILTIN_TYPES,
    CONSUMERS,
    EXTENDED_METHODS,
    EXTRA_NAMES,
    OFTEN_FIELDS,
    UNUSED_TYPING,
)
from agent.sandbox_prelude import MODULE_PREFIX, library_modules

_parsing = threading.Lock()
_DEPTH = 150
"""Nodes inside nodes: a model's code has 30, and walking takes three of the thousand calls that Python allows each."""
_READ_ONCE = frozenset({"enumerate", "filter", "map", "reversed", "zip"})
_WITH_KEY = frozenset({"max", "min", "sorted"})
_ALWAYS = frozenset({"ConnectionError", "EnvironmentError", "IOError", "ascii", "callable", "issubclass"})
"""Names that the interpreter lacks altogether."""
_HARMLESS = BUILTIN_TYPES | {"abs", "chr", "len", "ord", "repr", "sum", "sorted", "round"}
"""Functions that are often handed around and call nothing."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What earlier steps defined that changes how later code has to be rewritten.

    Attributes:
        classes: Classes by name, as they were after rewriting.
        properties: Names of properties of any class.
        asks_objects: Whether some class has `__bool__` or `__len__`, which the interpreter does not ask.
        deleted: Names that `del` was used on; they hold a mark until they are assigned again.
    """

    classes: Mapping[str, ast.ClassDef] = field(default_factory=dict)
    properties: frozenset[str] = frozenset()
    asks_objects: bool = False
    deleted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Code for the interpreter.

    Attributes:
        code: What to run.
        tree: What `code` was made from, with the lines of the model's code; None where it is the model's code.
        names: Names that the code needs from the library.
        vocabulary: What the next step has to know.
    """

    code: str
    tree: ast.Module | None
    names: frozenset[str]
    vocabulary: Vocabulary

    def original_line(self, line: int) -> int:
        """The line of the model's code from which line `line` of `code` was made."""
        if self.tree is None:
            return line
        made = _statement_lines(ast.parse(self.code))
        before = [old for old, new in zip(_statement_lines(self.tree), made, strict=False) if new <= line]
        return max(before, default=1)


def parse(code: str) -> ast.Module | None:
    """The syntax tree; None for what this Python cannot parse, or only walk with a very long breath.

    The interpreter of the sandbox then judges the code as it is.
    """
    with _parsing, warnings.catch_warnings():  # a stray "\\d" is the model's business, not the terminal's
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return tree if _is_shallow(tree) else None


def _is_shallow(tree: ast.AST) -> bool:
    level, depth = [tree], 0
    while level and depth <= _DEPTH:
        level = [part for node in level for part in ast.iter_child_nodes(node)]
        depth += 1
    return not level


def rewrite(code: str, tree: ast.Module | None, vocabulary: Vocabulary) -> Rewritten:
    """`code`, of which `tree` is the syntax tree, for the interpreter; a last assignment also gives its value."""
    if tree is None:
        return Rewritten(code, None, frozenset(), vocabulary)
    last = _value_of_assignment(tree)
    rewriter = _Rewriter(vocabulary)
    try:
        new = rewriter.visit(tree)
        text = ast.unparse(ast.fix_missing_locations(new)) if rewriter.changed else code
    except (RecursionError, ValueError):  # too deep, or an f-string that cannot be written again
        return Rewritten(code, None, frozenset(), vocabulary)
    if last:
        text = f"{text}\n{last}"
    return Rewritten(text, new if rewriter.changed else None, frozenset(rewriter.names), rewriter.vocabulary())


def assigned_names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Global names that the code assigns to, each with its line: also with `def`, `import`, `for` and `global`."""
    for node in _own_scope(tree.body):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield (alias.asname or alias.name).split(".")[0], node.lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield from ((name, node.lineno) for name in node.names)


def _own_scope(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Nodes of these statements without those inside functions, classes and comprehensions."""
    for node in body:
        yield node
        inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        if not isinstance(node, (*inner, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            yield from _own_scope(ast.iter_child_nodes(node))


def _statement_lines(node: ast.AST) -> Iterator[int]:
    """The line of every statement, in the order of the text."""
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.stmt | ast.excepthandler):
            yield part.lineno
            yield from _statement_lines(part)
        elif isinstance(part, ast.match_case):
            yield from _statement_lines(part)


def _value_of_assignment(tree: ast.Module) -> str:
    """An expression for what the last statement assigns; empty when it is no assignment to a name."""
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Assign):
        return _names_of(last.targets[0])
    if isinstance(last, ast.AugAssign) or (isinstance(last, ast.AnnAssign) and last.value is not None):
        return _names_of(last.target)
    return ""


def _names_of(target: ast.expr) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Tuple) and all(isinstance(part, ast.Name) for part in target.elts):
        return ast.unparse(target)
    return ""


class _Rewriter(ClassRewriter):
    """Changes a tree in place. `changed` tells whether it did, `names` what the result needs from the library."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__(vocabulary.classes, vocabulary.properties, vocabulary.asks_objects)
        self._deleted = set(vocabulary.deleted)
        self._functions: dict[int, ast.AST] = {}
        self._read_in_place: dict[int, ast.AST] = {}  # the nodes themselves, so that no id() is given twice

    def vocabulary(self) -> Vocabulary:
        return Vocabulary(dict(self.classes), frozenset(self.properties), self.asks_objects, frozenset(self._deleted))

    # Imports

    def visit_Import(self, node: ast.Import) -> list[ast.stmt]:
        return [statement for alias in node.names for statement in self._import(alias, node)]

    def _import(self, alias: ast.alias, node: ast.stmt) -> list[ast.stmt]:
        top, _, rest = alias.name.partition(".")
        if top not in library_modules():
            return [ast.copy_location(ast.Import([alias]), node)]
        source = MODULE_PREFIX + top + (f".{rest}" if alias.asname and rest else "")
        return [self._assign(alias.asname or top, source, node)]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        module = node.module or ""
        top, _, rest = module.partition(".")
        if top in library_modules() and not node.level:
            source = MODULE_PREFIX + top + (f".{rest}" if rest else "")
            names = library_modules()[top] if node.names[0].name == "*" else ()
            aliases = [ast.alias(name) for name in names] or node.names
            return [self._assign(alias.asname or alias.name, f"{source}.{alias.name}", node) for alias in aliases]
        native = [alias for alias in node.names if self._extra_name(module, alias.name) is None]
        made: list[ast.stmt] = [ast.copy_location(ast.ImportFrom(module, native, node.level), node)] if native else []
        for alias in node.names:
            extra = self._extra_name(module, alias.name)
            if extra is not None:
                made.append(self._assign(alias.asname or alias.name, extra, node))
        return made

    def _extra_name(self, module: str, name: str) -> str | None:
        """What stands for a name that the interpreter's own module lacks; None for names that it has."""
        if module == "typing" and name in UNUSED_TYPING:
            return "None"
        return EXTRA_NAMES.get((module, name))

    def _assign(self, name: str, source: str, node: ast.stmt) -> ast.stmt:
        value = self.made(source)
        return ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), node)

    # Names, attributes and calls

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in _ALWAYS:
            self.names.add(node.id)
        if node.id in self._deleted and isinstance(node.ctx, ast.Load):
            return self.call("_fn_alive", node, ast.Constant(node.id))
        return node

    def visit_Module(self, node: ast.Module) -> ast.Module:
        deletes = (part for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Del))
        self._deleted.update(part.id for part in deletes)
        self.generic_visit(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            return node
        if node.attr == "__class__":
            return self.call("type", node.value)
        if isinstance(node.value, ast.Name) and (extra := EXTRA_NAMES.get((node.value.id, node.attr))):
            return self.made(extra)
        if node.attr in self.properties:
            read = ast.parse(f"lambda it: it.{node.attr}", mode="eval").body
            return self.call("_fn_property", node.value, ast.Constant(node.attr), read)
        if node.attr in BUILTIN_METHODS and (node.attr not in OFTEN_FIELDS or self._is_function(node)):
            return self._method_as_value(node)
        return node

    def _is_function(self, node: ast.Attribute) -> bool:
        """Whether it stands where only a function makes sense, or is a method of a built-in type."""
        return id(node) in self._functions or (isinstance(node.value, ast.Name) and node.value.id in BUILTIN_TYPES)

    def _method_as_value(self, node: ast.Attribute) -> ast.expr:
        bound = ast.parse(f"lambda *parts, **named: it.{node.attr}(*parts, **named)", mode="eval").body
        maker = ast.Lambda(ast.arguments([], [ast.arg("it")], kwonlyargs=[], kw_defaults=[], defaults=[]), bound)
        unbound = ast.parse(f"lambda it, *parts, **named: it.{node.attr}(*parts, **named)", mode="eval").body
        return self.call("_fn_method", node.value, ast.Constant(node.attr), maker, unbound)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self._note_readers(node)
        if not isinstance(node.func, ast.Attribute):
            self._note_built_in(node)
            self.generic_visit(node)
            return node
        return self._visit_method_call(node, node.func)

    def _visit_method_call(self, node: ast.Call, function: ast.Attribute) -> ast.expr:
        owner = function.value
        node.args = [self.visit(part) for part in node.args]
        node.keywords = [self.visit(part) for part in node.keywords]
        if isinstance(owner, ast.Name) and owner.id in BUILTIN_TYPES and function.attr in BUILTIN_METHODS:
            node.func = self.visit(function)
            return node
        if isinstance(owner, ast.Name) and (owner.id, function.attr) in EXTRA_NAMES:
            node.func = self.visit(function)
            return node
        function.value = self.visit(owner)
        if function.attr in EXTENDED_METHODS and (function.attr != "dumps" or _has_default(node)):
            return self.call(f"_fn_{function.attr}", function.value, *node.args, keywords=node.keywords)
        return node

    def _note_built_in(self, node: ast.Call) -> None:
        """Ask the library for another `zip`, `sorted`, `isinstance` or `len` where this call needs it."""
        if not isinstance(node.func, ast.Name):
            return
        name = node.func.id
        if name in _READ_ONCE and (id(node) not in self._read_in_place or _may_call_tools(node.args[:1], name)):
            self.names.add(name)
        if name in _WITH_KEY and any(
            word.arg == "key" and _may_call_tools([word.value], "key") for word in node.keywords
        ):
            self.names.add(name)
        if name == "isinstance" and (self.classes or _mentions(node, {"object", "type"})):
            self.names.add(name)
        if name == "len" and self.asks_objects:
            self.names.add(name)

    # What is read once

    def _note_readers(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        functions = [word.value for word in node.keywords if word.arg == "key"]
        functions += node.args[:1] if name in ("filter", "map", "partial", "reduce") else []
        self._functions.update((id(part), part) for part in functions)
        if name in CONSUMERS:
            self._read_in_place.update((id(part), part) for part in node.args)
        self._read_in_place.update((id(part.value), part) for part in node.args if isinstance(part, ast.Starred))

    def visit_For(self, node: ast.For) -> ast.stmt:
        self._read_in_place[id(node.iter)] = node.iter
        self.generic_visit(node)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        self._read_in_place[id(node.iter)] = node.iter
        self.generic_visit(node)
        return node

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        in_place = id(node) in self._read_in_place
        self.generic_visit(node)
        return node if in_place else self.call("iter", ast.ListComp(node.elt, node.generators))

    # Statements

    def visit_Delete(self, node: ast.Delete) -> list[ast.stmt]:
        made = [statement for target in node.targets for statement in self._delete(target, node)]
        return [ast.copy_location(statement, node) for statement in made]

    def _delete(self, target: ast.expr, node: ast.Delete) -> Iterable[ast.stmt]:
        if isinstance(target, ast.Tuple | ast.List):
            for part in target.elts:
                yield from self._delete(part, node)
        elif isinstance(target, ast.Name):
            yield self._assign(target.id, "_fn_deleted", node)
        elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice):
            whole = ast.Subscript(self.visit(target.value), self.visit(target.slice), ast.Store())
            yield ast.Assign([whole], ast.List([], ast.Load()))
            self.changed = True
        elif isinstance(target, ast.Subscript):
            yield ast.Expr(self.call("_fn_delete", self.visit(target.value), self.visit(target.slice)))
        else:
            yield ast.Delete([target])


def _has_default(node: ast.Call) -> bool:
    return any(word.arg in ("default", None) for word in node.keywords)


def _mentions(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))


def _may_call_tools(functions: Iterable[ast.expr], caller: str) -> bool:
    """Whether a function that is handed to a built-in one may call a tool, which only plain code can."""
    if caller in ("enumerate", "reversed", "zip"):
        return False
    for function in functions:
        if isinstance(function, ast.Lambda):
            calls = (part.func for part in ast.walk(function.body) if isinstance(part, ast.Call))
            if any(isinstance(called, ast.Name) and called.id not in CONSUMERS | _HARMLESS for called in calls):
                return True
        elif not (
            isinstance(function, ast.Name) and function.id in BUILTIN_TYPES | {"len", "abs", "repr", "ord", "chr"}
        ):
            return not isinstance(function, ast.Constant)
    return False
