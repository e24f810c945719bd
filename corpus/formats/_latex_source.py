"""What of a LaTeX source must be known before it is parsed: comments, verbatim parts, the body, the preamble."""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus.formats._fence import fence

OPEN, CLOSE = "\ue000", "\ue001"
"""Private characters around the number of a block that is kept out of the conversion."""

_CODE = frozenset(
    {"verbatim", "verbatim*", "Verbatim", "BVerbatim", "lstlisting", "minted", "alltt", "pycode", "python", "jllisting"}
)
_DRAWN = frozenset({"comment", "tikzpicture", "pgfpicture", "pspicture", "filecontents", "filecontents*", "CCSXML"})
_NAMES = "|".join(re.escape(name) for name in sorted(_CODE | _DRAWN, key=len, reverse=True))

_SPECIAL = re.compile(
    rf"\\begin\{{(?P<environment>{_NAMES})\}}"
    r"|\\(?:verb\*?|lstinline(?:\[[^\]\n]*\])?|mintinline(?:\[[^\]\n]*\])?\{\w+\})"
    r"(?:(?P<mark>[^\w\s*{\\])(?P<marked>[^\n]*?)(?P=mark)|\{(?P<braced>[^{}\n]*)\})"
    r"|(?P<escape>\\[\\%])"
    r"|%[^\n]*(?:\n[ \t]*(?=\S))?"
)
"""In the order in which TeX would meet them, so that a `%` inside code is no comment, nor code inside a comment.

A comment takes the end of its line along, except before an empty line, which ends the paragraph.
"""

_OPTIONS = re.compile(r"[ \t]*(\[[^\]]*\])?(?:\{([\w+#-]+)\})?")
_LANGUAGE = re.compile(r"language\s*=\s*(?:\[[^\]]*\])?\{?([\w+#-]+)")
_SPACES = re.compile(r"[ \t]+")
_RULES = re.compile(r"\\(?:cmidrule|cline)(?:\([^)\n]*\))?\{[^}\n]*\}")
_FRAME = re.compile(r"\\begin\{frame\}(?:<[^>\n]*>)?(?:\[[^\]\n]*\])?[ \t]*\{([^{}\n]*)\}")
_PLAIN_MACRO = re.compile(
    r"\\(?:(?:re|provide)?newcommand|def)\*?\s*\{?\\([A-Za-z]+)\}?\s*\{([^{}\\\n]*)(?:\\xspace\s*)?\}"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A LaTeX source made ready for parsing.

    Attributes:
        preamble: What stands before the body.
        body: Without comments; code is replaced by `OPEN number CLOSE`.
        kept: Those pieces of code, as Markdown, by their number.
    """

    preamble: str
    body: str
    kept: tuple[str, ...]

    @property
    def plain_macros(self) -> dict[str, str]:
        """The author's own commands that stand for plain words, such as the name of a method."""
        return {found[1]: found[2] for found in _PLAIN_MACRO.finditer(self.preamble)}


def prepare(text: str) -> Source:
    """The source with code and comments taken care of; a file without a preamble is all body."""
    without, kept = _take_out(text.replace(OPEN, "").replace(CLOSE, ""))
    without = _RULES.sub("", _SPACES.sub(" ", without))
    without = _FRAME.sub(r"\\begin{frame}\\frametitle{\1}", without)
    preamble, begin, body = without.partition(r"\begin{document}")
    if not begin:
        preamble, body = "", without
    return Source(preamble, body.partition(r"\end{document}")[0], tuple(kept))


def argument_of(source: str, macro: str) -> str:
    """The braced argument of the first use of a macro, braces inside it included; empty where there is none."""
    found = re.search(rf"\\{macro}\s*(?:\[[^\]]*\]\s*)?\{{", source)
    if not found:
        return ""
    depth = 1
    for brace in re.finditer(r"\\.|[{}]", source[found.end() :]):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            return source[found.end() : found.end() + brace.start()]
    return ""


def _take_out(text: str) -> tuple[str, list[str]]:
    """The text without comments, with marks where code stood, and that code as Markdown."""
    parts: list[str] = []
    kept: list[str] = []
    unclosed: set[str] = set()
    at = 0
    while found := _SPECIAL.search(text, at):
        parts.append(text[at : found.start()])
        at = found.end()
        name = found["environment"]
        if found["escape"]:
            parts.append(found["escape"])
        elif name:
            end = -1 if name in unclosed else text.find(rf"\end{{{name}}}", at)
            if end < 0:  # the rest is searched once only, or a file of openings would take quadratic time
                unclosed.add(name)
                continue
            if name in _CODE:
                kept.append(_block(text[at:end]))
                parts.append(f"\n\n{_mark(len(kept) - 1)}\n\n")
            at = end + len(rf"\end{{{name}}}")
        elif code := found["marked"] or found["braced"]:
            kept.append(f"`` {code} ``" if "`" in code else f"`{code}`")
            parts.append(_mark(len(kept) - 1))
    return "".join([*parts, text[at:]]), kept


def _mark(number: int) -> str:
    """A mark in braces, so that a macro which takes the next character takes all of it."""
    return f"{{{OPEN}{number}{CLOSE}}}"


def _block(content: str) -> str:
    options = _OPTIONS.match(content)
    language, code = "", content
    if options and (options[1] or options[2]):
        named = _LANGUAGE.search(options[1] or "")
        language = (options[2] or (named[1] if named else "")).lower()
        code = content[options.end() :]
    return fence(code.strip("\n").rstrip(), language)
