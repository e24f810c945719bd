"""Markdown of a note as safe HTML, block by block: a second door to `markdown_it`.

Raw HTML is text. Links lead to http(s) and mailto addresses only; a picture is shown as its description and address,
so that nothing is ever loaded. Formulas become MathML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from ui.formulas import formula_at, formula_html
from ui.note_marks import Marks

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_SAFE_LINKS = ("http://", "https://", "mailto:")
_LONGEST_ADDRESS = 80
"""Characters of a picture's address that are shown: it may hold the picture itself."""

DRAWN_CHARACTERS = 12_000
"""Of the formulas of one rendering; what comes after is shown as TeX. They took less than 0.7 s on a busy machine."""

_Tokens = Sequence["Token"]


@dataclass(slots=True)
class Rendering:
    """What the rules share while one text is rendered: the marks, and how many characters of formulas may be drawn."""

    marks: Marks | None = None
    drawn_left: int = DRAWN_CHARACTERS


@dataclass(frozen=True, slots=True)
class MarkdownBlock:
    """An outermost block: `lines` of the source, and its tokens."""

    lines: tuple[int, int]
    tokens: tuple[Token, ...]


def markdown_blocks(text: str, references: dict[str, Any]) -> list[MarkdownBlock]:
    """The outermost blocks of `text`; `references` takes its link definitions, and gives those of an earlier text."""
    blocks: list[MarkdownBlock] = []
    group: list[Token] = []
    for token in _parser().parse(text, references):
        group.append(token)
        if token.level == 0 and token.nesting <= 0:
            blocks.append(MarkdownBlock(_lines(group[0]), tuple(group)))
            group = []
    return blocks


def render_tokens(tokens: _Tokens, rendering: Rendering) -> str:
    """HTML of some tokens."""
    parser = _parser()
    html: str = parser.renderer.render(list(tokens), parser.options, {"rendering": rendering})
    return html


_LEAVES = frozenset({"inline", "fence", "code_block", "math_block", "math_block_label"})


def mark_leaves(tokens: _Tokens, marks: Marks, chosen: Callable[[tuple[int, int]], bool]) -> list[Token]:
    """The tokens, marks around all that is in the paragraphs, cells, formulas and code whose lines are `chosen`."""
    return [_marked(token, marks) if _is_leaf(token) and chosen(_lines(token)) else token for token in tokens]


def _is_leaf(token: Token) -> bool:
    return token.type in _LEAVES and token.map is not None and bool(token.content)


def _lines(token: Token) -> tuple[int, int]:
    first, last = token.map or (0, 0)
    return first, last


def _marked(token: Token, marks: Marks) -> Token:
    from markdown_it.token import Token

    if token.type != "inline":
        return token.copy(content=f"{marks.opening}{token.content}{marks.closing}")
    opening, closing = (Token("text", "", 0, content=sign) for sign in (marks.opening, marks.closing))
    return token.copy(children=[opening, *(token.children or []), closing])


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.use(dollarmath_plugin, allow_labels=True)
    parser.disable("math_inline")
    parser.inline.ruler.before("escape", "formula", _formula_rule)
    for name, rule in _RULES.items():
        parser.add_render_rule(name, rule)
    return parser


def _formula_rule(state: StateInline, silent: bool) -> bool:
    r"""Reads `$…$`, `$$…$$`, `\(…\)` and `\[…\]` inside a paragraph."""
    found = formula_at(state.src, state.pos)
    if found is None or found.stop > state.posMax:
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = state.src[found.start : found.end]
        token.meta = {"display": found.display}
    state.pos = found.stop
    return True


# --- how tokens are written; the renderer calls these with itself, all tokens, the index, options and environment ---


def _formula(_: Any, tokens: _Tokens, at: int, __: Any, env: Mapping[str, Any]) -> str:
    return draw(tokens[at].content, display=bool(tokens[at].meta["display"]), rendering=env["rendering"])


def _formula_block(_: Any, tokens: _Tokens, at: int, __: Any, env: Mapping[str, Any]) -> str:
    return formula_frame(draw(tokens[at].content, display=True, rendering=env["rendering"]))


def formula_frame(drawn: str) -> str:
    """A formula on lines of its own, which scrolls where it is too wide."""
    return f'<div class="fn-formula" role="group" aria-label="Formula" tabindex="0">{drawn}</div>\n'


def draw(tex: str, *, display: bool, rendering: Rendering) -> str:
    """A formula, marked as a whole where a mark stands in it."""
    before, tex, after = rendering.marks.around(tex) if rendering.marks else ("", tex, "")
    rendering.drawn_left -= len(tex)
    drawn = formula_html(tex, display=display) if rendering.drawn_left >= 0 else f"<code>{escape(tex.strip())}</code>"
    return f"{before}{drawn}{after}"


def _fence(_: Any, tokens: _Tokens, at: int, __: Any, env: Mapping[str, Any]) -> str:
    marks = env["rendering"].marks
    language = marks.without(tokens[at].info) if marks else tokens[at].info  # a label is never marked
    return code_frame(tokens[at].content, next(iter(language.split()), ""))


def code_frame(code: str, language: str = "") -> str:
    """Code with the name of its language, which scrolls where it is too wide."""
    label = f"<figcaption>{escape(language)}</figcaption>" if language else ""
    return f'<figure class="fn-code">{label}<pre tabindex="0"><code>{escape(code)}</code></pre></figure>\n'


def _heading(tag: str) -> Any:
    def rule(_: Any, tokens: _Tokens, at: int, *__: Any) -> str:
        level = min(6, int(tokens[at].tag[1]) + 2)  # the page has headings of its own above the note's
        return f"<{tag}h{level}>" + ("\n" if tag else "")

    return rule


def _link_open(_: Any, tokens: _Tokens, at: int, *__: Any) -> str:
    address = str(tokens[at].attrGet("href") or "")
    if not address.lower().startswith(_SAFE_LINKS):
        return f'<span class="fn-nolink" title="{escape(address[:_LONGEST_ADDRESS])}">'
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">'


def _link_close(_: Any, tokens: _Tokens, at: int, *__: Any) -> str:
    opening = next(token for token in reversed(tokens[:at]) if token.type == "link_open")
    return "</a>" if str(opening.attrGet("href") or "").lower().startswith(_SAFE_LINKS) else "</span>"


def _image(_: Any, tokens: _Tokens, at: int, *__: Any) -> str:
    address = str(tokens[at].attrGet("src") or "")
    shown = address if len(address) <= _LONGEST_ADDRESS else address[:_LONGEST_ADDRESS] + "…"
    said = escape(tokens[at].content or "picture")
    return f'<span class="fn-picture">{said} <code>{escape(shown)}</code></span>'


def _literal(html: str) -> Any:
    return lambda *_: html


def _cell(name: str) -> Any:
    def rule(_: Any, tokens: _Tokens, at: int, *__: Any) -> str:
        style = str(tokens[at].attrGet("style") or "")
        side = next((side for side in ("center", "right") if style.endswith(side)), "")
        return f'<{name} class="fn-{side}">' if side else f"<{name}>"

    return rule


_RULES: dict[str, Any] = {
    "formula": _formula,
    "math_block": _formula_block,
    "math_block_label": _formula_block,
    "fence": _fence,
    "code_block": _fence,
    "heading_open": _heading(""),
    "heading_close": _heading("/"),
    "link_open": _link_open,
    "link_close": _link_close,
    "image": _image,
    "table_open": _literal('<div class="fn-table" role="group" aria-label="Table" tabindex="0"><table>\n'),
    "table_close": _literal("</table></div>\n"),
    "th_open": _cell("th"),
    "td_open": _cell("td"),
}
