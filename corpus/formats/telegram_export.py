"""Telegram Desktop's JSON export (`result.json`) of a channel, group or chat, or of a whole account: one note a post.

A short message that follows another of the same author within minutes belongs to it. In groups, replies to a message
that asks stand below it, in its note, each after a line that says who replies. Links stand in the text as `words
(address)`, code of several lines in fences, hashtags become tags. A poll is its question and its answers.

Not read: service messages (joined, pinned, renamed), messages with only a photo, file or sticker, the contacts and
log-ins of an account's export, and exports as HTML (a page a file, which is read as a page).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from corpus.errors import UnreadableFile
from corpus.formats._dates import iso_date
from corpus.formats._json import BROKEN_JSON, dicts, words
from corpus.formats._naming import PartNames, first_line_title
from corpus.note import MetadataValue, Note
from corpus.source_file import SourceFile

SHORT_MESSAGE = 200
"""Characters below which a message is taken for the rest of the one before it."""

_SOON = timedelta(minutes=10)
"""How soon a message must follow the one that it belongs to."""

_ASKS = re.compile(r"\?(?=\s|$)|\bin advance\b")
_HEAD = 65_536
_MESSAGES = re.compile(rb'"messages"\s*:\s*\[\s*(?:\]|\{\s*"id"\s*:\s*-?\d+\s*,\s*"type"\s*:\s*"(?:message|service)")')
_ACCOUNT = re.compile(rb'"chats"\s*:\s*\{\s*(?:"about"\s*:\s*"(?:[^"\\]|\\.)*"\s*,\s*)?"list"\s*:\s*\[')
_SHARED_CHATS = ("channel", "supergroup")
"""Ends of the types of chats whose messages have an address."""


@dataclass(slots=True)
class _Post:
    """A message with text, and the short ones that followed it; `latest` is the moment of the last."""

    number: str
    author: str
    forwarded_from: str
    date: str
    latest: datetime | None
    texts: list[str]
    tags: tuple[str, ...]
    reply_to: str = ""

    @property
    def asks(self) -> bool:
        return any(_ASKS.search(text) for text in self.texts)


def matches(file: SourceFile) -> bool:
    """Whether the file begins as an export of a chat, or holds a list of chats as an account's export does."""
    head = file.data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head.startswith(b"{"):
        return False
    return bool(_MESSAGES.search(head)) or bool(_ACCOUNT.search(file.data))


def read(file: SourceFile) -> list[Note]:
    """A note for each post with text, chat by chat, in the order of the export.

    Raises:
        UnreadableFile: The JSON is broken or ends early, or no message holds text.
    """
    try:
        export = json.loads(file.text)
    except BROKEN_JSON as error:
        raise UnreadableFile(f"the Telegram export is broken or was cut off ({error}); export the chat again") from None
    parts = PartNames()
    account = isinstance(export, dict) and "messages" not in export
    notes = [
        _note(file, chat, post, parts.unique(f"{chat.get('id', '')}-{post.number}" if account else post.number))
        for chat in _chats(export)
        for post in _posts(chat)
    ]
    if not notes:
        raise UnreadableFile("the Telegram export holds no message with text")
    return notes


def _chats(export: Any) -> Iterator[dict[str, Any]]:
    """The chats of an export: itself, or those that an account has or had."""
    if not isinstance(export, dict):
        return
    if isinstance(export.get("messages"), list):
        yield export
    for name in ("chats", "left_chats"):
        listed = export.get(name)
        for chat in dicts(listed.get("list") if isinstance(listed, dict) else None):
            if isinstance(chat.get("messages"), list):
                yield chat


def _posts(chat: dict[str, Any]) -> list[_Post]:
    """The posts of a chat, each with what belongs to it: short messages that follow, and replies where it asks."""
    channel = words(chat.get("type")).endswith("channel")
    posts: list[_Post] = []
    threads: dict[str, _Post] = {}
    for numbers, post in _joined(chat):
        thread = threads.get(post.reply_to) if post.reply_to else None
        if thread is None:
            posts.append(post)
        else:
            thread.texts += [f"Reply by {' '.join(post.author.split()) or 'someone'}:", *post.texts]
            thread.tags += post.tags
        if thread or (post.asks and not channel):
            threads |= dict.fromkeys(numbers, thread or post)
    return posts


def _joined(chat: dict[str, Any]) -> Iterator[tuple[list[str], _Post]]:
    """The posts of a chat, each with the short messages that belong to it, and the numbers of its messages."""
    open_post: _Post | None = None
    numbers: list[str] = []
    for message in dicts(chat["messages"]):
        post = _post(message)
        if post is None:
            continue
        if open_post and _continues(post, open_post):
            open_post.texts += post.texts
            open_post.tags += post.tags
            open_post.latest = post.latest
            numbers.append(post.number)
            continue
        if open_post:
            yield numbers, open_post
        open_post, numbers = post, [post.number]
    if open_post:
        yield numbers, open_post


def _post(message: dict[str, Any]) -> _Post | None:
    """The post that a message is, or None where it holds no text."""
    if message.get("type", "message") != "message":
        return None
    text = "\n\n".join(part for part in (_text(message.get("text")), _poll(message.get("poll"))) if part)
    if not text:
        return None
    date = iso_date(message.get("date"))
    return _Post(
        number=str(message.get("id", "")),
        author=words(message.get("from")) or words(message.get("author")),
        forwarded_from=words(message.get("forwarded_from")),
        date=date,
        latest=_moment(message.get("date_unixtime")) or _moment(date),
        texts=[text],
        tags=_hashtags(message.get("text")),
        reply_to=words(message.get("reply_to_message_id")),
    )


def _continues(post: _Post, before: _Post) -> bool:
    """Whether `post` is short and soon enough to be the rest of `before`, by the same author."""
    if len(post.texts[0]) >= SHORT_MESSAGE or post.latest is None or before.latest is None:
        return False
    if post.reply_to not in ("", before.reply_to, before.number):
        return False
    same = (post.author, post.forwarded_from) == (before.author, before.forwarded_from)
    return same and timedelta(0) <= post.latest - before.latest <= _SOON


def _text(text: Any) -> str:
    """The text of a message, with its links and code written out."""
    pieces = text if isinstance(text, list) else [text]
    return "".join(map(_piece, pieces)).strip()


def _piece(piece: Any) -> str:
    if not isinstance(piece, dict):
        return words(piece)
    text, address = words(piece.get("text")), words(piece.get("href"))
    if address and address not in text:
        return f"{text} ({address})"
    code = text.strip("\n")
    if piece.get("type") == "pre" and "\n" in code:
        return f"\n```{words(piece.get('language'))}\n{code}\n```\n"
    return text


def _poll(poll: Any) -> str:
    """A poll as its question over the list of its answers."""
    if not isinstance(poll, dict):
        return ""
    answers = (_text(answer.get("text")) for answer in dicts(poll.get("answers")))
    return "\n".join([_text(poll.get("question")), *(f"- {answer}" for answer in answers if answer)]).strip()


def _hashtags(text: Any) -> tuple[str, ...]:
    return tuple(words(piece.get("text")).lstrip("#") for piece in dicts(text) if piece.get("type") == "hashtag")


def _note(file: SourceFile, chat: dict[str, Any], post: _Post, part: str) -> Note:
    text = "\n\n".join(post.texts)
    channel = words(chat.get("name"))
    metadata: dict[str, MetadataValue] = {
        "format": "telegram",
        "channel": channel,
        "date": post.date,
        "author": post.author or channel,
        "forwarded_from": post.forwarded_from,
        "tags": tuple(dict.fromkeys(tag for tag in post.tags if tag)),
        "url": _address(chat, post.number),
    }
    return file.note(text, title=first_line_title(text), part=part, source=str(metadata["url"]), metadata=metadata)


def _address(chat: dict[str, Any], number: str) -> str:
    """The address of a message, which opens for members of the channel or group; private chats have none."""
    identifier = str(chat.get("id", ""))
    shared = words(chat.get("type")).endswith(_SHARED_CHATS)
    return f"https://t.me/c/{identifier}/{number}" if shared and identifier.isdecimal() and number.isdecimal() else ""


def _moment(written: Any) -> datetime | None:
    """The moment in UTC without a zone, so that any two can be compared; None where it cannot be told."""
    try:
        moment = datetime.fromisoformat(iso_date(written))
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None
