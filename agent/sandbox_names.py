"""Names of built-in things that `agent/sandbox_rewrite.py` treats in a way of their own."""

from __future__ import annotations

_TYPES = "bool bytes dict float frozenset int list set str tuple"
_METHODS = """
    add append appendleft capitalize casefold center clear copy count decode difference discard elements encode
    endswith expandtabs extend extendleft find format get hex index insert intersection isalnum isalpha isascii
    isdecimal isdigit isdisjoint isidentifier islower isnumeric isspace issubset issuperset istitle isupper items
    join keys ljust lower lstrip most_common partition pop popitem popleft remove removeprefix removesuffix replace
    reverse rfind rindex rjust rotate rpartition rsplit rstrip setdefault sort split splitlines startswith strip
    swapcase symmetric_difference title union update upper values zfill
"""
_EXTENDED = """
    bit_length difference_update dumps format_map intersection_update is_integer sub subn translate
"""
_CONSUMERS = """
    Counter all any chain deque dict enumerate extend filter frozenset fromkeys fsum join list map max min prod set
    sorted sum tuple update zip
"""
_ANNOTATIONS = """
    AnyStr AsyncIterator Awaitable ChainMap Collection Container Counter DefaultDict Deque Hashable IO LiteralString
    Match MutableMapping MutableSequence MutableSet NamedTuple NewType NotRequired OrderedDict ParamSpec Pattern
    Required Reversible Sized Text TextIO TypeAlias TypeGuard TypedDict Unpack ValuesView
"""

BUILTIN_TYPES = frozenset(_TYPES.split())

BUILTIN_METHODS = frozenset(_METHODS.split())
"""Methods of built-in types, which the interpreter can call but not hand around."""

OFTEN_FIELDS = frozenset({"count", "format", "index", "items", "keys", "title", "values"})
"""Methods whose names are also those of fields; they are taken for methods only where a function is expected."""

EXTENDED_METHODS = frozenset(_EXTENDED.split())
"""Methods that `sandbox_library/methods.py` supplies or widens, each as `_fn_` and its name."""

CONSUMERS = frozenset(_CONSUMERS.split())
"""Functions that read an argument once and at once, for which a list is as good as a generator."""

UNUSED_TYPING = frozenset(_ANNOTATIONS.split())
"""Names of `typing` that only stand in annotations, which the interpreter skips."""

EXTRA_NAMES = {
    ("collections", "OrderedDict"): "dict",
    ("dataclasses", "asdict"): "_fn_asdict",
    ("dataclasses", "astuple"): "_fn_astuple",
    ("dataclasses", "replace"): "_fn_replace_fields",
    ("datetime", "UTC"): "_fn_utc",
    ("functools", "wraps"): "_fn_wraps",
    ("str", "maketrans"): "_fn_maketrans",
    ("typing", "cast"): "_fn_cast",
}
"""(module, name) → what stands for it; the interpreter's own module has no such name."""
