"""Who searches the web: one method, three providers, chosen by a setting.

The queries of a search leave this machine, to the provider and to nobody else. Keys and passwords go into headers of
requests alone: no message, log line or `repr` of this module holds them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from agent.errors import AddressRefused, WebError, WebOffline
from agent.web_addresses import checked_address
from agent.web_marks import plain_line
from agent.web_retries import Sleep, pause_before

if TYPE_CHECKING:
    import httpx

    from agent.settings import WebSettings

DUCKDUCKGO: Final = "duckduckgo"
_LANGCHAIN: Final = "langchain:"
_OFFLINE: Final = "check the connection, or ask without --web"
_LONGEST_SNIPPET: Final = 500
_LONGEST_ADDRESS: Final = 2048


@dataclass(frozen=True, slots=True)
class WebHit:
    """A page that a search found; title and snippet are one line each, as the provider gave them."""

    url: str
    title: str
    snippet: str


class SearchProvider(Protocol):
    """What searches."""

    name: str
    """For people; holds no key."""

    def find(self, query: str, k: int) -> Sequence[WebHit]:
        """At most `k` pages, best first; an empty list where nothing matches.

        Raises:
            WebOffline: The provider cannot be reached.
            WebError: It fails, or does not answer in its form.
        """


class SearxngSearch:
    """A SearXNG server by its JSON API; `json` has to be among the formats of its settings.

    Args:
        url: Of the server; a user name and password in it are sent as basic authentication.
        key: Sent as a bearer token where it is given.
        seconds: For each try.
        tries: While the server is busy.
        sleep: Waits between tries.
        transport: Replaces the network.
    """

    def __init__(
        self,
        url: str,
        key: str = "",
        seconds: float = 15.0,
        tries: int = 3,
        sleep: Sleep = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        import httpx

        try:
            given = httpx.URL(url)
        except httpx.InvalidURL:
            raise WebError("FOOTNOTE_WEB_SEARCH holds no valid address; set it to http(s)://HOST") from None
        if given.scheme not in ("http", "https") or not given.host:
            raise WebError("FOOTNOTE_WEB_SEARCH holds no address; set it to http(s)://HOST")
        self.name = f"SearXNG at {given.netloc.decode('ascii')}"
        self._url = given.copy_with(username=None, password=None, query=None, fragment=None)
        self._login = (given.username, given.password) if given.userinfo else None
        self._headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._seconds = seconds
        self._tries = tries
        self._sleep = sleep
        self._transport = transport

    def find(self, query: str, k: int) -> list[WebHit]:
        import httpx

        address = self._url.copy_with(path=f"{self._url.path.rstrip('/')}/search")
        try:
            with httpx.Client(
                headers=self._headers,
                auth=self._login,
                timeout=self._seconds,
                transport=self._transport,
                trust_env=self._transport is None,
            ) as client:
                answer = self._ask(client, address, {"q": query, "format": "json"})
        except httpx.TimeoutException:
            raise WebError(f"{self.name} did not answer within {self._seconds:.0f} s; try again later") from None
        except httpx.TransportError as error:
            raise WebOffline(f"{self.name} cannot be reached ({type(error).__name__}); {_OFFLINE}") from None
        if answer.status_code == 403:
            raise WebError(f"{self.name} refuses; add `json` to `search.formats` in its settings, or set a key")
        if answer.status_code != 200:
            raise WebError(f"{self.name} answers with status {answer.status_code}; try again later")
        return self._read(answer, k)

    def _ask(self, client: httpx.Client, address: httpx.URL, parameters: Mapping[str, str]) -> httpx.Response:
        for attempt in range(1, self._tries):
            answer = client.get(address, params=parameters)
            pause = pause_before(attempt, answer.status_code, answer.headers.get("Retry-After", ""))
            if pause is None:
                return answer
            self._sleep(pause)
        return client.get(address, params=parameters)

    def _read(self, answer: httpx.Response, k: int) -> list[WebHit]:
        try:
            found = answer.json()["results"]
            rows = [(one["url"], one.get("title"), one.get("content")) for one in found]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise WebError(f"{self.name} did not answer in the form of SearXNG's JSON API; check its URL") from None
        return hits_of(rows, k)


class DuckDuckGoSearch:
    """DuckDuckGo through `ddgs`, whose one door this is; an optional extra.

    Args:
        seconds: For each try.
        tries: While it limits the rate.
        sleep: Waits between tries.
        find_text: Replaces `DDGS.text`: query and count to rows with `href`, `title` and `body`.
    """

    name = "DuckDuckGo"

    def __init__(
        self,
        seconds: float = 15.0,
        tries: int = 3,
        sleep: Sleep = time.sleep,
        find_text: Callable[[str, int], Iterable[Mapping[str, Any]]] | None = None,
    ) -> None:
        self._tries = tries
        self._sleep = sleep
        self._find_text = find_text or _ddgs(seconds)

    def find(self, query: str, k: int) -> list[WebHit]:
        from ddgs.exceptions import DDGSException, RatelimitException

        for attempt in range(1, self._tries + 1):
            try:
                rows = self._find_text(query, k)
                return hits_of([(row.get("href"), row.get("title"), row.get("body")) for row in rows], k)
            except RatelimitException:
                pause = pause_before(attempt, 429)
                if attempt < self._tries and pause is not None:
                    self._sleep(pause)
            except DDGSException as error:
                if "No results" in str(error):
                    return []
                raise _ddgs_failure(error) from None
        raise WebError("DuckDuckGo limits how often it is asked; try again in a minute, or set FOOTNOTE_WEB_SEARCH")


class LangChainSearch:
    """Any search tool of LangChain that returns rows with an address: in a list, in its JSON, or as an artifact.

    Args:
        tool: With `invoke(query)`, as every `BaseTool` has.
    """

    def __init__(self, tool: Any) -> None:
        self._tool = tool
        self.name = f"LangChain tool {getattr(tool, 'name', type(tool).__name__)}"

    def find(self, query: str, k: int) -> list[WebHit]:
        try:
            found = self._tool.invoke(query)
        except Exception as error:  # a tool may raise anything, and its message may hold its key
            raise WebError(f"{self.name} failed ({type(error).__name__}); try again later") from None
        rows = _rows_in(found)
        if rows is None:
            raise WebError(f"{self.name} returns no rows with addresses; use a tool that returns its hits as a list")
        return hits_of([(_first(row, _URLS), _first(row, _TITLES), _first(row, _SNIPPETS)) for row in rows], k)


def open_provider(settings: WebSettings, sleep: Sleep = time.sleep) -> SearchProvider:
    """The provider that the settings name.

    Raises:
        WebError: It is unknown, or what it needs is not installed.
    """
    spec = settings.search.strip()
    if spec.lower() == DUCKDUCKGO:
        return DuckDuckGoSearch(settings.seconds, settings.tries, sleep)
    if spec.lower().startswith(("http://", "https://")):
        return SearxngSearch(spec, settings.key, settings.seconds, settings.tries, sleep)
    if spec.startswith(_LANGCHAIN):
        return LangChainSearch(_langchain_tool(spec.removeprefix(_LANGCHAIN)))
    raise WebError(
        f"FOOTNOTE_WEB_SEARCH is no search provider; it takes `{DUCKDUCKGO}`, the URL of a SearXNG server, or "
        f"`{_LANGCHAIN}MODULE:NAME`"
    )


def hits_of(rows: Iterable[tuple[Any, Any, Any]], k: int) -> list[WebHit]:
    """The first `k` rows (address, title, snippet) whose address may be visited, each address once."""
    hits: dict[str, WebHit] = {}
    for url, title, snippet in rows:
        if not isinstance(url, str) or len(hits) == k:
            continue
        try:
            address = checked_address(url).url
        except AddressRefused:
            continue
        name = plain_line(str(title or ""))[:_LONGEST_SNIPPET] or address
        hits.setdefault(address, WebHit(address, name, plain_line(str(snippet or ""))[:_LONGEST_SNIPPET]))
    return list(hits.values())


# --- DuckDuckGo -------------------------------------------------------------------------------------------------


def _ddgs(seconds: float) -> Callable[[str, int], Iterable[Mapping[str, Any]]]:
    try:
        from ddgs import DDGS
    except ImportError:
        raise WebError(
            "DuckDuckGo needs the package `ddgs`; run `pip install 'footnote[web]'`, or set FOOTNOTE_WEB_SEARCH to the "
            "URL of a SearXNG server"
        ) from None

    def find_text(query: str, k: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = DDGS(timeout=round(seconds)).text(query, max_results=k, backend=DUCKDUCKGO)
        return found

    return find_text


def _ddgs_failure(error: Exception) -> WebError:
    text = str(error).lower()
    if any(sign in text for sign in ("connect", "dns", "resolve", "unreachable")):
        return WebOffline(f"DuckDuckGo cannot be reached; this machine seems to be offline: {_OFFLINE}")
    return WebError(f"DuckDuckGo did not answer ({type(error).__name__}); try again later, or set FOOTNOTE_WEB_SEARCH")


# --- LangChain --------------------------------------------------------------------------------------------------

_URLS: Final = ("url", "link", "href", "source")
_TITLES: Final = ("title", "name")
_SNIPPETS: Final = ("snippet", "content", "body", "description", "text")
_LISTS: Final = ("results", "items", "organic", "webPages", "web")


def _langchain_tool(place: str) -> Any:
    """The tool at `MODULE:NAME`; a class or function is called without arguments."""
    module, _, name = place.partition(":")
    try:
        found = getattr(import_module(module), name)
        return found if hasattr(found, "invoke") and not isinstance(found, type) else found()
    except Exception as error:  # the module of a user; its message may hold its key
        raise WebError(
            f"the LangChain tool {place!r} cannot be made ({type(error).__name__}); it takes MODULE:NAME of a tool, or "
            "of a class or function that makes one without arguments"
        ) from None


def _rows_in(found: Any) -> list[Mapping[str, Any]] | None:
    """The rows in what a tool returned, or None where there is no list of them."""
    import json

    if isinstance(found, str):
        try:
            found = json.loads(found)
        except ValueError:
            return None
    if isinstance(found, Mapping):
        found = next((found[name] for name in _LISTS if isinstance(found.get(name), list)), None)
    if not isinstance(found, list | tuple):
        return None
    rows = [getattr(row, "metadata", row) for row in found]
    return [row for row in rows if isinstance(row, Mapping)] if rows else []


def _first(row: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((row[name] for name in names if row.get(name)), None)
