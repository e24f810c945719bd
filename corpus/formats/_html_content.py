"""The part of an HTML page that its reader came for: what is never content goes, then the main element is chosen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_MAX_DEPTH = 100
"""Levels of nesting: deeper elements keep only their text. The converter recurses about three frames a level."""

_NEVER_CONTENT = frozenset(
    {"script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "canvas", "audio", "video"}
    | {"button", "input", "select", "textarea", "dialog", "map", "area", "link", "meta"}
)
_NOISE_CLASSES = frozenset(
    {"headerlink", "anchor-link", "anchorjs-link", "header-anchor", "doc-anchor", "mw-editsection"}
    | {"linenos", "linenodiv", "lineno", "gutter", "rouge-gutter", "hljs-ln-numbers"}
    | {"sr-only", "visually-hidden"}
)
"""Marks beside headings, line numbers beside code, and texts for screen readers only."""

_HIDING_STYLE = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|opacity:0(?![.\d])|font-size:0(?!\.?[1-9])|clip-path:inset\(100%|"
    r"text-indent:-\d{3,}|(?:left|top):-\d{3,}|(?:^|;)(?:max-)?(?:width|height):0(?![.\d])|color:transparent"
)
"""Inline styles, without blanks and in lower case, under which an element's text cannot be seen."""

_NAVIGATION_ROLES = frozenset({"navigation", "banner", "contentinfo", "search"})

_MAIN_CLASSES = frozenset(
    {"markdown-body", "post-content", "entry-content", "article-body", "article-content", "mw-parser-output"}
    | {"content", "body", "document"}
)
_MAIN_SHARE = 0.5
"""Of the page's prose, an element that calls itself the main one must hold this much; else it is a teaser."""

_STEP_SHARE = 0.85
"""Without such an element, the main one is the deepest that still holds this much of its parent's prose."""

_BOILERPLATE = re.compile(
    r"(?:.*[-_])?(?:nav|navbar|navigation|menu|sidebar|breadcrumbs?|toc|toctree|footer|cookies?|sharing|sharedaddy|"
    r"share|social|related|advert|advertisement|ads|newsletter|subscribe|popup|modal|pagination|pager|toolbar|"
    r"skip-link|banner|masthead)(?:[-_].*)?",
    re.IGNORECASE,
)
_BOILERPLATE_SHARE = 0.4
"""What sounds like boilerplate may go until this share of the text is gone; beyond, the names are misleading."""

_BLOCKS_OF_TEXT = frozenset({"p", "pre", "ul", "ol", "dl", "table", "blockquote", "tex-display", "a"})
_PRUNED = ["div", "ul", "ol", "section", "aside", "header", "footer", "p", "span", "table"]


def flatten(soup: BeautifulSoup) -> None:
    """Replaces elements nested too deep by their text, without recursion, so that the rest may recurse."""
    level: list[Tag] = [soup]
    for _ in range(_MAX_DEPTH):
        level = [child for element in level for child in _children(element)]
    for element in level:
        element.string = element.get_text(" ")


def remove_noise(soup: BeautifulSoup) -> None:
    """Removes scripts, form fields, hidden twins and the like."""
    for element in soup.find_all(True):
        if _is_noise(element):
            element.extract()


def remove_hidden(soup: BeautifulSoup) -> None:
    """Removes elements that an inline style or the `hidden` attribute keeps from people's eyes."""
    for element in soup.find_all(style=True):
        if _HIDING_STYLE.search(re.sub(r"\s+", "", str(element["style"])).lower()):
            element.extract()
    for element in soup.find_all(hidden=True):
        element.extract()


def main_content(soup: BeautifulSoup) -> Tag:
    """The element that holds a page's main content."""
    body = soup.body or soup
    for element in body.find_all(True):
        if _is_navigation(element):
            element.extract()
    prose = _prose_lengths(body)
    best: dict[int, Tag] = {}
    for element in body.find_all(True):
        rank = _rank_as_main(element)
        if rank and prose.get(id(element), 0) > prose.get(id(best.get(rank)), 0):
            best[rank] = element
    enough = _MAIN_SHARE * prose.get(id(body), 0)
    named = (best[rank] for rank in sorted(best) if prose[id(best[rank])] > enough)
    return next(named, None) or _descend(body, prose)


def prune_boilerplate(content: Tag) -> None:
    """Removes what is named as boilerplate inside the main content, unless that is much of the text."""
    may_go = _BOILERPLATE_SHARE * len(content.get_text())
    for element in content.find_all(_PRUNED):
        if not _sounds_like_boilerplate(element):
            continue
        length = len(element.get_text())
        if length <= may_go:
            element.extract()
            may_go -= length


def _is_noise(element: Tag) -> bool:
    if element.name in _NEVER_CONTENT or element.get("aria-hidden") == "true":
        return True
    classes = element.get_attribute_list("class")
    return not _NOISE_CLASSES.isdisjoint(classes) or (element.name == "a" and "anchor" in classes)


def _is_navigation(element: Tag) -> bool:
    return element.name in ("nav", "menu") or element.get("role") in _NAVIGATION_ROLES or "hidden" in element.attrs


def _rank_as_main(element: Tag) -> int:
    """How an element calls itself the main one, 1 being the surest; 0 where it does not."""
    if element.get("itemprop") == "articleBody":
        return 1
    if element.name == "article":
        return 2
    if element.name == "main" or element.get("role") == "main":
        return 3
    named = not _MAIN_CLASSES.isdisjoint(element.get_attribute_list("class")) or element.get("id") == "content"
    return 4 if named and element.name != "body" else 0


def _sounds_like_boilerplate(element: Tag) -> bool:
    if element.name == "footer" and element.find_parent("blockquote") is None:
        return True
    names = [*element.get_attribute_list("class"), *element.get_attribute_list("id")]
    return any(name and _BOILERPLATE.fullmatch(name) for name in names)


def _children(element: Tag) -> list[Tag]:
    from bs4 import Tag

    return [child for child in element.children if isinstance(child, Tag)]


def _prose_lengths(body: Tag) -> dict[int, int]:
    """By the identity of each element: characters of text in it that are not links."""
    lengths: dict[int, int] = {}
    for text in body.find_all(string=True):
        length = len(text.strip())
        around = []
        for parent in text.parents if length else ():
            around.append(parent)
            if parent is body or parent.name == "a":
                break
        if around and around[-1].name != "a":
            for parent in around:
                lengths[id(parent)] = lengths.get(id(parent), 0) + length
    return lengths


def _descend(body: Tag, prose: dict[int, int]) -> Tag:
    """The deepest element that still holds nearly all prose of its parent."""
    element = body
    while True:
        enough = _STEP_SHARE * prose.get(id(element), 0)
        inner = [child for child in _children(element) if prose.get(id(child), 0) > enough]
        if not inner or inner[0].name in _BLOCKS_OF_TEXT:
            return element
        element = inner[0]
