"""Pages by their address: bounded in size, time and redirects, with robots.txt respected.

Every address on the way is judged before it is asked for (`agent.web_addresses`) and once more when a connection is
made (`agent.web_connection`). No cookie, no credential and nothing of the question is sent.
"""

from __future__ import annotations

import errno
import ssl
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import urljoin

import httpcore
import httpx

from agent.errors import WebError, WebOffline
from agent.settings import WebSettings
from agent.web_addresses import WebAddress, checked_address, shortened
from agent.web_connection import (
    OFFLINE,
    Clock,
    Deadline,
    DeadlinePassed,
    PinnedNetwork,
    PinnedTransport,
    Resolve,
    system_resolve,
)
from agent.web_retries import Sleep, pause_before
from agent.web_robots import Robots

AGENT_NAME: Final = "footnote"
USER_AGENT: Final = f"{AGENT_NAME}/0.1 (reads single pages for one person; keeps to robots.txt)"

_HEADERS: Final = {
    "User-Agent": USER_AGENT,
    "Accept": "text/html, application/xhtml+xml, application/pdf;q=0.9, text/*;q=0.8",
    "Accept-Encoding": "gzip",
}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_UNREACHABLE: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
_ROBOTS_BYTES: Final = 500 * 2**10
"""What RFC 9309 asks a crawler to read at least; the rest of a longer file is not read."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server sent: `url` is the address that it came from, after redirects; `media_type` is in lower case."""

    url: str
    media_type: str
    charset: str
    body: bytes


class Fetcher:
    """Fetches pages; may be shared by threads.

    Args:
        settings: Bounds.
        resolve: The look-up of hosts.
        network: What connects to addresses; None is this machine's.
        clock: Seconds that only grow.
        sleep: Waits between tries.
        tls: What certificates are trusted; None is what httpx trusts.
    """

    def __init__(
        self,
        settings: WebSettings,
        *,
        resolve: Resolve = system_resolve,
        network: httpcore.NetworkBackend | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._resolve = resolve
        self._network = network or httpcore.SyncBackend()
        self._clock = clock
        self._sleep = sleep
        self._tls = tls or _trusted()
        self._robots = Robots(AGENT_NAME, clock)

    def get(self, url: str, accepts: Callable[[str], str]) -> Fetched:
        """What `url` leads to.

        Args:
            url: An http or https address.
            accepts: What speaks against a media type, or an empty text; asked before the body is read.

        Raises:
            AddressRefused: It, or an address that it leads to, is not visited.
            WebOffline: No machine can be reached.
            WebError: robots.txt forbids it, the server fails, or a bound is exceeded.
        """
        address = checked_address(url)
        deadline = Deadline.after(self._settings.seconds, self._clock)
        transport = PinnedTransport(PinnedNetwork(deadline, self._resolve, self._network), self._tls)
        with httpx.Client(
            transport=transport, headers=_HEADERS, trust_env=False, timeout=self._settings.seconds
        ) as client:
            visit = _Visit(client, deadline, self._settings, self._sleep)
            return visit.follow(address, accepts, allow=lambda page: self._ask_robots(visit, page))

    def _ask_robots(self, visit: _Visit, page: WebAddress) -> None:
        rules = self._robots.known(page.origin) or self._robots.learn(page.origin, visit.robots_text(page))
        if problem := rules.problem(page.url):
            raise WebError(f"{shortened(page.url)!r} is not visited: {problem}")


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that httpx trusts, read once: that takes 20 ms."""
    return httpx.create_ssl_context(trust_env=False)


class _Visit:
    """One fetch, with everything that was needed on the way, under one deadline."""

    def __init__(self, client: httpx.Client, deadline: Deadline, settings: WebSettings, sleep: Sleep) -> None:
        self._client = client
        self._deadline = deadline
        self._settings = settings
        self._sleep = sleep

    def follow(
        self, address: WebAddress, accepts: Callable[[str], str], allow: Callable[[WebAddress], None]
    ) -> Fetched:
        """What an address leads to; `allow` raises for an address on the way that must not be asked for."""
        for _ in range(self._settings.redirects + 1):
            allow(address)
            with self._answer(address) as response:
                if response.status_code not in _REDIRECTS:
                    return self._read(address, response, accepts)
                target = response.headers.get("Location", "")
            if not target:
                raise WebError(f"{shortened(address.url)!r} redirects to nowhere")
            address = checked_address(urljoin(address.url, target))
        raise WebError(f"{shortened(address.url)!r} comes after more than {self._settings.redirects} redirects")

    def robots_text(self, page: WebAddress) -> str | None:
        """The robots.txt of a page's site; empty where there is none, None where the site cannot tell (RFC 9309)."""
        address = checked_address(f"{page.origin}/robots.txt")
        for _ in range(self._settings.redirects + 1):
            with self._answer(address) as response:
                if response.status_code >= 500:
                    return None
                if response.status_code >= 400:
                    return ""
                if response.status_code not in _REDIRECTS:
                    return self._body(address, response, _ROBOTS_BYTES, cut=True).decode("utf-8", "replace")
                target = response.headers.get("Location", "")
            address = checked_address(urljoin(address.url, target))
        return ""

    @contextmanager
    def _answer(self, address: WebAddress) -> Iterator[httpx.Response]:
        """The answer to a request, tried again while the server is busy and time is left; its body is not read yet."""
        with _in_our_words(address, self._settings.seconds):
            for attempt in range(self._settings.tries):
                with self._client.stream("GET", address.url) as response:
                    pause = pause_before(attempt + 1, response.status_code, response.headers.get("Retry-After", ""))
                    last = attempt + 1 == self._settings.tries
                    if pause is None or last or pause >= self._deadline.left():
                        yield response
                        return
                self._sleep(pause)

    def _read(self, address: WebAddress, response: httpx.Response, accepts: Callable[[str], str]) -> Fetched:
        if response.status_code != 200:
            raise WebError(f"{shortened(address.url)!r} cannot be had: {address.host} answers {_status(response)}")
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if problem := accepts(media_type):
            raise WebError(f"{shortened(address.url)!r} is not read: {problem}")
        body = self._body(address, response, self._settings.megabytes * 2**20)
        return Fetched(address.url, media_type, response.charset_encoding or "", body)

    def _body(self, address: WebAddress, response: httpx.Response, most: int, *, cut: bool = False) -> bytes:
        """The decoded body, never more than `most` bytes of it in memory."""
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise WebError(f"{shortened(address.url)!r} is compressed by {encoding[:20]!r}, which was not asked for")
        unpack = zlib.decompressobj(wbits=47) if encoding not in ("", "identity") else None
        body = bytearray()
        for piece in response.iter_raw():
            body += unpack.decompress(piece, most + 1 - len(body)) if unpack else piece
            if len(body) > most:
                if cut:
                    break
                raise WebError(f"{shortened(address.url)!r} is larger than {self._settings.megabytes} MB")
        return bytes(body[:most])


def _status(response: httpx.Response) -> str:
    """Status code and the standard's words for it: those of the server are not repeated."""
    known = httpx.codes.get_reason_phrase(response.status_code)
    return f"{response.status_code} ({known})" if known else str(response.status_code)


@contextmanager
def _in_our_words(address: WebAddress, seconds: float) -> Iterator[None]:
    """Turn what goes wrong below HTTP into errors of this package."""
    where = repr(shortened(address.url))
    try:
        yield
    except (DeadlinePassed, httpcore.TimeoutException):
        raise WebError(f"{where} was not there within {seconds:.0f} s; try another page") from None
    except httpcore.NetworkError as error:
        raise _network_error(address, error) from error
    except (httpcore.ProtocolError, httpx.InvalidURL, zlib.error) as error:
        raise WebError(f"{where} cannot be read: {address.host} does not speak proper HTTP") from error


def _network_error(address: WebAddress, error: Exception) -> WebError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return WebError(f"{address.host} has no certificate that can be trusted; it is not visited")
        if isinstance(cause, OSError) and cause.errno in _UNREACHABLE:
            return WebOffline(f"{address.host} cannot be reached; {OFFLINE}")
        cause = cause.__cause__ or cause.__context__
    return WebError(f"{address.host} cannot be reached; try another page")
