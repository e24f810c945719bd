"""`Posts.xml` of a Stack Exchange data dump: one note a question, with its answers below it.

The accepted answer comes first, then the higher score. Bodies are turned from HTML into Markdown. Where the name of the
file or of its folder tells the site (`datascience.stackexchange.com/Posts.xml`), a note's source is the question's
address there. Answers whose question is in no row are a note of their own.

The other tables of a dump (users, comments, votes, ...) are recognised and refused: they hold no notes. Tag wikis and
other kinds of posts are left out. Entities and external references in the XML are refused (`defusedxml`).
"""

from __future__ import annotations

import html as entities
import io
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

from corpus.errors import UnreadableFile
from corpus.formats._dates import iso_date
from corpus.formats._post_rows import tag_list
from corpus.formats.html import html_to_markdown
from corpus.note import MetadataValue, Note
from corpus.source_file import SourceFile

_LOG = logging.getLogger(__name__)

_HEAD = 4096
"""Bytes in which the first row of a dump's table begins."""

_TABLE = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?"
    rb"<(posts|users|comments|votes|badges|tags|posthistory|postlinks)\b[^>]*>\s*(?:<row\s|</|\Z)",
    re.IGNORECASE,
)
_QUESTION, _ANSWER = "1", "2"
"""Values of `PostTypeId`."""

_SITE = re.compile(
    r"(?<![\w-])((?:[a-z0-9-]+\.)*(?:stackexchange|stackoverflow|superuser|serverfault|askubuntu|stackapps)\.com"
    r"|(?:[a-z0-9-]+\.)?mathoverflow\.net)"
)


@dataclass(frozen=True, slots=True)
class _Post:
    """The fields of a row that become part of a note."""

    number: int
    body: str
    score: int
    title: str = ""
    tags: tuple[str, ...] = ()
    accepted: int = 0
    date: str = ""
    author: str = ""


@dataclass(slots=True)
class _Thread:
    """A question, which may be missing, and the answers to it."""

    question: _Post | None = None
    answers: list[_Post] = field(default_factory=list)


def matches(file: SourceFile) -> bool:
    """Whether the file begins as a table of a Stack Exchange dump."""
    return bool(_TABLE.match(file.data[:_HEAD]))


def read(file: SourceFile) -> list[Note]:
    """A note for each question, by its number.

    Raises:
        UnreadableFile: It is another table of the dump, holds no question, or is no safe XML.
    """
    table = _TABLE.match(file.data[:_HEAD])
    if table and table[1].lower() != b"posts":
        name = table[1].decode().lower()
        raise UnreadableFile(f"it is the table of {name} of a Stack Exchange dump, which holds no posts")
    site = _site(file)
    threads = _threads(file)
    notes = [_note(file, number, threads[number], site) for number in sorted(threads)]
    if not notes:
        raise UnreadableFile("the Stack Exchange dump holds neither questions nor answers")
    return notes


def _threads(file: SourceFile) -> dict[int, _Thread]:
    """The questions and answers of the dump by the question's number."""
    threads: dict[int, _Thread] = {}
    for row in _rows(file):
        kind, post = row.get("PostTypeId"), _post(row)
        parent = _number(row.get("ParentId"))
        if post is None:
            continue
        if kind == _QUESTION:
            threads.setdefault(post.number, _Thread()).question = post
        elif kind == _ANSWER and parent:
            threads.setdefault(parent, _Thread()).answers.append(post)
    return threads


def _rows(file: SourceFile) -> Iterator[Element]:
    """The rows of the table one by one; a table that is cut off ends with its last whole row."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    found = 0
    try:
        parsing = iterparse(io.BytesIO(file.data), events=("start", "end"), forbid_dtd=True)
        _, root = next(parsing)
        for event, element in parsing:
            if event == "end" and element.tag == "row":
                found += 1
                yield element
                root.clear()
    except DefusedXmlException as error:
        raise UnreadableFile(f"its XML declares a document type or entities ({error}); posts need none") from None
    except (ParseError, StopIteration, LookupError, ValueError) as error:
        if not found:
            raise UnreadableFile(f"its XML cannot be parsed ({error})") from None
        _LOG.warning("%s: the XML breaks off after %d rows (%s); what follows was skipped", file.name, found, error)


def _post(row: Element) -> _Post | None:
    """The post of a row, or None where it has no number."""
    number = _number(row.get("Id"))
    if not number:
        return None
    user = row.get("OwnerUserId", "")
    return _Post(
        number=number,
        body=row.get("Body", ""),
        score=_number(row.get("Score")),
        title=entities.unescape(row.get("Title", "")),
        tags=tag_list(row.get("Tags", "")),
        accepted=_number(row.get("AcceptedAnswerId")),
        date=iso_date(row.get("CreationDate", "")),
        author=row.get("OwnerDisplayName", "") or (f"user {user}" if user else ""),
    )


def _number(written: str | None) -> int:
    return int(written) if written and re.fullmatch(r"-?[0-9]{1,18}", written) else 0


def _note(file: SourceFile, number: int, thread: _Thread, site: str) -> Note:
    question = thread.question
    title = (question.title if question else "") or f"Answers to question {number}"
    url = f"https://{site}/q/{number}" if site else ""
    metadata: dict[str, MetadataValue] = {"format": "stack exchange", "url": url, "answers": len(thread.answers)}
    if question:
        metadata |= {"tags": question.tags, "date": question.date, "author": question.author, "score": question.score}
    text = "\n\n".join([f"# {' '.join(title.split())}", *_sections(question, thread.answers)])
    return file.note(text, title=title, part=str(number), source=url, markup="markdown", metadata=metadata)


def _sections(question: _Post | None, answers: Sequence[_Post]) -> Iterator[str]:
    """The question's body, and each answer below a heading; accepted first, then by score, then the older one."""
    accepted = question.accepted if question else 0
    if question and (body := _markdown(question.body)):
        yield body
    for answer in sorted(answers, key=lambda post: (post.number != accepted, -post.score, post.number)):
        label = f"accepted, score {answer.score}" if answer.number == accepted else f"score {answer.score}"
        yield f"## Answer ({label})"
        if body := _markdown(answer.body):
            yield body


def _markdown(body: str) -> str:
    """The Markdown of a body; one beyond the converter's limit stays as it is."""
    try:
        return html_to_markdown(body)
    except UnreadableFile:
        return body.strip()


def _site(file: SourceFile) -> str:
    """The site that the names of the file and of the folders around it tell, the innermost first, or an empty text."""
    for place in (file.name, file.path):
        for part in reversed(place.lower().split("/")):
            if found := _SITE.search(part):
                return found[1]
    return ""
