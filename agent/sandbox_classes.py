"""Classes of a model's code, turned into classes that the interpreter of the sandbox understands.

Covered: inheritance from classes of the same conversation (the inherited methods are copied, `super()` included),
properties, static and class methods, `Enum`, `NamedTuple`, `TypedDict`, abstract classes, `__bool__` and `__len__` in
`if` and `while`, generator functions. Not covered, and refused by the interpreter: exceptions of one's own, inheritance
from built-in types, metaclasses, setters, nested classes.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Mapping
from typing import Any, cast

_IGNORED_BASES = frozenset({"ABC", "Generic", "Protocol", "object"})
_SILENT = frozenset({"__bool__", "__len__"})
_UNKNOWN_METHODS = frozenset({"__new__", "__format__", "__setattr__", "__getattribute__", "__ne__", "__del__"})
"""Methods that the interpreter would pass over in silence, so that the code would run and be wrong."""
_Function = ast.FunctionDef | ast.AsyncFunctionDef


_MOST_COPIED = 20_000
"""Nodes that inheritance may copy in one step: some 50 classes of ordinary size. Two parents each would double them."""

_MOST_MADE = 1_000
"""Expressions that are rewritten in one step: a model's longest code has some twenty, and each costs 0.2 ms."""


class UnsupportedCode(Exception):
    """The code would run and mean something else here; carries the line and what is not supported."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"{what} is not supported here")
        self.line = line


class ClassRewriter(ast.NodeTransformer):
    """The part of the rewriting that has to do with classes and functions; `changed` tells whether it did anything."""

    def __init__(self, classes: Mapping[str, ast.ClassDef], properties: Iterable[str], asks_objects: bool) -> None:
        self.classes = dict(classes)
        self.properties = set(properties)
        self.asks_objects = asks_objects
        self._copied = self._made = 0
        self.names: set[str] = set()
        self.changed = False

    def made(self, source: str) -> ast.expr:
        """An expression that replaces one of the model's."""
        self.changed = True
        self._made += 1
        if self._made > _MOST_MADE:
            raise UnsupportedCode(1, "code with so many constructs that have to be rewritten")
        value = ast.parse(source, mode="eval").body
        self.names.update(part.id for part in ast.walk(value) if isinstance(part, ast.Name))
        return value

    def call(self, name: str, *parts: ast.expr, keywords: Iterable[ast.keyword] = ()) -> ast.expr:
        """A call of a function of the library."""
        return ast.copy_location(ast.Call(self.made(name), list(parts), list(keywords)), parts[0])

    # Functions

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        if _is_generator(node):
            node.body = [_emit(statement) for statement in node.body]
            node.decorator_list.append(self.made("_fn_generator"))
        self.generic_visit(node)
        return node

    # Truth

    def visit_If(self, node: ast.If) -> ast.stmt:
        node.test = self._truth(node.test)
        self.generic_visit(node)
        return node

    def visit_While(self, node: ast.While) -> ast.stmt:
        node.test = self._truth(node.test)
        self.generic_visit(node)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        node.test = self._truth(node.test)
        self.generic_visit(node)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if isinstance(node.op, ast.Not):
            node.operand = self._truth(node.operand)
        self.generic_visit(node)
        return node

    def _truth(self, test: ast.expr) -> ast.expr:
        if not self.asks_objects or isinstance(test, ast.Compare | ast.Constant):
            return test
        if isinstance(test, ast.BoolOp):
            test.values = [self._truth(part) for part in test.values]
            return test
        return test if isinstance(test, ast.UnaryOp) else self.call("_fn_true", test)

    # Classes

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        base = _last_name(node.bases[0]) if len(node.bases) == 1 else ""
        if base == "Enum":
            return self._enumeration(node)
        if base == "NamedTuple":
            return self._named_tuple(node)
        if base == "TypedDict":
            return self._replace(node, "dict")
        if not self._flatten(node):
            return node
        self._note_fields(node)
        self.asks_objects |= any(method.name in _SILENT for method in _methods(node))
        self.classes[node.name] = copy.deepcopy(node)
        after = [statement for method in _methods(node) for statement in self._rewrite_method(node, method)]
        node.body = [part for statement in node.body for part in self._without_yield(statement)]
        for part in node.body:
            self.generic_visit(part)
        return [node, *after]

    def _replace(self, node: ast.ClassDef, source: str) -> ast.stmt:
        return ast.copy_location(ast.Assign([ast.Name(node.name, ast.Store())], self.made(source)), node)

    def _enumeration(self, node: ast.ClassDef) -> ast.stmt:
        members = []
        for place, statement in enumerate(_without_docstring(node.body), start=1):
            if not (isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)):
                return node
            value = str(place) if ast.unparse(statement.value).endswith("auto()") else ast.unparse(statement.value)
            members.append(f"({statement.targets[0].id!r}, {value})")
        self.asks_objects = True
        return self._replace(node, f"_fn_Enum({node.name!r}, [{', '.join(members)}])")

    def _named_tuple(self, node: ast.ClassDef) -> ast.stmt | list[ast.stmt]:
        fields = _without_docstring(node.body)
        if not all(isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) for field in fields):
            return node
        known = cast("list[ast.AnnAssign]", fields)
        names = [cast(ast.Name, field.target).id for field in known]
        defaults = ", ".join(ast.unparse(field.value) for field in known if field.value is not None)
        made = self._replace(node, f"_fn_namedtuple({node.name!r}, {names!r}, defaults=[{defaults}])")
        imported = ast.ImportFrom("collections", [ast.alias("namedtuple", "_fn_namedtuple")], 0)
        return [ast.copy_location(imported, node), made]

    def _flatten(self, node: ast.ClassDef) -> bool:
        """Copy what a class inherits into it; False when that is not possible and the interpreter has to refuse it."""
        for method in _methods(node):
            if method.name in _UNKNOWN_METHODS:
                raise UnsupportedCode(method.lineno, f"{method.name} in a class")
        if node.keywords:
            return False
        bases = [name for base in node.bases if (name := _last_name(base)) not in _IGNORED_BASES]
        if any(name not in self.classes for name in bases):
            return False
        if node.bases:
            self.changed = True
        node.bases = []
        for name in reversed(bases):
            self._inherit(node, self.classes[name])
            self._copied += sum(1 for _ in ast.walk(node))
            if self._copied > _MOST_COPIED:
                raise UnsupportedCode(node.lineno, "so much inheritance")
        if bases:
            parents = " + ".join(f"({name},) + getattr({name}, '_fn_bases', ())" for name in bases)
            node.body.append(ast.parse(f"_fn_bases = {parents}").body[0])
            self.names.add("isinstance")
        return True

    def _inherit(self, node: ast.ClassDef, base: ast.ClassDef) -> None:
        own = {method.name for method in _methods(node)}
        own_values = {name for statement in node.body for name in _assigned(statement)}
        above: list[ast.stmt] = []
        for statement in copy.deepcopy(base.body):
            if not isinstance(statement, _Function):
                if not set(_assigned(statement)) & (own_values | {"_fn_bases", "_fn_fields"}):
                    above.append(statement)
                continue
            if statement.name not in own:
                above.append(statement)
            elif not statement.name.startswith("_fn_"):
                statement.name = f"_fn_{base.name}_{statement.name}"
                above.append(statement)
        for method in _methods(node):
            _SuperCalls(base.name).visit(method)
        node.body = [*(part for part in above if not isinstance(part, ast.Pass)), *_without_docstring(node.body)]

    def _note_fields(self, node: ast.ClassDef) -> None:
        """Leave a list of the fields on a dataclass, for `asdict` and its kin."""
        if any(_last_name(decorator) == "dataclass" for decorator in node.decorator_list):
            names = [cast(ast.Name, part.target).id for part in node.body if isinstance(part, ast.AnnAssign)]
            node.body.append(ast.parse(f"_fn_fields = {tuple(names)!r}").body[0])
            self.changed = True

    def _rewrite_method(self, node: ast.ClassDef, method: ast.FunctionDef) -> Iterable[ast.stmt]:
        """Take a decorator off a method; yields the statements that do its work after the class."""
        kinds = [_last_name(decorator) for decorator in method.decorator_list]
        if kinds == ["abstractmethod"]:
            method.decorator_list = []
            self.changed = True
        elif kinds == ["property"]:
            method.decorator_list = []
            self.properties.add(method.name)
            method.name = f"_fn_property_{method.name}"
            self.changed = True
        elif kinds in (["staticmethod"], ["classmethod"]):
            yield from self._outside(node, method, kinds[0])

    def _without_yield(self, statement: ast.stmt) -> Iterable[ast.stmt]:
        """A method that yields becomes one that collects, and one that calls it."""
        if isinstance(statement, ast.FunctionDef) and _is_generator(statement):
            collecting = f"_fn_yields_{statement.name}"
            first = statement.args.args[0].arg if statement.args.args else "self"
            source = f"def {statement.name}({first}, *parts, **named):\n    pass"
            caller = cast(ast.FunctionDef, ast.parse(source).body[0])
            caller.body = [ast.Return(self.made(f"_fn_generate({first}.{collecting}, parts, named)"))]
            statement.body = [_emit(part) for part in statement.body]
            statement.name = collecting
            yield ast.copy_location(caller, statement)
        yield statement

    def _outside(self, node: ast.ClassDef, method: ast.FunctionDef, kind: str) -> Iterable[ast.stmt]:
        node.body.remove(method)
        if not node.body:
            node.body.append(ast.Pass())
        name, first = method.name, f", {node.name}" if kind == "classmethod" else ""
        method.decorator_list = []
        method.name = f"_fn_{node.name}_{name}"
        yield cast(ast.stmt, self.visit(method))
        attribute = ast.Attribute(ast.Name(node.name, ast.Load()), name, ast.Store())
        yield ast.copy_location(ast.Assign([attribute], self.made(f"_fn_Static({method.name}{first})")), method)


class _SuperCalls(ast.NodeTransformer):
    """`super().method(...)` becomes a call of the copy of that method."""

    def __init__(self, base: str) -> None:
        self._base = base

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.value, ast.Call) and _last_name(node.value.func) == "super":
            return ast.copy_location(
                ast.Attribute(ast.Name("self", ast.Load()), f"_fn_{self._base}_{node.attr}", ast.Load()), node
            )
        return node


def _methods(node: ast.ClassDef) -> Iterable[ast.FunctionDef]:
    return [part for part in node.body if isinstance(part, ast.FunctionDef)]


def _assigned(statement: ast.stmt) -> list[str]:
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else getattr(statement, "targets", [])
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    plain = [part for part in body if not isinstance(part, ast.Pass)]
    first = plain[0] if plain else None
    return plain[1:] if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else plain


def _last_name(node: ast.expr) -> str:
    """`dataclass` for `dataclass`, `dataclasses.dataclass` and `dataclass(frozen=True)`."""
    if isinstance(node, ast.Call | ast.Subscript):
        return _last_name(node.func if isinstance(node, ast.Call) else node.value)
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _is_generator(node: ast.FunctionDef) -> bool:
    """Whether it yields, and only in statements of their own."""
    own = list(_inside(node.body))
    alone = {id(part.value) for part in own if isinstance(part, ast.Expr)}
    yields = [part for part in own if isinstance(part, ast.Yield | ast.YieldFrom)]
    return bool(yields) and all(id(part) in alone for part in yields)


def _inside(body: Iterable[ast.AST]) -> Iterable[ast.AST]:
    for node in body:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _inside(ast.iter_child_nodes(node))


class _Emitter(ast.NodeTransformer):
    """`yield` statements become calls, in one function and not in those inside it."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        return node

    def visit_Yield(self, node: ast.Yield) -> ast.expr:
        value = node.value or ast.Constant(None)
        return ast.copy_location(ast.Call(ast.Name("_fn_emit", ast.Load()), [value], []), node)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> ast.expr:
        return ast.copy_location(ast.Call(ast.Name("_fn_emit_all", ast.Load()), [node.value], []), node)


def _emit(statement: ast.stmt) -> ast.stmt:
    return cast(ast.stmt, _Emitter().visit(statement))
