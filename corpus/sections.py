"""The outline of a note: its sections, and the blocks that a chunk should not cut.

Markdown is read by markdown-it-py, whose tokens carry line numbers. Plain text has no grammar, so its outline is a
guess from lines: a line that ends in `¶`, an underlined line, or a short line that stands alone before a paragraph or
a list is a heading; fences, `$$` blocks, LaTeX environments and list items are blocks.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from corpus.note import Note

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

BlockKind = Literal["heading", "paragraph", "fence", "math", "list_item", "table", "html"]

MAX_MARKDOWN = 2_000_000
"""Characters up to which Markdown is parsed; longer texts get the outline of plain text, in bounded time."""

MAX_HEADING = 80
"""Characters: the longest line of plain text that is taken for a heading without a mark of its own."""

_MARK = "¶"
_MARKS_NEEDED = 3
"""Lines with the mark from which on a text is taken to mark all of its headings."""

_PAGE_BREAK = "\f"
"""Stands on a line of its own between two pages; a page is a section."""
_PLAIN_LEVEL = 2
"""Plain headings have no levels, except the first line of a note, which is its title."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it, sub-sections included: `[start, end)` of the note's text.

    `path` holds the titles of the enclosing sections, outermost first, and ends with its own.
    """

    path: tuple[str, ...]
    level: int
    start: int
    end: int

    @property
    def title(self) -> str:
        return self.path[-1]


@dataclass(frozen=True, slots=True)
class Block:
    """A span of the note's text that belongs together; blocks are in order and do not overlap."""

    kind: BlockKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Outline:
    """Sections and blocks of one note, both in reading order."""

    sections: tuple[Section, ...]
    blocks: tuple[Block, ...]

    def heading_at(self, offset: int) -> tuple[str, ...]:
        """Titles of the sections that enclose `offset`, outermost first."""
        # A section ends only where another starts, so the last one that started is the innermost one.
        last = bisect_right(self.sections, offset, key=lambda section: section.start) - 1
        return self.sections[last].path if last >= 0 else ()

    def blocks_in(self, start: int, end: int) -> tuple[Block, ...]:
        """The blocks that start in `[start, end)`."""
        first = bisect_left(self.blocks, start, key=lambda block: block.start)
        return self.blocks[first : bisect_left(self.blocks, end, lo=first, key=lambda block: block.start)]


@dataclass(frozen=True, slots=True)
class _Heading:
    title: str
    level: int
    start: int


def outline(note: Note) -> Outline:
    """The outline of `note`, by its markup."""
    return outline_text(note.text, markdown=note.markup == "markdown")


@lru_cache(maxsize=256)
def outline_text(text: str, *, markdown: bool) -> Outline:
    """The outline of a text; an empty text has none."""
    if markdown and len(text) <= MAX_MARKDOWN:
        headings, blocks = _markdown_outline(text)
    else:
        headings, blocks = _plain_outline(text)
    return Outline(tuple(_nest(headings, len(text))), tuple(blocks))


def _nest(headings: list[_Heading], length: int) -> list[Section]:
    """Each heading's section, which ends at the next heading of its level or above."""
    ends = [length] * len(headings)
    paths: list[tuple[str, ...]] = []
    open_ones: list[int] = []
    for index, heading in enumerate(headings):
        while open_ones and headings[open_ones[-1]].level >= heading.level:
            ends[open_ones.pop()] = heading.start
        open_ones.append(index)
        paths.append(tuple(headings[at].title for at in open_ones))
    return [
        Section(path, heading.level, heading.start, end)
        for heading, path, end in zip(headings, paths, ends, strict=True)
    ]


# --- Markdown ---------------------------------------------------------------------------------------------------

_BLOCKS: dict[str, BlockKind] = {
    "paragraph_open": "paragraph",
    "fence": "fence",
    "code_block": "fence",
    "math_block": "math",
    "math_block_label": "math",
    "table_open": "table",
    "html_block": "html",
    "blockquote_open": "paragraph",
    "list_item_open": "list_item",
}


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    return MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, allow_labels=True)


def _markdown_outline(text: str) -> tuple[list[_Heading], list[Block]]:
    lines = _line_starts(text)
    headings: list[_Heading] = []
    blocks: list[Block] = []
    tokens = _parser().parse(text)
    outer_items = _items_with_items(tokens)
    for index, token in enumerate(tokens):
        if token.map is None or index in outer_items:
            continue
        start, end = lines[token.map[0]], lines[min(token.map[1], len(lines) - 1)]
        if blocks and start < blocks[-1].end:
            continue  # inside a block that is already kept whole
        if token.type == "heading_open":
            headings.append(_Heading(_heading_title(tokens[index + 1].content), int(token.tag[1]), start))
            blocks.append(Block("heading", start, end))
        elif token.type in _BLOCKS:
            blocks.append(Block(_BLOCKS[token.type], start, end))
    return headings, blocks


def _items_with_items(tokens: list[Token]) -> set[int]:
    """Indices of the list items that hold a list; its items are the blocks then."""
    found: set[int] = set()
    open_items: list[int] = []
    for index, token in enumerate(tokens):
        if token.type == "list_item_open":
            found.update(open_items[-1:])
            open_items.append(index)
        elif token.type == "list_item_close":
            open_items.pop()
    return found


def _heading_title(content: str) -> str:
    without_links = re.sub(r"!?\[([^\[\]]{0,300})\]\([^)]{0,2000}\)", r"\1", content)
    return re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", without_links).rstrip("#¶ ").strip()


def _line_starts(text: str) -> list[int]:
    """Offset of each line's first character, and the text's length at the end."""
    starts = [0]
    starts.extend(match.end() for match in re.finditer("\n", text))
    starts.append(len(text))
    return starts


# --- Plain text -------------------------------------------------------------------------------------------------

_LIST_ITEM = re.compile(r"\s*(?:[-*•‣◦▪·–—]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+\S")
_FENCE = re.compile(r"\s*(```+|~~~+)")
_ENVIRONMENT = re.compile(r"\s*\\begin\{(\w+\*?)\}")
_UNDERLINE = re.compile(r"(?:={3,}|-{3,})\s*")
_NO_TITLE = re.compile(r"[{}=<>|\\;]|https?:|\w\(|^\d+$|\$\$|^(?:fig|figure|source|table)\b", re.IGNORECASE)
"""Signs of code, addresses, formulas and captions."""
_UNFINISHED = frozenset(
    """
    a an and are as at by for from in is of on or that the to was which with
    """.split()
)
"""Last words of a line that goes on."""
_SENTENCE_END = (".", "!", ";", ",", "…")


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def blank(self) -> bool:
        return not self.text.strip()


def _plain_outline(text: str) -> tuple[list[_Heading], list[Block]]:
    starts = _line_starts(text)
    lines = [_Line(text[a:b], a) for a, b in pairwise(starts)]
    headings: list[_Heading] = []
    blocks: list[Block] = []
    paged = _PAGE_BREAK in text
    marked = text.count(_MARK + "\n") >= _MARKS_NEEDED
    if paged:
        headings.append(_Heading("page 1", 1, 0))
    index = 0
    while index < len(lines):
        if paged and _PAGE_BREAK in lines[index].text:
            page = 1 + sum(heading.level == 1 for heading in headings)
            headings.append(_Heading(f"page {page}", 1, lines[index].start))
        if lines[index].blank:
            index += 1
            continue
        kind, stop = _plain_block(lines, index, marked)
        if kind == "heading":
            level = 1 if not headings else _PLAIN_LEVEL
            headings.append(_Heading(lines[index].text.strip().rstrip(_MARK).rstrip(" :"), level, lines[index].start))
        blocks.append(Block(kind, lines[index].start, lines[stop - 1].end))
        index = stop
    return headings, blocks


def _plain_block(lines: list[_Line], index: int, marked: bool) -> tuple[BlockKind, int]:
    """Kind of the block that starts at a line, and the index of the line after it."""
    line = lines[index].text
    if fence := _FENCE.match(line):
        return "fence", _closing(lines, index, lambda text: text.strip().startswith(fence[1]))
    if environment := _ENVIRONMENT.match(line):
        return "math", _closing(lines, index - 1, lambda text: f"\\end{{{environment[1]}}}" in text)
    if line.strip().startswith("$$") and line.count("$$") % 2:
        return "math", _closing(lines, index, lambda text: "$$" in text)
    if heading := _heading_lines(lines, index, marked):
        return "heading", index + heading
    if _LIST_ITEM.match(line):
        return "list_item", _item_end(lines, index)
    return "paragraph", _paragraph_end(lines, index, marked)


def _closing(lines: list[_Line], opening: int, closes: Callable[[str], bool]) -> int:
    """Index after the line that closes a block; without one, the block is its first line alone."""
    for index in range(opening + 1, len(lines)):
        if closes(lines[index].text):
            return index + 1
    return max(opening, 0) + 1


def _item_end(lines: list[_Line], index: int) -> int:
    """An item goes on over lines that are indented deeper than its mark."""
    indent = _indent(lines[index].text)
    stop = index + 1
    while stop < len(lines) and not lines[stop].blank and _indent(lines[stop].text) > indent:
        if _LIST_ITEM.match(lines[stop].text):
            break
        stop += 1
    return stop


def _paragraph_end(lines: list[_Line], index: int, marked: bool) -> int:
    stop = index + 1
    while stop < len(lines) and not lines[stop].blank:
        line = lines[stop].text
        if (
            _LIST_ITEM.match(line)
            or _FENCE.match(line)
            or _ENVIRONMENT.match(line)
            or _heading_lines(lines, stop, marked)
        ):
            break
        stop += 1
    return stop


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _heading_lines(lines: list[_Line], index: int, marked: bool) -> int:
    """How many lines a heading takes that starts here: 0 for none, 2 for an underlined one.

    Where the text marks its headings (`marked`), nothing else is one.
    """
    text = lines[index].text.strip()
    if text.endswith(_MARK):
        return int(len(text) > 1)
    if marked:
        return 0
    following = lines[index + 1].text if index + 1 < len(lines) else ""
    if _UNDERLINE.fullmatch(following) and 2 < len(text) <= MAX_HEADING and len(following.strip()) >= len(text) // 2:
        return 2
    return int(_reads_as_heading(text) and _stands_alone(lines, index))


def _reads_as_heading(text: str) -> bool:
    """A short line of words that begins like a title and does not end or read like a sentence or code."""
    if not 2 < len(text) <= MAX_HEADING or text.endswith(_SENTENCE_END) or _LIST_ITEM.match(text):
        return False
    words = text.split()
    if not (text[0].isupper() or text[0].isdigit()) or len(words) > 10 or words[-1] in _UNFINISHED:
        return False
    return not _NO_TITLE.search(text)


def _stands_alone(lines: list[_Line], index: int) -> bool:
    """Whether what follows is a longer line or a list, and what precedes is over."""
    following = next((line for line in lines[index + 1 : index + 3] if not line.blank), None)
    if following is None:
        return False
    before = lines[index - 1].text.strip() if index else ""
    text = lines[index].text.strip()
    over = not before or before.endswith((*_SENTENCE_END, ":", "?", ")", "$", _MARK)) or bool(_LIST_ITEM.match(before))
    opens = bool(_LIST_ITEM.match(following.text)) or len(following.text.strip()) > max(len(text), 40)
    return opens and (over or len(text) <= 40)
