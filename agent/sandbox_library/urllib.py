"""The part of `urllib.parse` that people use; there is no network to open anything with."""

from __future__ import annotations

import re
from typing import Any

EXPORTS = "parse"


def quote(string: str, safe: str = "/") -> str:
    """Text with percent escapes."""
    kept = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~" + safe
    return "".join([chr(byte) if chr(byte) in kept and byte < 128 else f"%{byte:02X}" for byte in string.encode()])


def quote_plus(string: str, safe: str = "") -> str:
    """`quote` with a plus sign for a space."""
    return quote(string, safe + " ").replace(" ", "+")


def unquote(string: str) -> str:
    """Text without percent escapes."""
    out = b""
    parts = string.split("%")
    out += parts[0].encode()
    for part in parts[1:]:
        if re.match("[0-9a-fA-F]{2}", part):
            out += bytes.fromhex(part[:2]) + part[2:].encode()
        else:
            out += b"%" + part.encode()
    return out.decode("utf-8", "replace")


def unquote_plus(string: str) -> str:
    """`unquote` with a space for a plus sign."""
    return unquote(string.replace("+", " "))


def urlencode(query: Any, doseq: bool = False) -> str:
    """A query string."""
    pairs = list(query.items()) if type(query) is dict else list(query)
    flat = []
    for key, value in pairs:
        for one in value if doseq and type(value) in (list, tuple) else [value]:
            flat.append(quote_plus(str(key)) + "=" + quote_plus(str(one)))
    return "&".join(flat)


def parse_qsl(qs: str, keep_blank_values: bool = False) -> Any:
    """Pairs of a query string."""
    pairs = []
    for part in qs.split("&"):
        key, _, value = part.partition("=")
        if part and (value or keep_blank_values):
            pairs.append((unquote_plus(key), unquote_plus(value)))
    return pairs


def parse_qs(qs: str, keep_blank_values: bool = False) -> Any:
    """Values of a query string by key."""
    found: dict[str, Any] = {}
    for key, value in parse_qsl(qs, keep_blank_values):
        found.setdefault(key, []).append(value)
    return found


class ParseResult:
    """The parts of an address."""

    def __init__(self, url: str) -> None:
        match: Any = re.match(r"(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", url)
        groups = match.groups()
        self.scheme = (groups[0] or "").lower()
        self.netloc = groups[1] or ""
        self.path = groups[2] or ""
        self.params = ""
        self.query = groups[3] or ""
        self.fragment = groups[4] or ""
        host = self.netloc.rpartition("@")[2]
        name, _, port = host.partition(":")
        self.hostname = name.lower() or None
        self.port = int(port) if port else None

    def geturl(self) -> str:
        """The address again."""
        text = f"{self.scheme}:" if self.scheme else ""
        text += f"//{self.netloc}" if self.netloc else ""
        text += self.path
        text += f"?{self.query}" if self.query else ""
        return text + (f"#{self.fragment}" if self.fragment else "")


def urlparse(url: str) -> Any:
    """The parts of an address."""
    return ParseResult(url)


def urljoin(base: str, url: str) -> str:
    """The address that `url` means on the page `base`."""
    there, new = ParseResult(base), ParseResult(url)
    if new.scheme:
        return url
    if new.netloc:
        return f"{there.scheme}:{url}"
    start = f"{there.scheme}://{there.netloc}"
    if url.startswith("/"):
        path = new.path
    elif not new.path:
        return (
            start + there.path + (f"?{new.query}" if new.query else "") + (f"#{new.fragment}" if new.fragment else "")
        )
    else:
        path = there.path.rpartition("/")[0] + "/" + new.path
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            if len(steps) > 1:
                steps.pop()
        elif step != ".":
            steps.append(step)
    end = "/" if path.endswith(("/.", "/..")) else ""
    rest = (f"?{new.query}" if new.query else "") + (f"#{new.fragment}" if new.fragment else "")
    return start + "/".join(steps) + end + rest


class _Parse:
    """The module `urllib.parse`."""


parse: Any = _Parse()
parse.quote = quote
parse.quote_plus = quote_plus
parse.unquote = unquote
parse.unquote_plus = unquote_plus
parse.urlencode = urlencode
parse.parse_qs = parse_qs
parse.parse_qsl = parse_qsl
parse.urlparse = urlparse
parse.urlsplit = urlparse
parse.urljoin = urljoin
