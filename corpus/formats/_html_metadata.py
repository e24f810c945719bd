"""What an HTML page tells about itself: title, address, date, authors, tags, language."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from corpus.formats._dates import iso_date
from corpus.note import MetadataValue

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

_TITLES = ("og:title", "citation_title", "twitter:title", "dc.title")
_URLS = ("og:url", "citation_public_url")
_DATES = (
    "article:published_time",
    "datepublished",
    "citation_publication_date",
    "citation_date",
    "dc.date",
    "dcterms.created",
    "date",
)
_AUTHORS = ("author", "citation_author", "article:author", "dc.creator", "parsely-author")
_TAGS = ("article:tag", "keywords", "citation_keywords", "parsely-tags")
_TITLE_PARTS = re.compile(r"\s+[|–—·»:-]\s+")
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(https?://[^\s>]+)|^\s*url:\s*(https?://\S+)", re.MULTILINE)
_MAX_TAGS = 50


def page_title(soup: BeautifulSoup) -> str:
    """The title: as the page announces it, else its `title` without the site's name, else the first heading."""
    fields = _fields(soup)
    for name in _TITLES:
        if fields.get(name):
            return fields[name][0]
    main = soup.find(["main", "article"])
    heading = (main.find("h1") if main else None) or soup.find("h1")
    first = " ".join(heading.get_text(" ").split()).strip("¶§# ") if heading else ""
    whole = " ".join(soup.title.get_text(" ").split()) if soup.title else ""
    parts = _TITLE_PARTS.split(whole)
    if not whole or first in parts:
        return first
    sites = fields.get("og:site_name", [])
    return next((part for part in parts if part not in sites), whole) if sites else whole


def read_metadata(soup: BeautifulSoup, markup: str) -> dict[str, MetadataValue]:
    """The fields `url`, `date`, `author`, `tags` and `language`, each only where the page has it."""
    fields = _fields(soup)
    linked = _linked_record(soup)
    known: dict[str, MetadataValue] = {
        "url": _url(soup, fields, markup),
        "date": _date(soup, fields, linked),
        "author": ", ".join(_authors(fields, linked)),
        "tags": _tags(fields),
        "language": str(soup.html.get("lang") or "")[:35] if soup.html else "",
    }
    return {name: value for name, value in known.items() if value}


def _fields(soup: BeautifulSoup) -> dict[str, list[str]]:
    """The contents of the page's `meta` elements by their name in lower case."""
    found: dict[str, list[str]] = {}
    for meta in soup.find_all("meta"):
        name = str(meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        content = " ".join(str(meta.get("content") or "").split())
        if name and content:
            found.setdefault(name, []).append(content)
    return found


def _url(soup: BeautifulSoup, fields: dict[str, list[str]], markup: str) -> str:
    canonical = soup.find("link", rel="canonical")
    saved = _SAVED_FROM.search(markup[:4096])
    candidates = [
        str(canonical.get("href") or "") if canonical else "",
        *(fields.get(name, [""])[0] for name in _URLS),
        (saved[1] or saved[2]) if saved else "",
    ]
    return next((url for url in candidates if url.startswith(("http://", "https://"))), "")


def _date(soup: BeautifulSoup, fields: dict[str, list[str]], linked: dict[str, Any]) -> str:
    """When it was published, in ISO 8601, as exact as the page says."""
    moment = soup.find("time", datetime=True)
    candidates = [fields[name][0] for name in _DATES if name in fields]
    candidates.append(str(linked.get("datePublished") or ""))
    candidates.append(str(moment["datetime"]) if moment else "")
    return next((day for day in map(iso_date, candidates) if day), "")


def _authors(fields: dict[str, list[str]], linked: dict[str, Any]) -> list[str]:
    for name in _AUTHORS:
        people = [person for person in fields.get(name, []) if not person.startswith(("http://", "https://"))]
        if people:
            return list(dict.fromkeys(people))
    linked_people = _as_list(linked.get("author"))
    names = [person.get("name") if isinstance(person, dict) else person for person in linked_people]
    return [name for name in names if isinstance(name, str)]


def _tags(fields: dict[str, list[str]]) -> tuple[str, ...]:
    for name in _TAGS:
        tags = [tag.strip() for content in fields.get(name, []) for tag in content.split(",")]
        if any(tags):
            return tuple(dict.fromkeys(tag for tag in tags if tag))[:_MAX_TAGS]
    return ()


def _linked_record(soup: BeautifulSoup) -> dict[str, Any]:
    """The page's first JSON-LD record that has an author or a date."""
    for script in soup.find_all("script", type="application/ld+json"):
        try:
            loaded = json.loads(script.get_text())
        except (ValueError, RecursionError):
            continue
        for record in _as_list(loaded.get("@graph", loaded) if isinstance(loaded, dict) else loaded):
            if isinstance(record, dict) and ("author" in record or "datePublished" in record):
                return record
    return {}


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
