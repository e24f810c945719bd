"""Which addresses of the web may be visited: http(s), on public addresses, at the usual ports, in the usual spelling.

Covered: every network that IANA keeps for a special purpose, the metadata services of clouds, IPv6 addresses that
carry an IPv4 address, the decimal, octal, hexadecimal and short spellings that resolvers accept, credentials, unusual
ports, names that only mean something inside a network. A name is judged again once it is resolved: before it connects,
`agent.web_connection` asks `address_problem` about every address.

Names that imitate others are for `agent.web_lookalikes`.

Not covered: what a public server does with a request.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from agent.errors import AddressRefused
from agent.web_lookalikes import lookalike_problem

PORTS: Final = {"http": 80, "https": 443}
"""Scheme → its only port: others belong to services that are no pages."""

_LONGEST: Final = 2048
"""Characters of an address; more is data on its way out, not an address."""

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_SPECIAL: Final[tuple[tuple[_Network, str], ...]] = tuple(
    (ipaddress.ip_network(network), meaning)
    for network, meaning in (
        ("0.0.0.0/8", "this machine"),
        ("10.0.0.0/8", "a private network"),
        ("100.64.0.0/10", "the network of a provider"),
        ("127.0.0.0/8", "this machine"),
        ("168.63.129.16/32", "the metadata service of a cloud"),
        ("169.254.0.0/16", "the local link, where clouds keep their metadata"),
        ("172.16.0.0/12", "a private network"),
        ("192.0.0.0/24", "protocols, not pages"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "relays of 6to4"),
        ("192.168.0.0/16", "a private network"),
        ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "many machines at once"),
        ("240.0.0.0/4", "nothing yet, or everybody"),
        ("::/128", "this machine"),
        ("::1/128", "this machine"),
        ("::ffff:0:0/96", "an IPv4 address in disguise"),
        ("::/96", "an IPv4 address in disguise"),
        ("64:ff9b:1::/48", "an IPv4 address in disguise"),
        ("100::/64", "nothing: what is sent there is discarded"),
        ("2001::/23", "protocols and tunnels, not pages"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "an IPv4 address in disguise"),
        ("3fff::/20", "documentation"),
        ("fc00::/7", "a private network"),
        ("fe80::/10", "the local link"),
        ("fec0::/10", "a private network"),
        ("ff00::/8", "many machines at once"),
    )
)
"""The special-purpose registries of IANA (RFC 6890 and its updates), and the metadata service on a public address."""

_GLOBAL_IPV6: Final = ipaddress.ip_network("2000::/3")
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
"""How a network without IPv4 reaches IPv4 (RFC 6052): judged by the IPv4 address inside."""

_LOCAL_NAMES: Final = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "home.arpa")
"""Last labels of names that only mean something inside a network (RFC 6761, RFC 6762, RFC 8375, and by custom)."""

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_NOT_IN_ADDRESSES: Final = re.compile(r"[\x00-\x20\x7f-\x9f\\\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Blanks, controls, backslashes and invisible signs: parsers disagree about them."""
_AUTHORITY: Final = re.compile(r"//|[/?#]")
_NUMBER: Final = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))+")


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An address that may be tried: `url` is normalised and without its fragment, `host` in its ASCII form."""

    url: str
    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """Scheme and host, as robots.txt counts sites."""
        return f"{self.scheme}://[{self.host}]" if ":" in self.host else f"{self.scheme}://{self.host}"


def checked_address(url: str) -> WebAddress:
    """The address that `url` names.

    Raises:
        AddressRefused: It is one that footnote does not visit; the reason says why.
    """
    import httpx

    text = url.strip()
    if problem := _text_problem(text):
        raise AddressRefused(f"{shortened(text)!r} is refused: {problem}")
    try:
        parsed = httpx.URL(text)
        host = parsed.raw_host.decode("ascii").lower()
        if host.endswith("."):
            host = host.rstrip(".")
            parsed = parsed.copy_with(host=host)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise AddressRefused(f"{shortened(text)!r} is refused: it is no address ({error})") from None
    problem = (
        _authority_problem(_AUTHORITY.split(text)[1], parsed.scheme, parsed.port)
        or host_problem(host)
        or lookalike_problem(parsed.host)
    )
    if problem:
        raise AddressRefused(f"{shortened(text)!r} is refused: {problem}")
    return WebAddress(str(parsed.copy_with(fragment=None)), parsed.scheme, host, PORTS[parsed.scheme])


def host_problem(host: str) -> str:
    """What speaks against visiting `host`, a name or a literal address in ASCII; empty where nothing does."""
    bare = host.rstrip(".")
    if not bare:
        return "it names no host"
    if ":" in bare:
        return address_problem(bare)
    labels = bare.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return address_problem(bare) if _is_plain_ipv4(labels) else "its host is a number in an unusual spelling"
    if any(bare == name or bare.endswith(f".{name}") for name in _LOCAL_NAMES):
        return f"{bare!r} is a name inside a network"
    if not _NAME.fullmatch(bare):
        return f"{bare!r} is no name of a public host"
    return ""


def address_problem(address: str) -> str:
    """What speaks against connecting to `address`, an IPv4 or IPv6 address; empty where it is public."""
    try:
        parsed: _Address = ipaddress.ip_address(address)
    except ValueError:
        return f"{address!r} is no address"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.scope_id is not None:
            return f"{address} is bound to one interface of this machine"
        if parsed in _NAT64:
            parsed = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
    for network, meaning in _SPECIAL:
        if parsed.version == network.version and parsed in network:
            return f"{address} is not public: {network} is for {meaning}"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed not in _GLOBAL_IPV6:
        return f"{address} is not public: only {_GLOBAL_IPV6} is given out"
    return ""


def shortened(url: str, longest: int = 100) -> str:
    """An address as messages show it: not long, and without credentials, query and fragment, which may be secret."""
    bare = re.sub(r"//[^/?#]*@", "//", re.split(r"[?#]", url, maxsplit=1)[0])
    return bare if len(bare) <= longest else f"{bare[: longest - 1]}…"


def _text_problem(text: str) -> str:
    """What is wrong with an address before it is taken apart."""
    if not text:
        return "it is empty"
    if len(text) > _LONGEST:
        return f"it has {len(text):,} characters; {_LONGEST:,} are the limit"
    if _NOT_IN_ADDRESSES.search(text):
        return "it holds blanks, backslashes or invisible signs"
    scheme = _SCHEME.match(text)
    if scheme is None or scheme[1].lower() not in PORTS:
        return "only http: and https: addresses are visited"
    return "" if text[scheme.end() :].startswith("//") else "it names no host"


def _authority_problem(authority: str, scheme: str, port: int | None) -> str:
    if "@" in authority:
        return "it carries a user name, behind which another host can hide"
    if port not in (None, PORTS[scheme]):
        return f"port {port} is not the port of {scheme}"
    return ""


def _is_plain_ipv4(labels: list[str]) -> bool:
    """Whether these are four decimal numbers without leading zeros."""
    try:
        return str(ipaddress.IPv4Address(".".join(labels))) == ".".join(labels)
    except ValueError:
        return False
