"""Sentences of a text, as spans of it.

A rule-based splitter for notes: sentence ends are `.`, `!`, `?` and their CJK forms before white space, a line break
ends a sentence where the next line starts a list item, a heading or a new paragraph, and abbreviations, decimals,
initials, inline code and inline formulas do not. It never changes a character: `text[start:end]` is the sentence.
"""

from __future__ import annotations

import re

_ABBREVIATIONS = frozenset(
    """
    e.g i.e etc cf vs fig figs eq eqs sec ch al resp approx ca dr mr mrs ms prof st no vol pp p ed eds dept inc
    ltd jr sr ref refs tab tbl viz wrt w.r.t a.k.a i.i.d s.t
    """.split()
)
_END = re.compile(r"""[.!?…]+["'”’)\]*_]*(?=\s)|[。！？]+["'”’)\]]*""")
_PROTECTED = re.compile(r"`[^`\n]+`|\$[^$\n]{1,300}\$|\\\(.{1,300}?\\\)|https?://\S*[\w/]")
_HARD_BREAK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*•‣◦▪·–—]|\(?\d{1,3}[.)])\s)|\n(?=\s*#{1,6}\s)")


def sentence_spans(text: str, *, line_breaks: bool = False) -> list[tuple[int, int]]:
    """Spans of the sentences of `text`, trimmed of white space, in order.

    Args:
        text: Any text.
        line_breaks: Whether every line break ends a sentence (notes whose lines are paragraphs) instead of only those
            before a blank line, a list item or a heading.
    """
    breaks = re.compile("\n") if line_breaks else _HARD_BREAK
    protected = [match.span() for match in _PROTECTED.finditer(text)]
    cuts = {match.start() for match in breaks.finditer(text)}
    cuts.update(match.end() for match in _END.finditer(text) if _ends_sentence(text, match, protected))
    spans = []
    start = 0
    for cut in (*sorted(cuts), len(text)):
        trimmed = _trim(text, start, cut)
        if trimmed[0] < trimmed[1]:
            spans.append(trimmed)
        start = cut
    return spans


def _ends_sentence(text: str, match: re.Match[str], protected: list[tuple[int, int]]) -> bool:
    if any(start < match.start() < end - 1 for start, end in protected):
        return False
    if match[0][0] != ".":
        return True
    word = re.search(r"\S*$", text[max(0, match.start() - 30) : match.start()])
    before = word[0].strip("([{\"'“‘").lower() if word else ""
    if before in _ABBREVIATIONS or (
        re.fullmatch(r"[a-z]|\d{1,3}", before) and _at_line_start(text, match.start(), before)
    ):
        return False
    following = text[match.end() : match.end() + 40].lstrip()
    return not (len(before) == 1 and before.isalpha() and following[:1].isupper() and before != "i")


def _at_line_start(text: str, end: int, word: str) -> bool:
    """Whether `word.` is the number of a list item."""
    line = text.rfind("\n", 0, end) + 1
    return text[line:end].strip() == word


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
