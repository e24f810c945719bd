r"""LaTeX formulas as MathML, which browsers draw without a script: the one door to `latex2mathml`.

What the library returns is not trusted: only elements and attributes of a short list are written, with every text
escaped, so that `\href`, `\class` and `\style` in a note do nothing. A formula that it cannot read, that is very
long or that defines macros is shown as its source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape, unescape
from typing import Any, NamedTuple

LONGEST = 2_000
"""Characters; a longer formula is shown as its source. 2,000 took 0.14 s on a busy machine."""

_DEEPEST = 60
"""Levels of nesting; no formula that a person wrote needs more."""

_ELEMENTS = frozenset(
    """
    math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts
    mtable mtr mtd mstyle mpadded mphantom menclose
    """.split()
)
_ATTRIBUTES = frozenset(
    """
    mathvariant stretchy fence form separator accent accentunder linethickness displaystyle scriptlevel columnalign
    movablelimits symmetric largeop notation
    """.split()
)
_REFUSED = ("\\def", "\\newcommand", "\\renewcommand", "\\let", "\\href", "\\require")
"""Macros can grow without end; links and extensions have no place in a quoted formula."""


class Formula(NamedTuple):
    """Where a formula stands in a text: its source is `text[start:end]`, its delimiters included up to `stop`."""

    start: int
    end: int
    stop: int
    display: bool


_DELIMITERS = (("$$", "$$", True), ("\\[", "\\]", True), ("\\(", "\\)", False), ("$", "$", False))


def formula_at(text: str, at: int) -> Formula | None:
    """The formula that opens at `at`, or None. A price is none: `$5 and $10`."""
    for opening, closing, display in _DELIMITERS:
        if text.startswith(opening, at):
            start = at + len(opening)
            end = text.find(closing, start, start + LONGEST)
            if end <= start or not _is_formula(text, start, end, opening):
                return None
            return Formula(start, end, end + len(closing), display)
    return None


def _is_formula(text: str, start: int, end: int, opening: str) -> bool:
    content = text[start:end]
    if not content.strip() or "\n\n" in content:
        return False
    if opening != "$":
        return True
    closed = not content[0].isspace() and not content[-1].isspace() and content[-1] != "\\"
    return closed and not text[end + 1 : end + 2].isdigit()


_SIGN = re.compile(r"(?<!\\)(?:\$|\\[(\[])")


def formulas_in(text: str) -> Iterator[tuple[int, Formula]]:
    """Each formula of a text with the place at which it opens."""
    done = 0
    for sign in _SIGN.finditer(text):
        if sign.start() >= done and (found := formula_at(text, sign.start())):
            yield sign.start(), found
            done = found.stop


@lru_cache(maxsize=4096)
def formula_html(tex: str, *, display: bool) -> str:
    """The formula as MathML whose accessible text is its source; as `<code>` where it cannot be read."""
    tex = tex.strip()
    drawn = "" if len(tex) > LONGEST or any(word in tex for word in _REFUSED) else _drawn(tex, display)
    if not drawn:
        return f'<code class="fn-tex">{escape(tex)}</code>'
    return (
        f'<math display="{"block" if display else "inline"}" alttext="{escape(tex)}"><semantics>{drawn}'
        f'<annotation encoding="application/x-tex">{escape(tex)}</annotation></semantics></math>'
    )


def _drawn(tex: str, display: bool) -> str:
    """The inside of the formula, or an empty string where the library cannot read it."""
    from latex2mathml.converter import convert_to_element

    try:
        return _markup(convert_to_element(tex, display="block" if display else "inline")[0], 0)
    except Exception:  # its parser fails on odd input in undocumented ways; the source is shown then
        return ""


def _markup(element: Any, depth: int) -> str:
    """An element as text, whatever is not on the lists left out."""
    if depth > _DEEPEST:
        raise RecursionError("a formula is nested too deeply")
    name = element.tag if element.tag in _ELEMENTS else "mrow"
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in element.attrib.items() if key in _ATTRIBUTES)
    inside = "".join(_markup(child, depth + 1) for child in element)
    return f"<{name}{attributes}>{escape(unescape(element.text or ''))}{inside}</{name}>"
