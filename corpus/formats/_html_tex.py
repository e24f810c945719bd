"""The TeX of an HTML page, in the forms in which MathJax, KaTeX, MediaWiki, LaTeXML and Sphinx leave it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_RENDERED = frozenset(
    {"MathJax", "MathJax_Display", "MathJax_Preview", "MathJax_SVG", "MathJax_CHTML", "MathJax_SVG_Display"}
    | {"katex-html"}
)
"""Classes of what a script has drawn beside the TeX that it was drawn from."""

_DISPLAY_CLASSES = frozenset({"katex-display", "math-display", "displaymath", "ltx_equation", "ltx_eqn_table"})
_IMAGE_CLASSES = frozenset(
    {"math", "latex", "tex", "mwe-math-fallback-image-inline", "mwe-math-fallback-image-display"}
)
_DISPLAY_LEVELS = 4
"""How many elements around a formula are asked whether they are for display."""

_STYLED = re.compile(r"\{\\(?:display|text)style\s*(.*)\}", re.DOTALL)


def keep_tex(soup: BeautifulSoup) -> None:
    """Replaces each formula that carries its TeX by a `tex-inline` or `tex-display` element, and drops drawn twins."""
    for script in soup.find_all("script"):
        kind = str(script.get("type") or "").lower()
        if kind.startswith("math/tex"):
            _replace(soup, script, script.get_text(), display="display" in kind)
    for element in soup.find_all(["span", "div", "math", "img"]):
        if element.name == "math":
            _keep_mathml(soup, element)
        elif element.name == "img":
            _keep_image(soup, element)
        elif not _RENDERED.isdisjoint(element.get_attribute_list("class")):
            _drop_rendered(soup, element)


def _drop_rendered(soup: BeautifulSoup, element: Tag) -> None:
    """Drops a drawing; one that has its TeX inside, and no source beside it, leaves the TeX."""
    annotation = element.find("annotation")
    following = element.find_next_sibling()
    if annotation is None or (following is not None and following.name.startswith("tex-")):
        element.extract()
        return
    formula = annotation.find_parent("math")
    display = element.find_parent(class_="MathJax_Display") is not None
    _replace(soup, element, _tex_of_mathml(formula) if formula else annotation.get_text(), display=display)


def _keep_mathml(soup: BeautifulSoup, formula: Tag) -> None:
    tex = _tex_of_mathml(formula)
    if not tex:
        return
    around = [parent for parent, _ in zip(formula.parents, range(_DISPLAY_LEVELS), strict=False)]
    classes = {name for parent in around for name in parent.get_attribute_list("class")}
    _replace(soup, formula, tex, display=formula.get("display") == "block" or not _DISPLAY_CLASSES.isdisjoint(classes))


def _tex_of_mathml(formula: Tag) -> str:
    annotation = formula.find("annotation")
    tex = annotation.get_text() if annotation else str(formula.get("alttext") or "")
    styled = _STYLED.fullmatch(tex.strip())
    return (styled[1] if styled else tex).strip()


def _keep_image(soup: BeautifulSoup, image: Tag) -> None:
    if _IMAGE_CLASSES.isdisjoint(image.get_attribute_list("class")):
        return
    if image.find_parent(class_="mwe-math-element"):
        image.extract()  # the MathML beside it says the same
    elif image.get("alt"):
        _replace(soup, image, str(image["alt"]), display=image.find_parent("div", class_="math") is not None)


def _replace(soup: BeautifulSoup, element: Tag, tex: str, *, display: bool) -> None:
    tex = tex.strip().removeprefix("% <![CDATA[").removesuffix("%]]>").strip()
    kept = soup.new_tag("tex-display" if display else "tex-inline")
    kept.string = tex
    element.replace_with(kept)
