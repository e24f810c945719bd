"""What became of each address: a real fetch of a real server, in a small internet on this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from agent.errors import WebError
from agent.settings import WebSettings
from agent.web import Web
from agent.web_fetch import Fetcher
from agent.web_search import WebHit
from evals.web_cases.internet import Internet, Served, page, redirect
from evals.web_cases.tables import AddressCase

HONEST = "The honest page tells that rotary embeddings turn queries and keys by an angle."
_PLAIN_HOSTS = (
    "plain.example.org",
    "93.184.215.14",
    "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]",
    "[64:ff9b::5db8:d70e]",
    "xn--bcher-kva.example.org",
    "xn--r8jz45g.example.org",
    "xn--e1afmkfd.example.org",
    "localhost.example.org",
)


@dataclass(frozen=True, slots=True)
class Visit:
    """What became of an address: `reason` is empty where the page was read; `reached` lists addresses connected to."""

    case: AddressCase
    reason: str
    reached: tuple[str, ...]

    @property
    def as_expected(self) -> bool:
        """Refused for the expected reason or visited as expected, and nothing but public addresses was connected to."""
        right = not self.reason if self.case.visited else bool(self.reason) and self.case.reason in self.reason
        return right and all(ipaddress.ip_address(address).is_global for address in self.reached)


class NoSearch:
    """A provider for those who only visit."""

    name = "nobody"

    def find(self, query: str, k: int) -> list[WebHit]:
        return []


def visit_case(case: AddressCase) -> Visit:
    """What became of one address."""
    with _internet(case) as internet:
        web = Web(NoSearch(), Fetcher(WebSettings(), resolve=internet.resolve, network=internet.network))
        reason = ""
        try:
            text = web.visit(case.url).text
            assert HONEST in text, text
        except WebError as error:
            reason = str(error)
        return Visit(case, reason, tuple(address for address, _ in internet.connected))


@contextmanager
def _internet(case: AddressCase) -> Iterator[Internet]:
    honest = page(f"<h1>Rotary embeddings</h1><p>{HONEST}</p>")
    sites: dict[str, dict[str, Served | list[Served]]] = {host: {"*": honest} for host in _PLAIN_HOSTS}
    for private in ("127.0.0.1", "169.254.169.254", "localhost"):
        sites[private] = {"*": page("<p>what only this machine should see</p>")}
    host = urlsplit(case.url).hostname if "rebound" in case.url or "nip" in case.url else "rebound.example.org"
    sites[host or ""] = {"*": honest}
    sites["redirecting.example.org"] = _chain(case.redirects)
    sites["redirecting.example.org"].setdefault("*", honest)
    if case.robots:
        sites["plain.example.org"]["/robots.txt"] = redirect(case.robots)
    with Internet(sites) as internet:
        if case.resolves:
            internet.addresses[host or ""] = [list(answer) for answer in case.resolves]
        yield internet


def _chain(redirects: tuple[str, ...]) -> dict[str, Served | list[Served]]:
    """Path → redirect: from `/` to the first target, from there to the second, ..."""
    chain: dict[str, Served | list[Served]] = {}
    here = "http://redirecting.example.org/"
    for target in redirects:
        chain[urlsplit(here).path] = redirect(target)
        here = urljoin(here, target)
    return chain
