"""Quoted text as HTML: escaped, its formulas drawn."""

from __future__ import annotations

from html import escape

from ui.formulas import formula_html, formulas_in


def quoted_html(text: str) -> str:
    """`text` with MathML in place of its LaTeX; everything else stands as it was written."""
    parts, done = [], 0
    for opens, formula in formulas_in(text):
        parts.append(escape(text[done:opens]))
        parts.append(formula_html(text[formula.start : formula.end], display=formula.display))
        done = formula.stop
    return "".join([*parts, escape(text[done:])])
