"""Code is rewritten where the interpreter needs it, and left alone where not."""

import ast

import pytest

from agent.sandbox_classes import UnsupportedCode
from agent.sandbox_rewrite import Vocabulary, assigned_names, parse, rewrite


def rewritten(code, vocabulary=None):
    return rewrite(code, parse(code), vocabulary or Vocabulary())


@pytest.mark.parametrize(
    "code",
    [
        "hits = search('a')  # a comment\nfor hit in hits:\n    print(hit.key)\nprint('end')",
        "total = sum(x for x in xs)\nprint(total)",
        "for i, (a, b) in enumerate(zip(xs, ys)):\n    print(a)",
        "words = sorted(xs, key=lambda x: x.lower())[:3]\nprint(words)",
        "import math, json\nprint(json.dumps({}, indent=2))",
        "print(d.items(), s.upper(), hit.title)",
        "def f(x):\n    return x\nf(1)",
    ],
)
def test_code_that_the_interpreter_understands_is_run_as_it_is(code):
    made = rewritten(code)
    assert (made.code, made.tree, made.names) == (code, None, frozenset())


@pytest.mark.parametrize(
    ("code", "needs"),
    [
        ("import statistics", "_fn_lib_statistics"),
        ("from urllib.parse import quote", "_fn_lib_urllib"),
        ("max(d, key=d.get)", "_fn_method"),
        ("f'{max(d, key=d.get)}'", "_fn_method"),
        ("re.sub(p, f, s)", "_fn_sub"),
        ("json.dumps(x, default=str)", "_fn_dumps"),
        ("del d['k']", "_fn_delete"),
        ("def f():\n    yield 1", "_fn_generator"),
        ("pairs = zip(a, b)", "zip"),
        ("list(map(search, qs))", "map"),
        ("sorted(xs, key=lambda x: search(x))", "sorted"),
        ("callable(x)", "callable"),
        ("isinstance(x, object)", "isinstance"),
    ],
)
def test_what_the_interpreter_lacks_is_asked_of_the_library(code, needs):
    assert needs in rewritten(code).names


def test_a_line_of_rewritten_code_is_traced_to_the_models_line():
    code = "# a comment\n\nx = [\n    1,\n    2,\n]\ndef f():\n    yield 1\nif x:\n    del x[0]\n    y = 1 / 0\nz = 1"
    made = rewritten(code)
    for number, line in enumerate(made.code.splitlines(), start=1):
        if "1 / 0" in line:
            assert made.original_line(number) == code.splitlines().index("    y = 1 / 0") + 1
    assert made.original_line(1) == 3


@pytest.mark.parametrize("code", ["def f(:", "x = (", "(" * 10_000, "-" * 50_000 + "1", "\0", "x = 1 if"])
def test_what_cannot_be_parsed_is_left_to_the_interpreter(code):
    assert parse(code) is None
    assert rewrite(code, None, Vocabulary()).code == code


def test_a_stray_escape_warns_nobody():
    assert parse(r"import re; re.findall('\d', 'a1')") is not None


def test_the_value_of_the_last_assignment_is_asked_for():
    assert rewritten("x = 1  # one").code == "x = 1  # one\nx"
    assert rewritten("a, b = 1, 2").code.splitlines()[-1] == "(a, b)"
    assert rewritten("x[0] = 1").code == "x[0] = 1"
    assert rewritten("x: int").code == "x: int"


def test_what_a_step_defines_is_known_to_the_next():
    first = rewritten(
        "class A:\n    @property\n    def size(self):\n        return 1\n    def __len__(self):\n        return 0"
    )
    assert first.vocabulary.properties == {"size"}
    assert first.vocabulary.asks_objects
    later = rewritten("class B(A):\n    pass\nif B():\n    print(B().size)", first.vocabulary)
    assert {"_fn_property", "_fn_true"} <= later.names
    assert "_fn_property_size" in later.code
    assert ast.parse(later.code)


@pytest.mark.parametrize("name", ["__new__", "__format__", "__setattr__", "__ne__"])
def test_a_method_that_the_interpreter_would_pass_over_is_refused(name):
    with pytest.raises(UnsupportedCode, match=name) as caught:
        rewritten(f"x = 1\nclass A:\n    def {name}(self, *a):\n        return 1")
    assert caught.value.line == 3


def test_the_names_that_code_takes():
    code = (
        "import a.b, c as d\nfrom e import f\nfor g in x:\n    pass\nwith y as h:\n    i: int = 1\n"
        "def j(k):\n    l = 1\n    global m\n    m = 1\nclass n: pass\n[o for o in x]\n(p := 1)\nq += 1\nq.r = 1\n"
    )
    assert {name for name, _ in assigned_names(parse(code))} == set("adfghijmnpq")
