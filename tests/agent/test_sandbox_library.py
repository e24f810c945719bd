"""The small standard library of the sandbox says what Python's own says."""

import calendar
import difflib
import heapq
import html
import importlib
import statistics
import string
import textwrap
import urllib.parse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.sandbox import Sandbox, SandboxLimits
from agent.sandbox_prelude import importable_modules, library, library_modules, needed_pieces

NUMBERS = [3, 1.5, 2, 2, 9, -4]
LINE = "The quick brown fox jumps over the lazy dog and runs away."
CALLS = [
    *[(statistics, name, (NUMBERS,)) for name in ("mean", "fmean", "median", "median_low", "median_high", "mode")],
    *[
        (statistics, name, (NUMBERS,))
        for name in ("multimode", "stdev", "pstdev", "variance", "pvariance", "quantiles")
    ],
    (statistics, "mean", ([1, 2, 3],)),
    (statistics, "harmonic_mean", ([2, 4],)),
    (statistics, "geometric_mean", ([2, 8],)),
    (statistics, "correlation", ([1, 2, 3], [2, 4, 7])),
    (heapq, "nlargest", (2, NUMBERS)),
    (heapq, "nsmallest", (3, NUMBERS)),
    *[(textwrap, "wrap", (LINE, width)) for width in (3, 10, 20, 80)],
    *[(textwrap, "fill", (text, 12)) for text in (LINE, "", "  a  b  ", "extraordinarily")],
    *[(textwrap, "shorten", (LINE, width)) for width in (10, 25, 100)],
    *[(textwrap, "dedent", (text,)) for text in ("  a\n    b\n", "\ta\n\tb", "a\n  b", "  a\n\n  b", "")],
    (textwrap, "indent", ("a\n\nb", "> ")),
    (difflib, "get_close_matches", ("appel", ["ape", "apple", "peach", "puppy"])),
    *[(html, "escape", ("<a href='x'>&\"</a>",)), (html, "unescape", ("&lt;p&gt; &#65;&#x42; &amp;amp; &nbsp;",))],
    *[(urllib.parse, "quote", (text,)) for text in ("a b/c?d=é", "x~y", "")],
    *[(urllib.parse, "quote_plus", ("a b&c=d/é",)), (urllib.parse, "unquote", ("a%20b%C3%A9%zz+",))],
    *[(urllib.parse, "unquote_plus", ("a+b%21",)), (urllib.parse, "urlencode", ({"q": "a b", "n": 1},))],
    *[(urllib.parse, "parse_qs", ("a=1&a=2&b=&c=%20",)), (urllib.parse, "parse_qsl", ("a=1&b=2",))],
    *[
        (urllib.parse, "urljoin", ("https://x.org/a/b/c?q#f", url))
        for url in ("d", "../d", "/d", "//y.org/d", "?n=1", "https://z.org", "./d/../e", "..")
    ],
    (string, "capwords", ("hello big  world",)),
    *[(calendar, "monthrange", when) for when in ((2024, 2), (2023, 2), (2024, 12))],
    *[(calendar, "isleap", (year,)) for year in (1900, 2000, 2023, 2024)],
]


@pytest.mark.parametrize(("module", "name", "given_parts"), CALLS)
def test_a_function_gives_what_pythons_own_gives(pool, module, name, given_parts):
    code = f"import {module.__name__}\n{module.__name__}.{name}(*{given_parts!r})"
    value = Sandbox(pool)(code).output
    expected = getattr(module, name)(*given_parts)
    assert value == (pytest.approx(expected) if isinstance(expected, float) else expected)


@pytest.mark.parametrize("url", ["https://u@x.org:80/p/q;r?a=1#f", "mailto:a@b", "/only/path", "", "HTTP://X.org"])
def test_the_parts_of_an_address(pool, url):
    names = ("scheme", "netloc", "path", "query", "fragment", "hostname", "port")
    code = (
        f"from urllib.parse import urlsplit\np = urlsplit({url!r})\n[getattr(p, n) for n in {names!r}] + [p.geturl()]"
    )
    own = urllib.parse.urlsplit(url)
    assert Sandbox(pool)(code).output == [*(getattr(own, name) for name in names), own.geturl()]


@pytest.mark.parametrize("name", [name for name in string.__dict__ if name.startswith(("ascii", "digits", "punct"))])
def test_constants_of_string(pool, name):
    assert Sandbox(pool)(f"import string\nstring.{name}").output == getattr(string, name)


@pytest.mark.parametrize("piece", library())
def test_every_piece_is_understood_by_the_interpreter(pool, piece):
    with pool.session(SandboxLimits()) as session:
        session.feed_run(library()[piece].source)
        for name in library()[piece].names:
            assert needed_pieces([name]) == {piece}
            session.feed_run(name)


def test_every_module_that_is_named_can_be_imported(pool):
    code = "\n".join(f"import {name}" for name in importable_modules()) + "\n'all'"
    assert Sandbox(pool)(code).output == "all"


@pytest.mark.parametrize("module", sorted(library_modules()))
def test_a_module_exports_only_what_pythons_own_has(module):
    own = importlib.import_module(f"{module}.parse" if module == "urllib" else module)
    names = ["quote"] if module == "urllib" else library_modules()[module]
    assert [name for name in names if not hasattr(own, name)] == []


@given(texts=st.lists(st.text("ab c\n", max_size=12), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_wrapping_and_similarity_agree_on_any_text(pool, texts):
    code = (
        "import textwrap, difflib\n"
        "[(textwrap.dedent(t), difflib.SequenceMatcher(None, t, texts[0], autojunk=False).ratio()) for t in texts]"
    )
    sandbox = Sandbox(pool)
    sandbox.send_variables({"texts": texts})
    own = [(textwrap.dedent(t), difflib.SequenceMatcher(None, t, texts[0], autojunk=False).ratio()) for t in texts]
    assert sandbox(code).output == own
