r"""LaTeX documents become Markdown with TeX formulas; what prints nothing goes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.formats import latex
from corpus.note import Note
from corpus.source_file import SourceFile

PAPER = r"""\documentclass[11pt]{article} % a class
\newcommand{\method}{FlashNet\xspace}
\newcommand{\R}{\mathbb{R}}
\title{A \emph{Great} Paper\thanks{Funded.}}
\author{Ada Lovelace\thanks{Equal.} \\ London \and Gr\'egoire H\"opper}
\date{January 5, 2021}
\begin{document}
\maketitle
\begin{abstract}
We propose \method{}, see~\cite{vaswani2017,bert}.
\end{abstract}
\section{Introduction\label{sec:i}}
    Indented text.
\end{document}
ignored"""


def read(source: str, name: str = "my_paper.tex") -> Note:
    (note,) = latex.read(SourceFile(name, source.encode(), path=f"/notes/{name}"))
    return note


def test_a_paper():
    note = read(PAPER)
    assert note.title == "A Great Paper"
    assert note.markup == "markdown"
    assert note.metadata == {"format": "latex", "author": "Ada Lovelace, Grégoire Höpper", "date": "2021-01-05"}
    assert note.text == (
        "# Abstract\n\nWe propose FlashNet, see (vaswani2017; bert).\n\n# Introduction\n\nIndented text."
    )


@pytest.mark.parametrize(
    ("source", "markdown"),
    [
        (r"50\% of it % gone", "50% of it"),
        ("a % c\n  b", "a b"),
        ("a % c\n\nb", "a\n\nb"),
        ("a \\\\% c\nb", "a\nb"),
        (r"\textbf{bold} \emph{it} and ``quotes'' --- \'etude", "bold it and “quotes” — étude"),
        (r"see \eqref{eq:a}, \citep[p.~2]{key}", "see (eq:a), (key)"),
        (r"x\footnote{A \emph{note}.}", "x (A note.)"),
        (r"\texttt{a\_b} \url{http://a.org/x_y} \href{http://b.org}{B}", "`a_b` http://a.org/x_y [B](http://b.org)"),
        (r"\verb|x_y %z| \lstinline{a_b} \mintinline{python}+f(x)+", "`x_y %z` `a_b` `f(x)`"),
        (r"$x_1  \in \R$ and \(y\)", r"$x_1 \in \R$ and $y$"),
        (r"a \[ E = mc^2 \] b", "a\n\n$$\nE = mc^2\n$$\n\nb"),
        ("$$\nz\n\n$$", "$$\nz\n$$"),
        ("\\begin{equation}\\label{eq:a}\n a = b % why\n\\end{equation}", "$$\na = b\n$$"),
        ("\\begin{align*}\n a &= b \\\\\n\\end{align*}", "$$\n\\begin{align*}\na &= b \\\\\n\\end{align*}\n$$"),
        (r"\section{A} \subsection*{B} \paragraph{C}", "# A\n\n## B\n\n#### C"),
        (r"\chapter{A} \section{B}", "## A\n\n### B"),
        (r"\section[short]{Long $x$}", "# Long $x$"),
        (r"\section{open" + "\n\nrest", "# open\n\nrest"),
        (
            "\\begin{itemize}\n \\item a\n\n more\n \\item b\n \\begin{enumerate}\\item c \\item d\\end{enumerate}\n"
            "\\end{itemize}",
            "- a\n\n  more\n- b\n\n  1. c\n  2. d",
        ),
        (r"\begin{description}\item[Adam] An optimiser.\end{description}", "- Adam: An optimiser."),
        (
            "\\begin{itemize}\\item code\n\\begin{verbatim}\nx = 1 % y\n\n\nz\n\\end{verbatim}\n\\end{itemize}",
            "- code\n\n  ```\n  x = 1 % y\n  \n  \n  z\n  ```",
        ),
        ("\\begin{lstlisting}[language=Python, frame=x]\nf(x) % 2\n\\end{lstlisting}", "```python\nf(x) % 2\n```"),
        ("\\begin{minted}[linenos]{cuda}\n```\n\\end{minted}", "````cuda\n```\n````"),
        ("% \\begin{verbatim}\na", "a"),
        (
            "\\begin{table}\\centering\\caption{Scores}\\begin{tabular}[t]{l|cc}\\toprule\nM & "
            "\\multicolumn{2}{c}{A|B} \\\\ \\cmidrule(lr){2-3}\nx & 1 & $2$ \\\\\n\\bottomrule\\end{tabular}"
            "\\end{table}",
            "Caption: Scores\n\n| M | A\\|B |  |\n| --- | --- | --- |\n| x | 1 | $2$ |",
        ),
        (r"\begin{theorem}[Bound] For all $x$. \end{theorem}", "**Theorem** (Bound). For all $x$."),
        (r"\begin{quote} said \end{quote}", "> said"),
        ("\\begin{frame}[fragile]{Slide}\ntext\\end{frame}", "## Slide\n\ntext"),
        (r"a\begin{tikzpicture}\draw (0,0);\end{tikzpicture}b", "ab"),
        (r"a \input{secret} \include{x} \includegraphics[width=1cm]{p.png} \vspace{2em} \label{x} b", "a b"),
        (r"\newcommand{\x}{y} a \bibliographystyle{plain} \cmidrule(lr){1-2}", "a"),
        (r"\begin{algorithmic}[1]\State a \For{b} \State c \EndFor\end{algorithmic}", "a\nfor b\nc\nend"),
        (r"$$\text{\verb|x|}$$", "$$\n\\text{{`x`}}\n$$"),
        (r"a {b c", "a b c"),
        (r"a } b", "a b"),
        (r"\begin{itemize}\item a", "- a"),
        (r"\begin{foo} b \end{bar} c", "b c"),
    ],
)
def test_body(source: str, markdown: str):
    assert read(source).text == markdown


@pytest.mark.parametrize(
    ("source", "title"),
    [
        (r"\title{In {\bf the} Body} text", "In the Body"),
        (r"\titleformat{\section}{x} \section{First} text", "First"),
        ("text", "my paper"),
    ],
)
def test_title(source: str, title: str):
    assert read(source).title == title


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.tex", b"text", True),
        ("a.txt", PAPER.encode(), True),
        ("a.txt", b"% \\documentclass{x}\n\\begin{document}", False),
        ("a.md", b"Use \\documentclass{article} first.", False),
    ],
)
def test_matches(name: str, data: bytes, expected: bool):
    assert latex.matches(SourceFile(name, data)) is expected


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (r"\documentclass{book}\begin{document}\input{one}\include{two}\end{document}", "no text of its own"),
        ("{" * 5_000 + "x", "RecursionError"),
        ("x" * 2_000_001, "more than the limit"),
    ],
)
def test_what_cannot_be_read_is_reported(source: str, reason: str):
    with pytest.raises(UnreadableFile, match=reason):
        read(source)


@pytest.mark.parametrize(
    "source",
    [
        "x" + "\\begin{verbatim}" * 5_000,
        "x" + " " * 200_000 + "y",
        "x" + "$" * 5_000,
        "x" + "\\verb|" * 5_000,
        "x" + "%" * 200_000,
        "x\\title{" + "{" * 100_000,
        "x\\newcommand{\\a}{" * 3_000,
    ],
)
def test_hostile_sources_end_soon(source: str):
    start = time.perf_counter()
    try:
        note = read(source)
    except UnreadableFile as error:
        assert "RecursionError" in str(error)  # noqa: PT017
    else:
        assert note.text.startswith("x")
    assert time.perf_counter() - start < 10


PIECES = st.one_of(
    st.sampled_from(["\\" + name for name in ("section", "item", "cite", "\\", "%", "emph", "verb", "(", "]", "href")]),
    st.sampled_from(
        ["\\begin{", "\\end{", "itemize}", "tabular}", "equation}", "verbatim}", "lstlisting}", "theorem}"]
    ),
    st.sampled_from(["{", "}", "[", "]", "$", "$$", "&", "%", "#", "~", "\n\n", "|", "\\multicolumn{x}{c}{y}"]),
    st.text(max_size=6),
)


@settings(max_examples=120, deadline=None)
@given(
    st.one_of(
        st.lists(PIECES, max_size=25).map(lambda pieces: "".join(pieces).encode("utf-8", "replace")),
        st.binary(max_size=80),
        st.integers(0, len(PAPER)).map(lambda cut: PAPER[:cut].encode()),
    )
)
def test_any_bytes_are_read_or_reported(data: bytes):
    try:
        notes = latex.read(SourceFile("x.tex", data))
    except UnreadableFile:
        return
    assert all(note.text.strip() and "\ue000" not in note.text for note in notes)
