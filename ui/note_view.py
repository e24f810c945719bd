"""A whole note as safe HTML, with one span of its text marked.

`note_html(note, start, end)` shows `note.text[start:end]` in `<mark>`; the first mark has the id `fn-place`. In
Markdown a mark may have to give way to the markup (a span that starts at `## ` is marked after it); where no place
fits, the smallest blocks that hold the span are marked whole. Nothing else is ever marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from corpus import Note
from corpus.sections import Block, outline_text
from ui.formulas import LONGEST, formulas_in
from ui.note_markdown import (
    MarkdownBlock,
    Rendering,
    code_frame,
    draw,
    formula_frame,
    mark_leaves,
    markdown_blocks,
    render_tokens,
)
from ui.note_marks import Marks

LONGEST_LAID_OUT = 150_000
"""Characters up to which a note is laid out; a longer one is shown as it stands, at once."""
LONGEST_LINE = 5_000
"""The same for a line: some markup takes time that grows with the square of it."""
_SHORT = 20_000
_MARKUP = "[]()*_`<>$\\|&~#!"
_DENSE = 0.25
"""Share of markup in a note beyond `_SHORT` characters from which on it is no writing, and takes seconds to lay out."""

_TRIES = 64
"""Places that are tried for a mark on either side: more than the markup at the edge of any sensible block."""
_LONGEST_TRIED = 20_000
"""Characters of a block up to which places are tried: each costs a rendering of the block."""


def note_html(note: Note, start: int = 0, end: int = 0) -> str:
    """The note's text as HTML; `[start, end)` of it is marked, and nothing where that is empty."""
    length = len(note.text)
    start, end = max(0, min(start, length)), max(0, min(end, length))
    marks = Marks.absent_from(note.text)
    if not _can_be_laid_out(note.text):
        marked = marks.put(note.text, start, end) if start < end else note.text
        body = f'<pre class="fn-plain" tabindex="0">{escape(marked)}</pre>'
    elif note.markup == "markdown":
        body = _Markdown(note.text, marks).html(start, end)
    else:
        body = _Plain(note.text, marks, start, end, Rendering(marks)).html()
    return f'<article class="fn-whole">{marks.to_html(body)}</article>'


def _can_be_laid_out(text: str) -> bool:
    """Whether laying the text out ends soon."""
    if len(text) > LONGEST_LAID_OUT or any(len(line) > LONGEST_LINE for line in text.split("\n")):
        return False
    return len(text) <= _SHORT or sum(map(text.count, _MARKUP)) <= _DENSE * len(text)


# --- Markdown ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Markdown:
    text: str
    marks: Marks

    def html(self, start: int, end: int) -> str:
        """HTML with the marks still in it as characters."""
        references: dict[str, Any] = {}
        lines = _line_starts(self.text)
        plain, parts = Rendering(), []
        for block in markdown_blocks(self.text, references):
            first, last = lines[block.lines[0]], lines[min(block.lines[1], len(lines) - 1)]
            if first < end and start < last and start < end:
                source = self.text[first:last]
                parts.append(self._marked(block, source, max(0, start - first), min(end, last) - first, references))
            else:
                parts.append(render_tokens(block.tokens, plain))
        return "".join(parts)

    def _marked(self, block: MarkdownBlock, source: str, start: int, end: int, references: dict[str, Any]) -> str:
        """One block with the part of the span that lies in it."""
        if not source[start:end].strip():
            return render_tokens(block.tokens, Rendering())
        if len(source) <= _LONGEST_TRIED:
            fitting = _Fitting(source, render_tokens(block.tokens, Rendering()), references, self.marks)
            if placed := fitting.place(start, end):
                return placed
        return _whole_leaves(block, source, start, end, self.marks)


@dataclass(frozen=True, slots=True)
class _Fitting:
    """Looks for places in the source of one block at which marks change nothing of its rendering."""

    source: str
    expected: str
    references: dict[str, Any]
    marks: Marks

    def place(self, start: int, end: int) -> str:
        """The block's HTML with both marks, or an empty string where they fit nowhere."""
        opening = next((at for at in self._forward(start, end) if self._fits(at, self.marks.opening)), None)
        if opening is None:
            return ""
        closing = next((at for at in self._backward(opening, end) if self._fits(at, self.marks.closing)), None)
        if closing is None:
            return ""
        html = self._render(self.marks.put(self.source, opening, closing))
        return html if self.marks.without(html) == self.expected else ""

    def _forward(self, start: int, end: int) -> Iterator[int]:
        return (at for at in range(start, min(end, start + _TRIES)) if not self.source[at].isspace())

    def _backward(self, start: int, end: int) -> Iterator[int]:
        return (at for at in range(end, max(start, end - _TRIES), -1) if not self.source[at - 1].isspace())

    def _fits(self, at: int, sign: str) -> bool:
        html = self._render(self.source[:at] + sign + self.source[at:])
        return html.replace(sign, "") == self.expected and not self.marks.spoilt(html, sign)

    def _render(self, source: str) -> str:
        tokens = [token for block in markdown_blocks(source, dict(self.references)) for token in block.tokens]
        return render_tokens(tokens, Rendering(self.marks))


def _whole_leaves(block: MarkdownBlock, source: str, start: int, end: int, marks: Marks) -> str:
    """The block in which every paragraph, cell, formula and code that shares a line with the span is marked whole."""
    starts, first = _line_starts(source), block.lines[0]

    def shares(lines: tuple[int, int]) -> bool:
        low, high = (starts[min(line - first, len(starts) - 1)] for line in lines)
        return bool(source[max(low, start) : min(high, end)].strip())

    return render_tokens(mark_leaves(block.tokens, marks, shares), Rendering(marks))


# --- plain text -------------------------------------------------------------------------------------------------


_FENCED = re.compile(r"\s*(?:```+|~~~+)[ \t]*(\w*)[^\n]*\n(.*?)(?:\n[ \t]*(?:```+|~~~+)\s*)?\Z", re.DOTALL)
_FORMULA = re.compile(r"\s*(?:\$\$|\\\[)(.*?)(?:\$\$|\\\])\s*\Z", re.DOTALL)
_PARAGRAPH = re.compile(r"\S(?:.|\n(?!\s*\n))*")


@dataclass(frozen=True, slots=True)
class _Plain:
    """Plain text, whose blocks are a guess: what looks like a heading, a list, code or a formula is shown as one."""

    text: str
    marks: Marks
    start: int
    end: int
    rendering: Rendering

    def html(self) -> str:
        """HTML with the marks still in it as characters."""
        parts, at = [], 0
        for block in outline_text(self.text, markdown=False).blocks:
            parts += [self._prose(at, block.start), self._block(block)]
            at = block.end
        return "".join([*parts, self._prose(at, len(self.text))])

    def _slice(self, start: int, end: int) -> str:
        """A part of the text with marks around what it has of the span."""
        low, high = max(start, self.start), min(end, self.end)
        part = self.text[start:end]
        return self.marks.put(part, low - start, high - start) if low < high else part

    def _block(self, block: Block) -> str:
        source = self.text[block.start : block.end]
        if block.kind == "heading":
            line = source.rstrip().split("\n")[0].rstrip("¶ ")
            return f"<h4>{escape(self._slice(block.start, block.start + len(line)))}</h4>\n"
        if block.kind == "fence" and (found := _FENCED.match(source)):
            return code_frame(self._slice(block.start + found.start(2), block.start + found.end(2)), found[1])
        if block.kind == "math" and len(source) <= LONGEST:
            inner = found.span(1) if (found := _FORMULA.match(source)) else (0, len(source))
            tex = self._slice(block.start + inner[0], block.start + inner[1])
            return formula_frame(draw(tex, display=True, rendering=self.rendering))
        return self._prose(block.start, block.end)

    def _prose(self, start: int, end: int) -> str:
        found = _PARAGRAPH.finditer(self.text, start, end)
        return "".join(f'<p class="fn-prose">{self._line(one.start(), one.end())}</p>\n' for one in found)

    def _line(self, start: int, end: int) -> str:
        """A paragraph with its formulas drawn."""
        parts, done = [], start
        for opened, formula in formulas_in(self.text[start:end]):
            parts.append(escape(self._slice(done, start + opened)))
            tex = self._slice(start + formula.start, start + formula.end)
            parts.append(draw(tex, display=formula.display, rendering=self.rendering))
            done = start + formula.stop
        return "".join([*parts, escape(self._slice(done, end))])


def _line_starts(text: str) -> list[int]:
    """Offset of each line, and the end of the text."""
    return [0, *(found.end() for found in re.finditer("\n", text)), len(text)]
