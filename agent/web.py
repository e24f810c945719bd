"""The web as evidence: searches and pages, off unless they are asked for.

`Web` is what a whole process shares; `Web.session` is what one question gets: the same two methods, and the rules that
keep a page from steering the run (`agent.web_session`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from agent.errors import WebError
from agent.web_addresses import checked_address
from agent.web_search import SearchProvider, WebHit, open_provider

if TYPE_CHECKING:
    from agent.settings import Settings
    from agent.web_cache import PageCache
    from agent.web_fetch import Fetcher
    from agent.web_pages import WebPage
    from agent.web_session import WebSession

LONGEST_QUERY: Final = 300
"""Characters: search engines cut longer ones, and what is longer is a text and not a query."""
_MOST_HITS: Final = 20


class Web:
    """Searches the web and reads pages; may be shared by threads.

    Args:
        provider: Who searches.
        fetcher: What fetches pages.
        cache: Pages that were read before; None keeps none.
        now: The time, with its time zone.
    """

    def __init__(
        self,
        provider: SearchProvider,
        fetcher: Fetcher,
        cache: PageCache | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.provider = provider
        self._fetcher = fetcher
        self._cache = cache
        self._now = now

    @classmethod
    def open(cls, settings: Settings) -> Web:
        """The web as the settings say.

        Raises:
            WebError: The search provider is unknown, or what it needs is not installed.
        """
        from agent.web_cache import PageCache
        from agent.web_fetch import Fetcher

        provider = open_provider(settings.web)
        age = timedelta(hours=settings.web.cache_hours)
        cache = PageCache(settings.data, age, lambda: datetime.now(UTC)) if age else None
        return cls(provider, Fetcher(settings.web), cache)

    def search(self, query: str, k: int = 5) -> list[WebHit]:
        """At most `k` pages for `query`, best first; an empty list where nothing matches.

        Raises:
            WebOffline: The provider cannot be reached.
            WebError: The query is empty or far too long, or the provider fails.
        """
        words = " ".join(query.split())
        if not any(c.isalnum() for c in words):
            raise WebError("the query has no words; search for a few plain ones")
        if len(words) > LONGEST_QUERY:
            raise WebError(f"the query has {len(words):,} characters; search for a few words, at most {LONGEST_QUERY}")
        return list(self.provider.find(words, max(1, min(k, _MOST_HITS))))[:k]

    def visit(self, url: str) -> WebPage:
        """The page at `url`.

        Raises:
            AddressRefused: The address, or one that it leads to, is not visited.
            WebOffline: No machine can be reached.
            WebError: The page cannot be had or read; the reason says why.
        """
        from agent.web_pages import media_problem, read_page

        asked = checked_address(url).url
        page = self._cache.get(asked) if self._cache else None
        if page is None:
            page = read_page(self._fetcher.get(asked, media_problem), self._now())
            if self._cache:
                self._cache.put(asked, page)
        return page

    def session(self, question: str, private: Callable[[], Iterable[str]] = tuple) -> WebSession:
        """The web for one question.

        Args:
            question: As the person asked it; addresses in it may be visited.
            private: The texts of notes that the run has seen so far; they are kept out of queries.
        """
        from agent.web_session import WebSession

        return WebSession(self, question, private)
