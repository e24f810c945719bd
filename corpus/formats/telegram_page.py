"""The text of a Telegram channel's preview page (t.me/s/...), saved or copied: one note a post where they can be told.

Recognised by the page's title line (`Name – Telegram`) near the top together with its counts (`2.2K subscribers`) or
its `Download Telegram` link. What stands above the posts (name, counts, description) is a note of its own; where one
post ends and the next begins is told by `_telegram_boundaries`. Every line of the page is in one note, unchanged.

Not recognised: exports (`telegram_export`), saved HTML (`html`), and dumps that lost the page's head. Dates and
addresses of single posts are not in such a text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.errors import UnreadableFile
from corpus.formats._naming import PartNames, first_line_title, slug
from corpus.formats._sample import text_sample
from corpus.formats._telegram_boundaries import split_posts
from corpus.formats._telegram_lines import forwarded_from
from corpus.note import MetadataValue, Note
from corpus.source_file import SourceFile

_TITLE_LINE = re.compile(r"(?P<name>\S.*?)\s+[–—-]\s+Telegram")
_COUNT = re.compile(r"(?P<number>\d[\d.,\s]*)(?P<unit>[KkMm]?)\s*(?P<what>subscribers?|members?)")
_OTHER_COUNT = re.compile(r"\d[\d.,\s]*[KkMm]?\s*(?:photos?|videos?|files?|links?|audio files?|voice messages?)")
_DOWNLOAD = "download telegram"
_PAGE_LINKS = frozenset({"about", "blog", "apps", "platform", "preview channel", "join channel", "view in telegram"})

_LONGEST_HEAD_LINE = 200
"""Characters of a line of the head that is looked at; names and counts are far shorter."""

_TITLE_WITHIN = 5
"""Lines with text among which the title line must be."""

_HEAD_WITHIN = 80
"""Lines in which the head of the page ends; a channel's description is at most a few hundred characters."""

_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
_HASHTAG = re.compile(r"(?<![\w/&#])#([^\W\d_]\w{0,60})")


def matches(file: SourceFile) -> bool:
    """Whether the first lines are the head of a channel's page."""
    lines = text_sample(file).split("\n")[:_HEAD_WITHIN]
    return bool(_channel(lines)) and any(_fullmatch(_COUNT, line) or _is_download(line) for line in lines)


def read(file: SourceFile) -> list[Note]:
    """A note for the head of the page and one for each post, in the order of the page.

    Raises:
        UnreadableFile: The text has no head of a channel's page.
    """
    lines = file.text.split("\n")
    channel = _channel(lines[:_HEAD_WITHIN])
    if not channel:
        raise UnreadableFile("no head of a Telegram channel's page is found")
    body = _head_end(lines)
    about: dict[str, MetadataValue] = {"format": "telegram page", "channel": channel, **_subscribers(lines[:body])}
    head = "\n".join(lines[:body]).strip()
    parts = PartNames()
    notes = [file.note(head, title=channel, part=parts.unique("channel"), metadata=about)]
    for start, end in split_posts(lines[body:]):
        notes.append(_post(file, lines[body + start : body + end], about, parts))
    return notes


def _post(file: SourceFile, lines: Sequence[str], about: dict[str, MetadataValue], parts: PartNames) -> Note:
    text = "\n".join(lines).strip("\n")
    forwarded = forwarded_from(lines[0])
    title = first_line_title("\n".join(lines[1:]) if forwarded else text) or first_line_title(text)
    tags = tuple(dict.fromkeys(_HASHTAG.findall(text)))
    metadata: dict[str, MetadataValue] = {**about, "forwarded_from": forwarded, "tags": tags}
    return file.note(text, title=title, part=parts.unique(slug(title)), metadata=metadata)


def _channel(lines: Sequence[str]) -> str:
    """The channel's name by the page's title line, or an empty text."""
    first = [line for line in lines if line.strip()][:_TITLE_WITHIN]
    found = (_fullmatch(_TITLE_LINE, line) for line in first)
    return next((match["name"] for match in found if match), "")


def _head_end(lines: Sequence[str]) -> int:
    """The line after the head: after its last link to an application, else after its counts."""
    within = lines[:_HEAD_WITHIN]
    ends = [number for number, line in enumerate(within) if _is_download(line)]
    if not ends:
        ends = [
            number
            for number, line in enumerate(within)
            if any(_fullmatch(pattern, line) for pattern in (_COUNT, _OTHER_COUNT, _TITLE_LINE))
        ]
    end = ends[-1] + 1
    while end < len(lines) and lines[end].strip().lower() in _PAGE_LINKS:
        end += 1
    return end


def _is_download(line: str) -> bool:
    return line.strip().lower() == _DOWNLOAD


def _fullmatch(pattern: re.Pattern[str], line: str) -> re.Match[str] | None:
    line = line.strip()
    return pattern.fullmatch(line) if len(line) <= _LONGEST_HEAD_LINE else None


def _subscribers(lines: Sequence[str]) -> dict[str, MetadataValue]:
    """How many subscribers the page counts, as far as it tells: `2.2K` are 2,200."""
    for line in lines:
        if found := _fullmatch(_COUNT, line):
            number = re.sub(r"[\s,]", "", found["number"]).rstrip(".")
            if re.fullmatch(r"\d{1,12}(?:\.\d+)?", number):
                return {"subscribers": round(float(number) * _UNITS[found["unit"].lower()])}
    return {}
