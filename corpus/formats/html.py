"""HTML pages and fragments, as Markdown.

A page is parsed by Beautiful Soup (on lxml, which closes what authors leave open), cut down to its main content, and
converted by markdownify. trafilatura was tried for the second step: it drops `math/tex` scripts, the language and the
blank lines of code, and escapes TeX, all of which notes about machine learning live from.

Not read: what scripts would draw, images (their alternative text stays), embedded frames and drawings.
"""

from __future__ import annotations

import html as entities
import re
from typing import TYPE_CHECKING

from corpus.errors import UnreadableFile
from corpus.formats._parsing import parsing
from corpus.note import Note
from corpus.source_file import SourceFile, decode

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
_PAGE_START = re.compile(
    r"\s*(?:<\?xml[^>]*\?>\s*|<!--.*?-->\s*){0,20}<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_HEAD_BYTES = 4096
"""Bytes in which a page must begin as one, comments and blank space before it included."""

_MAX_HTML = 20 * 2**20
"""Characters: a million of them take up to 3 s where tags are dense, and no page for people is larger."""


def matches(file: SourceFile) -> bool:
    """Whether the content begins as a page does, or the name says so and the content is some markup."""
    head = file.data[:_HEAD_BYTES].replace(b"\x00", b"").decode("latin-1").removeprefix("\xef\xbb\xbf").lstrip("ÿþ")
    return bool(_PAGE_START.match(head)) or (
        file.suffix in _SUFFIXES and not file.data.startswith((b"PK\x03", b"%PDF"))
    )


def read(file: SourceFile) -> list[Note]:
    """The one note of a page: its main content as Markdown, with what its head tells."""
    return _notes(file, hidden=True)


def read_visible(file: SourceFile) -> list[Note]:
    """As `read`, without what inline styles hide from people: on a stranger's page that is written for programs.

    What style sheets hide is not known here.
    """
    return _notes(file, hidden=False)


def _notes(file: SourceFile, *, hidden: bool) -> list[Note]:
    from corpus.formats._html_content import remove_hidden
    from corpus.formats._html_metadata import page_title, read_metadata

    markup = _decoded(file)
    _check_size(markup)
    with parsing("HTML page"):
        soup = _parse(markup)
        metadata = read_metadata(soup, markup)
        title = page_title(soup)
        if not hidden:
            remove_hidden(soup)
        url = str(metadata.get("url", ""))
        text = _to_markdown(soup, url, page=_is_page(markup))
    if not text:
        raise UnreadableFile("the page has no text; its content may be drawn by scripts when a browser opens it")
    return [file.note(text, title=title, source=url, markup="markdown", metadata={"format": "html", **metadata})]


def html_to_markdown(html: str, base_url: str = "") -> str:
    """The Markdown of a page's main content, or of a whole fragment; an empty text where there is none.

    Headings, lists, tables, code, TeX and links stay; images become their alternative text; scripts, styles, forms
    and, in a whole page, navigation go. Nothing is escaped with backslashes, so that `a_b` stays searchable.

    Args:
        html: A page, a fragment, or text without any tag.
        base_url: What relative links are resolved against.

    Raises:
        UnreadableFile: It is larger than any page for people, or the parser gave up.
    """
    if "<" not in html:
        return entities.unescape(html).strip()
    _check_size(html)
    with parsing("HTML page"):
        return _to_markdown(_parse(html), base_url, page=_is_page(html))


def _is_page(markup: str) -> bool:
    return bool(_PAGE_START.match(markup[:_HEAD_BYTES]))


def _check_size(markup: str) -> None:
    if len(markup) > _MAX_HTML:
        raise UnreadableFile(f"{len(markup):,} characters of HTML are more than the limit of {_MAX_HTML:,}")


def _parse(markup: str) -> BeautifulSoup:
    """The tree of a page; an XML declaration is cut, since it would make Beautiful Soup warn."""
    from bs4 import BeautifulSoup

    markup = _XML_DECLARATION.sub("", markup.replace("\x00", ""), count=1)
    return BeautifulSoup(markup if "<" in markup else f"<p>{markup}", "lxml")


def _to_markdown(soup: BeautifulSoup, base_url: str, *, page: bool) -> str:
    from corpus.formats._html_content import flatten, main_content, prune_boilerplate, remove_noise
    from corpus.formats._html_markdown import convert
    from corpus.formats._html_tex import keep_tex

    flatten(soup)
    keep_tex(soup)
    remove_noise(soup)
    content: Tag = soup
    if page:
        content = main_content(soup)
        prune_boilerplate(content)
    return convert(soup, content, base_url)


def _decoded(file: SourceFile) -> str:
    """The page's text, by the encoding that the page declares where it is not UTF-8."""
    from bs4.dammit import EncodingDetector

    if file.data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return file.text
    try:
        file.data.decode("utf-8")
    except UnicodeDecodeError:
        declared = EncodingDetector.find_declared_encoding(file.data, is_html=True)
        try:
            return decode(file.data.decode(declared or "", errors="replace").encode("utf-8"))
        except LookupError:
            return file.text
    return file.text
