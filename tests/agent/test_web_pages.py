"""Pages become texts of which a quote can be checked; what was read is kept until it is too old."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest

from agent.errors import WebError
from agent.settings import WebSettings
from agent.web import LONGEST_QUERY, Web
from agent.web_cache import CACHE_FILE, PageCache
from agent.web_fetch import Fetched, Fetcher
from agent.web_pages import WebPage, media_problem, read_page
from agent.web_search import WebHit
from evals.web_cases.internet import Internet, Served, page
from evals.web_cases.visits import NoSearch

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
URL = "http://pages.example.org/papers/rope.html"


def read(body, media_type="text/html", charset="", url=URL):
    data = body if isinstance(body, bytes) else body.encode("utf-8")
    return read_page(Fetched(url, media_type, charset, data), NOW)


def html(body, head=""):
    return f"<!doctype html><html><head>{head}</head><body><article>{body}</article></body></html>"


def test_a_page_is_read_as_markdown_with_its_place_and_time():
    got = read(html("<h1>RoPE</h1><p>It turns <b>queries</b>.</p>", "<title>RoPE, explained</title>"))
    assert got == WebPage(
        URL, "RoPE, explained", "# RoPE\n\nIt turns **queries**.", "2026-11-25T12:00:00+00:00", "markdown"
    )
    assert (got.note.note_id, got.note.source, got.note.text) == (URL, URL, got.text)


def test_a_page_cannot_give_itself_another_address():
    head = '<link rel="canonical" href="https://en.wikipedia.org/wiki/RoPE"><meta property="og:url" content="https://x.org">'
    got = read(html("<p>Words.</p>", head))
    assert (got.url, got.note.source) == (URL, URL)


def test_a_title_is_one_short_line_of_visible_signs():
    assert (
        read(html("<p>Words.</p>", f"<title>A\u202e\u200b title {'x' * 500}</title>")).title == "A title " + "x" * 192
    )
    assert read("words", "text/plain").title == "rope"


@pytest.mark.parametrize(
    "style",
    "display:none|DISPLAY : none !important|visibility:hidden|opacity:0|font-size: 0|left:-9999px|text-indent:-9999px|"
    "color:transparent|width:0;height:0".split("|"),
)
def test_what_inline_styles_hide_is_not_read(style):
    got = read(html(f'<p>Seen.</p><p style="{style}">Hidden.</p>'))
    assert got.text == "Seen."


@pytest.mark.parametrize("style", ["display:block", "opacity:0.5", "font-size:0.9em", "left:-1px", "max-width:100px"])
def test_what_inline_styles_show_is_read(style):
    assert "Shown." in read(html(f'<p style="{style}">Shown.</p>')).text


def test_an_encoding_that_the_server_names_comes_first():
    assert read("Größe".encode("latin-1"), "text/plain", "iso-8859-1").text == "Größe"
    assert read("Größe", "text/plain", "no-such-encoding").text == "Größe"


def test_a_pdf_is_read_whatever_it_is_called():
    from reportlab.pdfgen.canvas import Canvas

    buffer = BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(72, 720, "Rotary embeddings turn queries.")
    canvas.save()
    for media_type in ("application/pdf", "text/html"):
        assert read(buffer.getvalue(), media_type).text == "Rotary embeddings turn queries."


@pytest.mark.parametrize(
    ("body", "media_type", "reason"),
    [
        (b"%PDF-1.4 broken", "application/pdf", "cannot be read"),
        (bytes(range(256)) * 40, "text/plain", "neither text"),
        (html("<script>draw()</script>"), "text/html", "no text"),
        (b"", "text/plain", "has no text"),
    ],
)
def test_a_page_that_cannot_be_read_is_an_error_of_one_line(body, media_type, reason):
    with pytest.raises(WebError, match=reason) as failed:
        read(body, media_type)
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize("media_type", ["text/html", "text/plain", "text/x-rst", "application/pdf", ""])
def test_texts_are_accepted(media_type):
    assert media_problem(media_type) == ""


# --- the cache --------------------------------------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path):
    moments = [NOW]
    made = PageCache(tmp_path / "data", timedelta(hours=24), lambda: moments[0])
    return made, moments


PAGE = WebPage("http://a.example.org/last", "A", "Text é.", NOW.isoformat(), "markdown")


def test_a_page_is_kept_until_it_is_too_old(cache):
    pages, moments = cache
    assert pages.get(URL) is None
    pages.put(URL, PAGE)
    moments[0] = NOW + timedelta(hours=23)
    assert pages.get(URL) == PAGE
    moments[0] = NOW + timedelta(hours=24)
    assert pages.get(URL) is None


def test_old_pages_leave_the_disk(cache):
    pages, moments = cache
    pages.put(URL, replace(PAGE, text="what was read long ago"))
    moments[0] = NOW + timedelta(days=2)
    pages.put("http://other.example.org/", PAGE)
    assert b"what was read long ago" not in pages.path.read_bytes()


def test_a_damaged_cache_is_thrown_away(cache):
    pages, _ = cache
    pages.put(URL, PAGE)
    pages.path.write_bytes(b"no database" * 1000)
    assert pages.get(URL) is None
    pages.put(URL, PAGE)
    assert pages.get(URL) == PAGE


def test_a_cache_that_cannot_be_written_costs_nothing_but_a_fetch(tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    pages = PageCache(tmp_path / "data", timedelta(hours=1), lambda: NOW)
    pages.put(URL, PAGE)
    assert pages.get(URL) is None


def test_a_page_is_fetched_once_and_then_taken_from_the_cache(tmp_path):
    with Internet({"a.example.org": {"/x": page("<p>Once.</p>")}}) as internet:
        fetcher = Fetcher(WebSettings(), resolve=internet.resolve, network=internet.network)
        for _ in range(2):  # two processes, one after the other
            web = Web(NoSearch(), fetcher, PageCache(tmp_path, timedelta(hours=1), lambda: NOW), now=lambda: NOW)
            assert web.visit("http://a.example.org/x#part").text == "Once."
        assert internet.paths("a.example.org") == ["/x"]
    assert (tmp_path / CACHE_FILE).exists()


def test_a_page_that_failed_is_asked_for_again(tmp_path):
    with Internet({"a.example.org": {"/x": [Served("", 404), page("<p>Now.</p>")]}}) as internet:
        fetcher = Fetcher(WebSettings(), resolve=internet.resolve, network=internet.network)
        web = Web(NoSearch(), fetcher, PageCache(tmp_path, timedelta(hours=1), lambda: NOW))
        with pytest.raises(WebError):
            web.visit("http://a.example.org/x")
        assert web.visit("http://a.example.org/x").text == "Now."


# --- searching --------------------------------------------------------------------------------------------------


class Recorder(NoSearch):
    def __init__(self):
        self.asked = []

    def find(self, query, k):
        self.asked.append((query, k))
        return [WebHit(f"http://a.example.org/{n}", "A", "") for n in range(k)]


def test_a_query_is_one_line_and_k_has_bounds():
    recorder = Recorder()
    web = Web(recorder, Fetcher(WebSettings()))
    assert len(web.search(" what\n is  rope ", 3)) == 3
    web.search("rope", 500)
    assert recorder.asked == [("what is rope", 3), ("rope", 20)]


@pytest.mark.parametrize("query", ["", " \n", "?!", "x" * (LONGEST_QUERY + 1)])
def test_a_query_without_words_or_far_too_long_is_not_sent(query):
    recorder = Recorder()
    with pytest.raises(WebError, match="the query has"):
        Web(recorder, Fetcher(WebSettings())).search(query)
    assert recorder.asked == []
