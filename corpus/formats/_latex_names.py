"""Macros and environments of LaTeX by what becomes of them; the marks tell how arguments are written.

`{` is an argument in braces, `[` an optional one in brackets, `*` an optional star.
"""

from __future__ import annotations

HEADINGS = ("part", "chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph")
CITATIONS = (
    *("cite", "citep", "citet", "citealp", "citealt", "citeauthor", "citeyear", "citeyearpar", "Citet", "Citep"),
    *("parencite", "textcite", "autocite", "footcite", "fullcite"),
)
REFERENCES = ("ref", "eqref", "cref", "Cref", "autoref", "pageref", "nameref", "vref")

LAST_ARGUMENT = {
    **{"textcolor": "[{{", "colorbox": "{{", "resizebox": "{{{", "scalebox": "{{", "multirow": "{{{"},
    **{"parbox": "[{{", "makebox": "[[{", "raisebox": "{{", "texorpdfstring": "{{", "footnotetext": "[{", "fbox": "{"},
    **{"rotatebox": "[{{", "adjustbox": "{{", "shortstack": "[{", "mbox": "{", "textsc": "{", "underline": "{"},
}
"""Macros whose last argument is their text, by how their arguments are written."""

DROPPED = {
    **{"label": "{", "nocite": "{", "bibliographystyle": "{", "bibliography": "{", "addbibresource": "[{"},
    **{"setcounter": "{{", "addtocounter": "{{", "addcontentsline": "{{{", "pagestyle": "{", "thispagestyle": "{"},
    **{"input": "{", "include": "{", "includegraphics": "*[{", "graphicspath": "{", "hypersetup": "{", "vskip": ""},
    **{"newcommand": "*{[[{", "renewcommand": "*{[[{", "newtheorem": "*{[{[", "setlength": "{{", "vspace": "*{"},
    **{"hspace": "*{", "title": "[{", "author": "[{", "date": "{", "thanks": "{", "maketitle": "", "today": ""},
    **{"arraystretch": "", "hline": "", "usetheme": "[{", "captionsetup": "[{", "definecolor": "{{{"},
}
"""Macros that print nothing, or nothing that a note needs, by how their arguments are written."""

WORDS = {
    **{"par": "\n\n", "newline": "\n", "\\": "\n", "tabularnewline": "\n", "linebreak": "\n"},
    **{"State": "\n", "STATE": "\n", "Require": "\nRequire: ", "REQUIRE": "\nRequire: ", "Ensure": "\nEnsure: "},
    **{"ENSURE": "\nEnsure: ", "For": "\nfor ", "FOR": "\nfor ", "While": "\nwhile ", "WHILE": "\nwhile "},
    **{"If": "\nif ", "IF": "\nif ", "Else": "\nelse", "ELSE": "\nelse", "Return": "return ", "RETURN": "return "},
    **{"EndFor": "\nend", "ENDFOR": "\nend", "EndIf": "\nend", "ENDIF": "\nend", "EndWhile": "\nend"},
}
"""Macros without arguments that print words or line ends; those of algorithms among them."""

ARGUMENTS = {
    **{"tabular": "[{", "tabular*": "{[{", "tabularx": "{[{", "longtable": "[{", "tabu": "{", "minipage": "[[[{"},
    **{"wrapfigure": "[{[{", "wraptable": "[{[{", "subfigure": "[{", "subtable": "[{", "multicols": "{"},
    **{"thebibliography": "{", "adjustbox": "{", "spacing": "{", "algorithmic": "[", "algorithm": "[", "figure*": "["},
    **{"table*": "[", "scope": "[", "frame": "", "column": "[{"},
}
TABLES = ("tabular", "tabular*", "tabularx", "longtable", "tabu", "array")
NAMED_BLOCKS = (
    *("theorem", "lemma", "proposition", "corollary", "definition", "remark", "example", "proof", "claim"),
    *("assumption", "conjecture", "exercise", "solution", "algorithm"),
)
LISTS = ("itemize", "enumerate", "description")
