"""Each provider finds pages, fails in one clear line, and never shows a key."""

import base64
import json
import logging

import httpx
import pytest
from ddgs.exceptions import DDGSException, RatelimitException, TimeoutException

from agent.errors import WebError, WebOffline
from agent.settings import Settings, WebSettings
from agent.web_search import DuckDuckGoSearch, LangChainSearch, SearxngSearch, WebHit, hits_of, open_provider
from evals.web_cases.internet import Internet, Served

KEY = "k3y-that-nobody-sees"
ROWS = [
    {"url": "https://a.example.org/x", "title": "A\npage", "content": "About\u200b it."},
    {"url": "http://127.0.0.1/admin", "title": "Private", "content": ""},
    {"url": "https://b.example.org/", "title": None, "content": None},
    {"url": "https://a.example.org/x#part", "title": "Again", "content": ""},
    {"url": None},
]
FOUND = [
    WebHit("https://a.example.org/x", "A page", "About it."),
    WebHit("https://b.example.org/", "https://b.example.org/", ""),
]


@pytest.fixture
def server():
    with Internet({"127.0.0.1": {"/search": Served(json.dumps({"results": ROWS}))}}) as internet:
        yield internet


def searxng(server, key=KEY, sleep=lambda seconds: None):
    return SearxngSearch(f"http://me:{KEY}2@127.0.0.1:{server.port}/", key, seconds=5, sleep=sleep)


def test_a_searxng_server_is_asked_by_its_json_api(server):
    assert searxng(server).find("what is rope?", 5) == FOUND
    assert server.requests[0].path == "/search?q=what+is+rope%3F&format=json"


@pytest.mark.parametrize("k", [1, 2])
def test_no_more_hits_come_than_were_asked_for(server, k):
    assert searxng(server).find("rope", k) == FOUND[:k]


def test_a_busy_search_server_is_asked_again(server):
    server.sites["127.0.0.1"]["/search"] = [Served("", 503), Served("", 429), Served(json.dumps({"results": ROWS}))]
    pauses = []
    assert searxng(server, sleep=pauses.append).find("rope", 5) == FOUND
    assert pauses == [0.5, 1.0]


@pytest.mark.parametrize(
    ("served", "reason"),
    [
        (Served("", 403), "add `json` to `search.formats`"),
        (Served("", 500), "answers with status 500"),
        (Served("<html>"), "not answer in the form"),
        (Served("[]"), "not answer in the form"),
        (Served('{"results": 3}'), "not answer in the form"),
        (Served('{"results": [{"title": "no address"}]}'), "not answer in the form"),
    ],
)
def test_a_search_server_that_fails_is_an_error_of_one_line(server, served, reason):
    server.sites["127.0.0.1"]["/search"] = served
    with pytest.raises(WebError, match=reason) as failed:
        searxng(server).find("rope", 5)
    assert "\n" not in str(failed.value)


def test_a_key_goes_to_the_server_and_nowhere_else(server, caplog):
    caplog.set_level(logging.DEBUG)
    provider = searxng(server)
    provider.find("rope", 5)
    login = base64.b64encode(f"me:{KEY}2".encode()).decode()
    assert server.requests[0].headers["Authorization"] == f"Basic {login}"
    with_key_alone = SearxngSearch(f"http://127.0.0.1:{server.port}", KEY)
    with_key_alone.find("rope", 5)
    assert server.requests[1].headers["Authorization"] == f"Bearer {KEY}"
    server.sites["127.0.0.1"]["/search"] = Served("", 500)
    errors = []
    for one in (provider, with_key_alone):
        with pytest.raises(WebError) as failed:
            one.find("rope", 5)
        errors += [str(failed.value), repr(failed.value), repr(failed.value.__cause__)]
    settings = Settings.from_environment(
        {"FOOTNOTE_WEB_KEY": KEY, "FOOTNOTE_WEB_SEARCH": f"http://me:{KEY}@s.example.org"}
    )
    assert settings.web.key == KEY
    assert KEY not in "".join([caplog.text, *errors, repr(settings), provider.name, open_provider(settings.web).name])


def test_a_machine_that_is_offline_gets_one_clear_message():
    def no_route(request):
        raise httpx.ConnectError("[Errno 101] Network is unreachable")

    provider = SearxngSearch("https://search.example.org", transport=httpx.MockTransport(no_route))
    with pytest.raises(WebOffline, match=r"search\.example\.org cannot be reached .*ask without --web"):
        provider.find("rope", 5)


def test_a_search_server_that_is_slow_is_left():
    def slow(request):
        raise httpx.ReadTimeout("slow")

    with pytest.raises(WebError, match="did not answer within 15 s"):
        SearxngSearch("https://search.example.org", transport=httpx.MockTransport(slow)).find("rope", 5)


# --- DuckDuckGo -------------------------------------------------------------------------------------------------


def duckduckgo(*answers, pauses=None):
    left = list(answers)

    def find_text(query, k):
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return DuckDuckGoSearch(find_text=find_text, sleep=(pauses if pauses is not None else []).append)


def test_duckduckgo_finds_pages():
    rows = [{"href": row["url"], "title": row.get("title"), "body": row.get("content")} for row in ROWS]
    assert duckduckgo(rows).find("rope", 5) == FOUND


def test_duckduckgo_is_asked_again_while_it_limits_the_rate():
    pauses = []
    limited = RatelimitException("202")
    assert duckduckgo(limited, limited, [], pauses=pauses).find("rope", 5) == []
    assert pauses == [0.5, 1.0]
    with pytest.raises(WebError, match="limits how often it is asked"):
        duckduckgo(limited, limited, limited).find("rope", 5)


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (DDGSException("ConnectError: dns error: failed to lookup address"), WebOffline, "seems to be offline"),
        (TimeoutException("timed out"), WebError, "did not answer .TimeoutException"),
    ],
)
def test_duckduckgo_fails_in_our_words(error, kind, reason):
    with pytest.raises(kind, match=reason):
        duckduckgo(error).find("rope", 5)


def test_duckduckgo_without_results_is_an_empty_answer():
    assert duckduckgo(DDGSException("No results found.")).find("rope", 5) == []


# --- LangChain --------------------------------------------------------------------------------------------------


class Tool:
    name = "some_search"

    def __init__(self, found):
        self.found = found

    def invoke(self, query):
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@pytest.mark.parametrize(
    "found",
    [
        ROWS,
        json.dumps(ROWS),
        {"results": ROWS},
        [{"link": row["url"], "title": row.get("title"), "snippet": row.get("content")} for row in ROWS],
    ],
)
def test_a_langchain_tool_may_return_its_rows_in_several_forms(found):
    assert LangChainSearch(Tool(found)).find("rope", 5) == FOUND


def test_a_real_langchain_tool_is_a_provider():
    from langchain_core.tools import tool

    @tool
    def some_search(query: str) -> list[dict[str, str]]:
        """Search."""
        return [{"url": "https://a.example.org/x", "title": query, "snippet": "About it."}]

    assert LangChainSearch(some_search).find("A page", 5) == FOUND[:1]


@pytest.mark.parametrize("found", ["a text without rows", 3, RuntimeError(f"invalid key {KEY}")])
def test_a_langchain_tool_that_fails_shows_no_key(found):
    with pytest.raises(WebError) as failed:
        LangChainSearch(Tool(found)).find("rope", 5)
    assert KEY not in str(failed.value)
    assert "some_search" in str(failed.value)


# --- settings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("duckduckgo", "DuckDuckGo"),
        ("DuckDuckGo", "DuckDuckGo"),
        ("https://search.example.org/searx", "SearXNG at search.example.org"),
        ("http://localhost:8888", "SearXNG at localhost:8888"),
    ],
)
def test_the_provider_is_chosen_by_a_setting(spec, name):
    assert open_provider(WebSettings(spec)).name == name


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("bing", "is no search provider; it takes"),
        ("http://", "holds no address"),
        ("http://[::1", "no valid address"),
        ("langchain:no.such.module:Tool", "cannot be made .ModuleNotFoundError"),
        ("langchain:json:nothing", "cannot be made .AttributeError"),
    ],
)
def test_a_wrong_setting_is_an_error_that_says_what_is_right(spec, reason):
    with pytest.raises(WebError, match=reason):
        open_provider(WebSettings(spec))


def test_hits_that_may_not_be_visited_are_left_out():
    rows = [
        ("file:///etc/passwd", "x", "y"),
        ("http://10.0.0.1/", "x", "y"),
        ("https://a.example.org/", "x", "y" * 900),
    ]
    assert [(hit.url, len(hit.snippet)) for hit in hits_of(rows, 5)] == [("https://a.example.org/", 500)]
