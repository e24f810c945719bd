"""The HTML elements of notes as Markdown, on markdownify's converter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from markdownify import MarkdownConverter

from corpus.formats._fence import fence

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_LANGUAGE = re.compile(r"(?:language|lang|highlight-source|highlight|brush)[-:]\s*([\w+#.-]+)", re.IGNORECASE)
_NAMED_CLASSES = frozenset({"sourceCode", "hljs", "prettyprint", "src", "code"})
"""Classes beside which a highlighter puts the bare name of the language (`sourceCode python`)."""
_NO_LANGUAGE = frozenset({"text", "default", "none", "plaintext", "plain", "no-highlight", "nohighlight", "wrapper"})

_INLINE_TEX = re.compile(r"\\\(((?:(?!\\[()]).)+)\\\)", re.DOTALL)
_DISPLAY_TEX = re.compile(r"\\\[((?:(?!\\[\[\]]).)+)\\\]", re.DOTALL)
_HEADING_MARK = re.compile(r"^(#{1,6}\s)", re.MULTILINE)
_OUTER_RULES = re.compile(r"\A(?:\s*---\n)+|(?:\n---\s*)+\Z")
_PLAIN_SCRIPT = re.compile(r"\w+")
_FILE_NAME = re.compile(r"[\w.-]+\.(?:png|jpe?g|gif|svg|webp)|", re.IGNORECASE)
_MOST_COLUMNS = 1000
_LAYOUT = ("table", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote")
"""A table that holds one of these is there for the layout, not for tabulating."""


def convert(soup: BeautifulSoup, content: Tag, base_url: str = "") -> str:
    """The Markdown of `content`, an element of `soup`; both are changed on the way."""
    _unfold_layout_tables(content)
    _number_items(content)
    for line_break in [found for block in content.find_all("pre") for found in block.find_all("br")]:
        line_break.replace_with("\n")
    return _OUTER_RULES.sub("", _Converter(base_url).convert_soup(content)).strip()


def _unfold_layout_tables(content: Tag) -> None:
    """Makes plain blocks of tables that only place things, and of cells that stand outside any row."""
    for cell in content.find_all(["td", "th"]):
        if cell.parent is None or cell.parent.name != "tr":
            cell.name = "div"
    for table in content.find_all("table"):
        if table.get("role") != "presentation" and table.find(_LAYOUT) is None:
            continue
        for element in [table, *table.find_all(["thead", "tbody", "tr", "td", "th"])]:
            element.name = "div"


def _number_items(content: Tag) -> None:
    """Writes each ordered item's number on it, once for all: counting siblings at each item is quadratic."""
    for ordered in content.find_all("ol"):
        start = str(ordered.get("start") or "1")
        number = int(start) if start.isdecimal() and len(start) < 6 else 1
        for item in ordered.find_all("li", recursive=False):
            item["value"] = str(number)
            number += 1


class _Converter(MarkdownConverter):
    """markdownify with verbatim code, TeX, alternative texts and absolute links."""

    def __init__(self, base_url: str) -> None:
        super().__init__(
            heading_style="ATX",
            bullets="-",
            escape_asterisks=False,
            escape_underscores=False,
            table_infer_header=True,
            autolinks=False,
        )
        self._base_url = base_url

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """The text as it is, with dollars around TeX that stands in escaped parentheses or brackets."""
        if "\\" not in text:
            return text
        text = _INLINE_TEX.sub(lambda found: f"${found[1].strip()}$", text)
        return _DISPLAY_TEX.sub(lambda found: f"$${found[1].strip()}$$", text)

    def convert_tex_inline(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"${' '.join(el.get_text().split())}$"

    def convert_tex_display(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "_inline" in parent_tags:
            return self.convert_tex_inline(el, text, parent_tags)
        lines = [line for line in el.get_text().strip().split("\n") if line.strip()]
        return "\n\n$$\n" + "\n".join(lines) + "\n$$\n\n"

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        code = el.get_text().strip("\n").rstrip()
        if not code:
            return ""
        if "_inline" in parent_tags:
            return f"`{' '.join(code.split())}`"
        return f"\n\n{fence(code, _language(el))}\n\n"

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        target = _address(str(el.get("href") or ""), self._base_url)
        label = text.strip()
        if not target or not label or "\n\n" in label or "_noformat" in parent_tags:
            return text
        lead, trail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        return f"{lead[:1]}[{' '.join(label.split())}]({target}){trail[:1]}"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        alternative = " ".join(str(el.get("alt") or "").split())
        return "" if _FILE_NAME.fullmatch(alternative) else alternative

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        text = text.strip()
        if not text:
            return "\n"
        ordered = el.parent is not None and el.parent.name == "ol"
        mark = f"{el.get('value')}. " if ordered else "- "
        return mark + re.sub(r"\n(?=.)", "\n" + " " * len(mark), text) + "\n"

    def convert_p(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "_inline" in parent_tags:
            return f" {text.strip()} "
        text = _HEADING_MARK.sub(r"\\\1", text.strip())
        return f"\n\n{text}\n\n" if text else ""

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        span = str(el.get("colspan") or "1")
        columns = min(int(span), _MOST_COLUMNS) if span.isdecimal() and len(span) < 6 else 1
        return " " + " ".join(text.split()).replace("|", "\\|") + " |" * max(1, columns)

    def convert_th(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return self.convert_td(el, text, parent_tags)

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return " " if "_inline" in parent_tags else "\n"

    def convert_sup(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        link = el.find("a")
        if link is not None and str(link.get("href") or "").startswith("#"):
            return ""  # the mark of the page's own footnote
        return _script("^", text)

    def convert_sub(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return _script("_", text)


def _script(mark: str, text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    return mark + text if _PLAIN_SCRIPT.fullmatch(text) else f"{mark}{{{text}}}"


def _language(block: Tag) -> str:
    """The language that a code block, its inner `code`, or one of the two elements around it names; or nothing."""
    inner = block.find("code")
    for element in (inner, block, block.parent, block.parent.parent if block.parent else None):
        if element is None:
            continue
        names = [str(name) for name in element.get_attribute_list("class") if name]
        named = _LANGUAGE.search(" ".join(names))
        language = named[1] if named else _bare_name(names)
        if language and language.lower() not in _NO_LANGUAGE:
            return language.lower()
    return ""


def _bare_name(names: list[str]) -> str:
    rest = [name for name in names if name not in _NAMED_CLASSES]
    return rest[0] if len(rest) == 1 and len(rest) < len(names) else ""


def _address(href: str, base_url: str) -> str:
    """An address that Markdown can hold, absolute where the base is known; empty for what leads nowhere."""
    href = href.strip()
    if not href or href.startswith("#") or re.match(r"(?:javascript|data|blob|vbscript):", href, re.IGNORECASE):
        return ""
    try:
        address = urljoin(base_url, href) if base_url else href
    except ValueError:
        return ""
    return "".join({" ": "%20", "(": "%28", ")": "%29", "<": "%3C", ">": "%3E"}.get(c, c) for c in address if c >= " ")
