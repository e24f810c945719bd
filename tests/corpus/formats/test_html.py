"""HTML pages and fragments become Markdown that keeps what notes are searched and quoted for."""

from __future__ import annotations

import itertools
import sysconfig
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.formats import html
from corpus.formats.html import html_to_markdown
from corpus.source_file import SourceFile

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<title>Attention explained | My Blog</title><meta property="og:site_name" content="My Blog">
<link rel="canonical" href="https://blog.example.org/attention/">
<meta name="author" content="Ada Note"><meta property="article:published_time" content="2023-04-05T10:00:00Z">
<meta name="keywords" content="attention, transformers">
<script>window.x = "<p>secret script</p>";</script><style>p { color: red }</style></head>
<body><header><nav><ul><li><a href="/">Home</a></li><li><a href="/about">About</a></li></ul></nav></header>
<aside class="sidebar"><h3>Recent posts</h3><ul><li><a href="/a">Post A</a></li></ul></aside>
<main><article><h1>Attention explained<a class="headerlink" href="#a">¶</a></h1>
<p>Scaled dot-product attention divides the scores by \\(\\sqrt{d_k}\\), says <a href="/paper">the paper</a>, because
large products push the softmax into regions with small gradients.</p>
<img src="x.png" alt="A diagram of attention"><div class="share-buttons">Tweet this</div></article></main>
<footer><p>All rights reserved.</p></footer></body></html>"""


def page(content: str, name: str = "page.html") -> SourceFile:
    return SourceFile(name, content.encode(), path=f"/notes/{name}")


def test_a_page_is_its_main_content_with_what_its_head_tells():
    (note,) = html.read(page(PAGE))
    assert note.title == "Attention explained"
    assert note.source == "https://blog.example.org/attention/"
    assert note.markup == "markdown"
    assert note.metadata == {
        "format": "html",
        "url": "https://blog.example.org/attention/",
        "date": "2023-04-05T10:00:00+00:00",
        "author": "Ada Note",
        "tags": ("attention", "transformers"),
        "language": "en",
    }
    assert note.text == (
        "# Attention explained\n\n"
        "Scaled dot-product attention divides the scores by $\\sqrt{d_k}$, says "
        "[the paper](https://blog.example.org/paper), because\n"
        "large products push the softmax into regions with small gradients.\n\n"
        "A diagram of attention"
    )


@pytest.mark.parametrize(
    ("fragment", "markdown"),
    [
        ("no tags &amp; no loss", "no tags & no loss"),
        ("<p>a<p>b", "a\n\nb"),
        ("<h2>Two</h2><h6>Six</h6>", "## Two\n\n###### Six"),
        ("<p>a_b * c_d and __init__</p>", "a_b * c_d and __init__"),
        ("<p># of heads</p>", "\\# of heads"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "- a\n  - b\n- c"),
        ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b"),
        ("<blockquote>said</blockquote>", "> said"),
        ("<p>x<sup>2</sup>, x<sub>t-1</sub></p>", "x^2, x_{t-1}"),
        ('<p>fact<sup><a href="#fn1">[1]</a></sup>.</p>', "fact."),
        (
            "<pre><code class='language-python'>def f():\n\n\n    pass\n</code></pre>",
            "```python\ndef f():\n\n\n    pass\n```",
        ),
        ("<div class='highlight-c notranslate'><div><pre>int  x;</pre></div></div>", "```c\nint  x;\n```"),
        ("<pre class='sourceCode r'><code>x &lt;- 1</code></pre>", "```r\nx <- 1\n```"),
        ("<pre>```\nfence\n```</pre>", "````\n```\nfence\n```\n````"),
        ("<pre>a<br>b</pre>", "```\na\nb\n```"),
        ("<p><code>a `tick`</code></p>", "`` a `tick` ``"),
        ("<table><tr><th>a<th>b<tr><td>1|2<td>3</table>", "| a | b |\n| --- | --- |\n| 1\\|2 | 3 |"),
        ("<table><tr><td class=linenos>1\n2<td><pre>x\ny</pre></table>", "```\nx\ny\n```"),
        ("<p><a href='https://a.org/x_(y)'>y</a></p>", "[y](https://a.org/x_%28y%29)"),
        ("<p><a href='javascript:alert(1)'>run</a> <a href='#here'>here</a></p>", "run here"),
        ("<p>a <img src=u alt='the plot'> b <img alt='plot.png'></p>", "a the plot b"),
        ("<p>a</p><script>evil()</script><style>x</style><iframe>y</iframe>", "a"),
        ("<p>costs \\[ x < y \\] and \\( z \\)</p>", "costs $$x < y$$ and $z$"),
        ('<script type="math/tex">x_1</script>', "$x_1$"),
        ('<p>so</p><script type="math/tex; mode=display">a\n\n\\\\ b</script>', "so\n\n$$\na\n\\\\ b\n$$"),
        ("<p><math alttext='{\\displaystyle a_b}'><mi>a</mi></math></p>", "$a_b$"),
        ("<math display=block alttext='q'><mi>q</mi></math>", "$$\nq\n$$"),
        ("<div class=math><p><img class=math alt='e^x'></p></div>", "$$\ne^x\n$$"),
        (
            '<span class="katex"><span class="katex-mathml"><math><mi>x</mi><annotation encoding="application/x-tex">'
            'x = 1</annotation></math></span><span class="katex-html" aria-hidden="true">x=1</span></span>',
            "$x = 1$",
        ),
        (
            '<span class="MathJax_Preview">y</span><span class="MathJax">y</span><script type="math/tex">y</script>',
            "$y$",
        ),
        ("<?xml version='1.0'?><html><body><p>x</p></body></html>", "x"),
        ("</div></p>x<td>y", "x\n\ny"),
        ("", ""),
    ],
)
def test_fragment(fragment: str, markdown: str):
    assert html_to_markdown(fragment) == markdown


@pytest.mark.parametrize(
    "around",
    [
        "<body><div><a href=/>Home</a></div><div><div class=text>{}</div></div><div><a href=/x>More</a></div>",
        "<body><div role=main>{}</div><div role=navigation>go</div>",
        "<body><article>teaser</article><div class='entry-content'>{}</div>",
        "<body class='with-sidebar'><div class='content has-toc'>{}</div>",
        "<body><div class='social-studies'>{}</div>",
    ],
)
def test_main_content_of_pages_without_a_common_shape(around: str):
    prose = "".join(f"<p>Paragraph {n} is about residual connections and their norms.</p>" for n in range(9))
    text = html_to_markdown("<!DOCTYPE html><html>" + around.format(prose))
    assert text == "\n\n".join(f"Paragraph {n} is about residual connections and their norms." for n in range(9))


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title>A | Site</title><meta property='og:title' content='B'>", "B"),
        ("<title>A - Site</title>", "A"),
        ("<title>Z - Site</title><meta property='og:site_name' content='Site'>", "Z"),
        ("<title>K-means</title>", "K-means"),
        ("", "A"),
    ],
)
def test_title(head: str, title: str):
    (note,) = html.read(page(f"<html><head>{head}</head><body><h1>A</h1><p>text</p>"))
    assert note.title == title


def test_linked_data_and_declared_encoding():
    head = (
        '<meta charset="windows-1251"><script type="application/ld+json">{"@graph": [{"datePublished": "2024-01-02", '
        '"author": [{"name": "A. B."}, "C. D."]}]}</script><title>Внимание</title>'
    )
    data = f"<html><head>{head}</head><body><p>Механизм внимания</p>".encode("cp1251")
    (note,) = html.read(SourceFile("p.html", data))
    assert (note.title, note.text) == ("Внимание", "Механизм внимания")
    assert (note.metadata["date"], note.metadata["author"]) == ("2024-01-02", "A. B., C. D.")


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.html", b"<p>x", True),
        ("a.txt", b"\n<!-- saved -->\n<!DOCTYPE html><p>x", True),
        ("a.txt", b"\xef\xbb\xbf<html>", True),
        ("a.txt", "<html>".encode("utf-16"), True),
        ("a.md", b"<div align=center>", False),
        ("a.txt", b"the <html> tag", False),
        ("a.html", b"%PDF-1.7", False),
    ],
)
def test_matches(name: str, data: bytes, expected: bool):
    assert html.matches(SourceFile(name, data)) is expected


@pytest.mark.parametrize("data", ["<html><body><div id=root></div><script>render()</script>", "<html><nav>Home</nav>"])
def test_a_page_without_text_is_reported(data: str):
    with pytest.raises(UnreadableFile, match="no text"):
        html.read(page(data))


def test_a_page_beyond_the_limit_is_reported_before_it_is_parsed():
    with pytest.raises(UnreadableFile, match="more than the limit"):
        html_to_markdown("<p>" + "x" * (20 * 2**20))


@pytest.mark.parametrize(
    ("markup", "kept"),
    [
        ("<html><body>" + "<div>" * 10_000 + "<p>deep</p>" + "</div>" * 10_000 + "<p>after</p>", ["deep", "after"]),
        ("<blockquote>" * 10_000 + "deep", ["deep"]),
        ("<ul><li>x" * 5_000, ["x"]),
        ("<table><tr><td>" * 3_000 + "deep", ["deep"]),
        ("<math>" * 5_000 + "<annotation>tex", ["tex"]),
        ("<sup>" * 3_000 + "deep", ["deep"]),
        ("<ol>" + "<li>x" * 5_000, ["5000. x"]),
        ("<p>" + "\\(" * 100_000, ["\\("]),
        ("<" * 100_000, ["<"]),
        ("<p title='" + "x" * 1_000_000, []),
        ("<html><body>" + "<span class=share>x</span>" * 5_000, ["x"]),
    ],
)
def test_hostile_markup_ends_soon_and_keeps_its_text(markup: str, kept: list[str]):
    start = time.perf_counter()
    text = html_to_markdown(markup)
    assert time.perf_counter() - start < 10
    assert all(part in text for part in kept)


TAGS = st.sampled_from(
    [
        *(
            "p",
            "div",
            "span",
            "b",
            "i",
            "a",
            "pre",
            "code",
            "ul",
            "ol",
            "li",
            "dl",
            "dt",
            "dd",
            "table",
            "tr",
            "td",
            "th",
        ),
        *("h1", "h3", "blockquote", "sup", "sub", "math", "script", "style", "br", "img", "main", "article", "nav"),
        *("annotation", "tex-display"),
    ]
)
PIECES = st.one_of(
    TAGS.map(lambda name: f"<{name}>"),
    TAGS.map(lambda name: f"</{name}>"),
    TAGS.map(lambda name: f"<{name} class='math katex share' href='x' alt='y' start='-3' colspan='9' type='math/tex'>"),
    st.text(max_size=8),
    st.sampled_from(["&lt;", "<!--", "-->", "<![CDATA[", "<html>", "<!doctype html><body>", "\\(", "\\]", "$$", "|"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_markup_converts(markup: str):
    assert isinstance(html_to_markdown(markup), str)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.integers(0, len(PAGE)).map(lambda cut: PAGE[:cut].encode())))
def test_any_bytes_are_read_or_reported(data: bytes):
    file = SourceFile("x.html", data)
    html.matches(file)
    try:
        notes = html.read(file)
    except UnreadableFile:
        return
    assert all(note.text.strip() for note in notes)


CODE = st.text(st.one_of(st.sampled_from("\n\t `<&"), st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co"))))


@settings(max_examples=60, deadline=None)
@given(CODE)
def test_code_is_verbatim(code: str):
    escaped = code.replace("&", "&amp;").replace("<", "&lt;")
    text = html_to_markdown(f"<pre><code>.{escaped}.</code></pre>")
    fence = text.split("\n", 1)[0]
    assert text == f"{fence}\n.{code}.\n{fence}"


def test_pages_of_installed_packages_are_read_or_reported():
    packages = Path(sysconfig.get_paths()["purelib"])
    folders = ["gradio/templates", "numba", "playwright/driver/package/lib", "torch/utils"]
    pages = itertools.islice((path for folder in folders for path in (packages / folder).rglob("*.html")), 12)
    outcomes = []
    for path in pages:
        try:
            outcomes += html.read(SourceFile(path.name, path.read_bytes()))
        except UnreadableFile as error:
            outcomes.append(str(error))
    assert outcomes
    assert all(outcomes)
