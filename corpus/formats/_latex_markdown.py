"""The body of a LaTeX document as Markdown, on pylatexenc's parser and its rules for accents, quotes and symbols."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pylatexenc import latex2text, latexwalker
from pylatexenc.latex2text import EnvironmentTextSpec, LatexNodes2Text, MacroTextSpec
from pylatexenc.macrospec import EnvironmentSpec, MacroSpec

from corpus.formats._latex_names import (
    ARGUMENTS,
    CITATIONS,
    DROPPED,
    HEADINGS,
    LAST_ARGUMENT,
    LISTS,
    NAMED_BLOCKS,
    REFERENCES,
    TABLES,
    WORDS,
)
from corpus.formats._latex_source import CLOSE, OPEN, Source

_LONGEST_HEADING = 200
"""Characters: a longer one has lost its closing brace."""

_BARE_MATH = frozenset({"equation", "equation*", "displaymath", "math"})
"""Environments that only say that a formula stands apart; others give it its shape and stay in it."""

_INDENTED = re.compile(r"[ \t]*\n[ \t]*")
_LABEL = re.compile(r"\\label\{[^{}]*\}|\\(?:nonumber|notag)\b")
_INNER_SPACES = re.compile(r"(?<=\S) {2,}(?=\S)")
_EDGE_SPACE = re.compile(r" +(?=\n)|(?<=\n) (?=\S)")
"""At line ends, and the single space at the start of a line; what is indented on purpose has more."""
_BLANK_LINES = re.compile(r"\n{3,}")
_KEPT = re.compile(rf"([ \t]*(?:- |\d+\. )?){OPEN}(\d+){CLOSE}")


def to_markdown(source: Source) -> str:
    """The body as Markdown; an empty text where nothing is printed."""
    levels = HEADINGS if re.search(r"\\(?:chapter|part)\b", source.body) else HEADINGS[2:]
    converter = _Converter(levels, source.plain_macros, list(source.kept))
    return converter.markdown(source.body)


def plain(source: Source, latex: str) -> str:
    """A short piece of the same document, such as its title, on one line."""
    return " ".join(_Converter((), source.plain_macros, list(source.kept)).markdown(latex).split())


class _Converter(LatexNodes2Text):  # type: ignore[misc]
    """pylatexenc's conversion with Markdown for structure and TeX for formulas."""

    def __init__(self, levels: tuple[str, ...], words: Mapping[str, str], kept: list[str]) -> None:
        self._levels = levels
        self._kept = kept
        self._context = latexwalker.get_default_latex_context_db()
        self._context.add_context_category("notes", _macro_arguments(), _environment_arguments(), prepend=True)
        rules = latex2text.get_default_latex_context_db()
        rules.add_context_category("notes", self._macro_rules(words), self._environment_rules(), prepend=True)
        super().__init__(latex_context=rules, math_mode="verbatim")

    def markdown(self, latex: str) -> str:
        walker = latexwalker.LatexWalker(latex, latex_context=self._context, tolerant_parsing=True)
        nodes, _, _ = walker.get_latex_nodes()
        text = _tidy(self.nodelist_to_text(nodes))
        return self._put_back(text).strip()

    def chars_node_to_text(self, node: Any, textcol: int = 0) -> str:
        return _INDENTED.sub("\n", node.chars)

    def math_node_to_text(self, node: Any) -> str:
        if node.isNodeType(latexwalker.LatexEnvironmentNode):
            verbatim = node.latex_verbatim()
            bare = node.environmentname in _BARE_MATH
            return self._display("".join(inner.latex_verbatim() for inner in node.nodelist) if bare else verbatim)
        inner = "".join(part.latex_verbatim() for part in node.nodelist)
        return self._display(inner) if node.displaytype == "display" else f"${' '.join(inner.split())}$"

    def _display(self, tex: str) -> str:
        lines = [line.strip() for line in _LABEL.sub("", tex).split("\n")]
        return self._keep("$$\n" + "\n".join(line for line in lines if line) + "\n$$")

    def _keep(self, block: str) -> str:
        """A mark for a block that must not be changed any more."""
        self._kept.append(block)
        return f"\n\n{OPEN}{len(self._kept) - 1}{CLOSE}\n\n"

    def _put_back(self, text: str) -> str:
        """The text with its blocks in place of their marks, indented as far as what stands before them."""

        def block(mark: re.Match[str]) -> str:
            content = self._put_back(self._kept[int(mark[2])])
            return mark[1] + content.replace("\n", "\n" + " " * len(mark[1]))

        return _KEPT.sub(block, text)

    # --- macros -------------------------------------------------------------------------------------------------

    def _macro_rules(self, words: Mapping[str, str]) -> list[MacroTextSpec]:
        formatted: dict[str, Callable[[Any], str]] = {
            **dict.fromkeys(LAST_ARGUMENT, self._last_argument),
            **dict.fromkeys(CITATIONS, self._keys),
            **dict.fromkeys(REFERENCES, self._keys),
            **dict.fromkeys((*HEADINGS, "frametitle"), self._heading),
            "multicolumn": self._last_argument,
            "footnote": lambda node: f" ({self._last_argument(node).strip()})",
            "caption": lambda node: f"\n\nCaption: {' '.join(self._last_argument(node).split())}\n\n",
            "texttt": lambda node: _code_span(self._last_argument(node)),
            "url": lambda node: self._verbatim_argument(node, 0),
            "href": lambda node: f"[{self._last_argument(node).strip()}]({self._verbatim_argument(node, 0)})",
            "bibitem": lambda node: f"\n\n({self._verbatim_argument(node, 1)}) ",
        }
        plain_words = {**WORDS, **words, **dict.fromkeys(DROPPED, "")}
        return [
            *(MacroTextSpec(name, simplify_repl=rule) for name, rule in formatted.items()),
            *(MacroTextSpec(name, simplify_repl=lambda node, text=text: text) for name, text in plain_words.items()),
        ]

    def _last_argument(self, node: Any) -> str:
        arguments = _arguments(node)
        text: str = self._groupnodecontents_to_text(arguments[-1]) if arguments else ""
        return text

    def _verbatim_argument(self, node: Any, index: int) -> str:
        arguments = _arguments(node)
        if index >= len(arguments) or arguments[index] is None:
            return ""
        inner = getattr(arguments[index], "nodelist", [arguments[index]])
        return "".join(part.latex_verbatim() for part in inner).replace("\\", "").strip()

    def _keys(self, node: Any) -> str:
        keys = self._verbatim_argument(node, len(_arguments(node)) - 1)
        return "(" + "; ".join(key.strip() for key in keys.split(",")) + ")"

    def _heading(self, node: Any) -> str:
        title, _, rest = self._last_argument(node).strip().partition("\n\n")
        title = " ".join(title.split())
        if not title or len(title) > _LONGEST_HEADING:
            return f"\n\n{title}\n\n{rest}"
        level = self._levels.index(node.macroname) + 1 if node.macroname in self._levels else 2
        return f"\n\n{'#' * min(level, 6)} {title}\n\n{rest}"

    # --- environments -------------------------------------------------------------------------------------------

    def _environment_rules(self) -> list[EnvironmentTextSpec]:
        formatted: dict[str, Callable[[Any], str]] = {
            **dict.fromkeys(LISTS, self._list),
            **dict.fromkeys(TABLES, self._table),
            **dict.fromkeys((name + star for name in NAMED_BLOCKS for star in ("", "*")), self._named_block),
            **dict.fromkeys(("quote", "quotation", "displayquote"), self._quote),
            "abstract": lambda node: f"\n\n# Abstract\n\n{self.nodelist_to_text(node.nodelist).strip()}\n\n",
        }
        paragraphs = ("center", "minipage", "figure", "figure*", "table", "table*", "frame", "column", "columns")
        formatted |= dict.fromkeys(paragraphs, self._paragraph)
        return [EnvironmentTextSpec(name, simplify_repl=rule) for name, rule in formatted.items()]

    def _paragraph(self, node: Any) -> str:
        return f"\n\n{self.nodelist_to_text(node.nodelist).strip()}\n\n"

    def _quote(self, node: Any) -> str:
        lines = _tidy(self.nodelist_to_text(node.nodelist)).split("\n")
        return "\n\n" + "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n"

    def _named_block(self, node: Any) -> str:
        name = node.environmentname.rstrip("*").capitalize()
        arguments = _arguments(node)
        title = self._groupnodecontents_to_text(arguments[0]).strip() if arguments else ""
        head = f"**{name}**" + (f" ({title})." if title and node.environmentname != "algorithm" else ".")
        return f"\n\n{head} {self.nodelist_to_text(node.nodelist).strip()}\n\n"

    def _list(self, node: Any) -> str:
        items: list[tuple[str, list[Any]]] = []
        for child in node.nodelist:
            if child.isNodeType(latexwalker.LatexMacroNode) and child.macroname == "item":
                items.append((self._last_argument(child).strip(), []))
            elif items:
                items[-1][1].append(child)
        lines = []
        for number, (label, nodes) in enumerate(items, start=1):
            mark = f"{number}. " if node.environmentname == "enumerate" else "- "
            text = _tidy(self.nodelist_to_text(nodes))
            text = f"{label}: {text}" if label and node.environmentname == "description" else text
            lines.append(mark + re.sub(r"\n(?!\n)", "\n" + " " * len(mark), text))
        return "\n\n" + "\n".join(lines) + "\n\n"

    def _table(self, node: Any) -> str:
        rows: list[list[list[Any]]] = [[[]]]
        for child in node.nodelist:
            if child.isNodeType(latexwalker.LatexSpecialsNode) and child.specials_chars == "&":
                rows[-1].append([])
            elif child.isNodeType(latexwalker.LatexMacroNode) and child.macroname in ("\\", "tabularnewline"):
                rows.append([[]])
            else:
                rows[-1][-1].append(child)
        cells = [[text for nodes in row for text in self._cell(nodes)] for row in rows]
        cells = [row for row in cells if any(row)]
        if not cells:
            return ""
        width = max(map(len, cells))
        lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in cells]
        return self._keep("\n".join([lines[0], "|" + " --- |" * width, *lines[1:]]))

    def _cell(self, nodes: list[Any]) -> list[str]:
        """The text of a cell, with empty ones behind it where it spans columns."""
        spans = [n for n in nodes if n.isNodeType(latexwalker.LatexMacroNode) and n.macroname == "multicolumn"]
        width = self._verbatim_argument(spans[0], 0) if spans else "1"
        text = self._put_back(self.nodelist_to_text(nodes))
        empty = [""] * (min(int(width), 64) - 1 if width.isdecimal() else 0)
        return [" ".join(text.split()).replace("|", "\\|"), *empty]


def _tidy(text: str) -> str:
    text = _INNER_SPACES.sub(" ", text.replace("\xa0", " "))
    return _BLANK_LINES.sub("\n\n", _EDGE_SPACE.sub("", text)).strip()


def _arguments(node: Any) -> list[Any]:
    return list(node.nodeargd.argnlist) if node.nodeargd and node.nodeargd.argnlist else []


def _code_span(text: str) -> str:
    return f"`{text}`" if text and not re.search(r"[`\n]", text) else text


def _macro_arguments() -> list[MacroSpec]:
    written = {
        **LAST_ARGUMENT,
        **DROPPED,
        **dict.fromkeys(WORDS, ""),
        **dict.fromkeys(CITATIONS, "*[[{"),
        **dict.fromkeys(REFERENCES, "*{"),
        **dict.fromkeys(HEADINGS, "*[{"),
        **{"frametitle": "{", "caption": "*[{", "href": "{{", "url": "{", "bibitem": "[{", "multicolumn": "{{{"},
        "\\": "*[",
    }
    return [MacroSpec(name, arguments) for name, arguments in written.items()]


def _environment_arguments() -> list[EnvironmentSpec]:
    written = {**dict.fromkeys((name + star for name in NAMED_BLOCKS for star in ("", "*")), "["), **ARGUMENTS}
    return [EnvironmentSpec(name, arguments) for name, arguments in written.items()]
