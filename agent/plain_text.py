r"""Text without its markup, so that two ways of writing the same thing compare equal.

Covered: typographic quotes, dashes and spaces, Markdown emphasis, code marks and links, the common part of LaTeX
(`\sqrt{d_k}` and `√d_k` both give `sqrt d_k`, `10^{-4}` and `10⁻⁴` both give `10^-4`), Greek letters by name. Plain
text is for comparing only: nothing of it is shown, and its offsets mean nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_DIGIT_MARKS: Final = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n", strict=True))
_SUBSCRIPTS: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUPERSCRIPT_RUN: Final = re.compile(f"[{''.join(_DIGIT_MARKS)}]+")
_SUBSCRIPT_RUN: Final = re.compile("[₀₁₂₃₄₅₆₇₈₉]+")

_TYPOGRAPHY: Final = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("‘’‚‛ʼ′", "'"),
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f", " "),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\ufeff", None),
        "√": " sqrt ",
        "≤": " <= ",
        "≥": " >= ",
        "×": " × ",
        "∗": "*",
        "⋅": "·",
        "…": "...",
        "µ": "μ",
    }
)

_COMMANDS: Final = {
    "times": " × ",
    "cdot": " · ",
    "le": " <= ",
    "leq": " <= ",
    "ge": " >= ",
    "geq": " >= ",
    "approx": " ≈ ",
    "sim": " ~ ",
    "neq": " ≠ ",
    "ne": " ≠ ",
    "to": " → ",
    "rightarrow": " → ",
    "dots": " ... ",
    "ldots": " ... ",
    "cdots": " ... ",
    "left": "",
    "right": "",
    "big": "",
    "Big": "",
    "quad": " ",
    "qquad": " ",
    "in": " ∈ ",
    "infty": " ∞ ",
    "varepsilon": " epsilon ",
    "sum": " ∑ ",
    "prod": " ∏ ",
    "pm": " ± ",
    "mid": " | ",
    "lVert": " ‖ ",
    "rVert": " ‖ ",
    "Vert": " ‖ ",
    "ll": " ≪ ",
    "gg": " ≫ ",
}
"""LaTeX commands whose sign people type in plain text; any other command is replaced by its name."""

_GREEK: Final = re.compile("[α-ωΑ-Ω]")
_FONT: Final = re.compile(r"\\(?:text|math|operatorname|boldsymbol|bm)[a-z]*\*?\s*\{([^{}]*)\}")
_FRACTION: Final = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_ROOT: Final = re.compile(r"\\sqrt\s*\{([^{}]*)\}")
_COMMAND: Final = re.compile(r"\\([A-Za-z]+)")
_SPACING: Final = re.compile(r"\\[,;:! ]|\\\\|~(?=\\)")
_MATH_MARK: Final = re.compile(r"\$+|\\[()\[\]]")
_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\((?:[^()\s]|\([^()]*\))*\)")
_WIKI_LINK: Final = re.compile(r"!?\[\[(?=[^\W\d])(?:[^\[\]|]{0,500}\|)?([^\[\]|]{1,500})\]\]")
_TAG: Final = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
_LINE_MARK: Final = re.compile(r"^[ \t]*(?:#{1,6}|>+|[-*+•‣◦▪·])[ \t]+", re.MULTILINE)
_EMPHASIS: Final = re.compile(r"(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)|(?<=[^\s*])\*+|\*+(?=[^\s*])|`+")
_REMEMBERED: Final = 4096
"""Texts: a run reads the same few passages for every sentence of its answer."""


@lru_cache(maxsize=_REMEMBERED)
def plain(text: str) -> str:
    """`text` without markup, on one line."""
    text = _SUPERSCRIPT_RUN.sub(lambda run: "^" + "".join(_DIGIT_MARKS[mark] for mark in run[0]), text)
    text = _SUBSCRIPT_RUN.sub(lambda run: "_" + run[0].translate(_SUBSCRIPTS), text)
    text = text.translate(_TYPOGRAPHY)
    if not text.isascii():
        text = _GREEK.sub(_letter_name, unicodedata.normalize("NFKC", text))
    text = without_wiki_links(_LINK.sub(r"\1", _LINE_MARK.sub("", text)))
    if "\\" in text or "$" in text:
        text = _without_tex(text)
    if "<" in text:
        text = _TAG.sub("", text)
    text = _EMPHASIS.sub("", text.replace("{", "").replace("}", ""))
    return " ".join(text.split())


def without_wiki_links(text: str) -> str:
    """`text` with the words of each `[[note]]` or `[[note|words]]`, and the name of each `![[file]]`."""
    return _WIKI_LINK.sub(r"\1", text)


def squeezed(text: str) -> str:
    """`plain(text)` in one case and without spaces, which is how quotations are compared."""
    return plain(text).replace(" ", "").casefold()


def _letter_name(match: re.Match[str]) -> str:
    """A Greek letter by its name, set apart from what follows unless that is its index."""
    name = unicodedata.name(match[0], "").split()
    if "LETTER" not in name:
        return match[0]
    return f" {name[name.index('LETTER') + 1].lower().replace('lamda', 'lambda')}{_gap(match)}"


def _sign(match: re.Match[str]) -> str:
    """What stands in plain text for a LaTeX command."""
    return _COMMANDS.get(match[1], f" {match[1]}{_gap(match)}")


def _gap(match: re.Match[str]) -> str:
    return "" if match.string[match.end() : match.end() + 1] in ("_", "^") else " "


def _without_tex(text: str) -> str:
    text = text.replace("{,}", ",").replace("\\%", "%").replace("\\_", "_").replace("\\{", "").replace("\\}", "")
    previous = None
    while previous != text:
        previous = text
        text = _FRACTION.sub(r"\1/\2", _ROOT.sub(r" sqrt \1", _FONT.sub(r"\1", text)))
    text = _MATH_MARK.sub(" ", _SPACING.sub(" ", text))
    return _COMMAND.sub(_sign, text)
