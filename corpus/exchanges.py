"""Who asks and who answers in a note: its exchanges, each a question and the answers to it.

Three things tell them, the first one that does: labels (`Q:` and `A:`, headings such as `2 Answers` or `Answer by
Carla:`), the names before the messages of a chat, and, where nothing marks the answers of a question's page, the words:
who asks speaks of themself, asks and thanks; who answers says "you".

Not told: interviews without labels, and where in a thread without labels one answer ends and the next begins.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from corpus.note import Note
from corpus.sections import Outline, outline_text
from corpus.sentences import sentence_spans

Span = tuple[int, int]
"""`[start, end)` of a note's text."""

QUESTIONS = "questions"
"""The `format` of notes that are a question and its answers with nothing between the two."""

_LONGEST_QUESTION = 300
"""Characters of what was asked that stand for it where no sentence of it is a question."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the answers to it: the asker's words from `start`, the answers from `answers` to `end`.

    Attributes:
        asking: The sentences that ask, or how the asker's words begin where none does.
    """

    start: int
    answers: int
    end: int
    asking: tuple[Span, ...]


def exchanges(note: Note) -> tuple[Exchange, ...]:
    """The exchanges of a note in reading order, without overlap; mostly none."""
    return _exchanges(note.text, note.markup == "markdown", note.metadata.get("format") == QUESTIONS)


def exchange_at(found: Sequence[Exchange], offset: int) -> Exchange | None:
    """The one of a note's exchanges that is around `offset`, if there is one."""
    at = bisect_right(found, offset, key=lambda one: one.start) - 1
    return found[at] if at >= 0 and offset < found[at].end else None


@lru_cache(maxsize=256)
def _exchanges(text: str, markdown: bool, questions: bool) -> tuple[Exchange, ...]:
    plan = outline_text(text, markdown=markdown)
    parts = _labelled(text, plan, markdown) or ([] if markdown else _chat(text)) or _by_words(text, questions)
    return tuple(Exchange(*part, _asking(text, *part[:2], line_breaks=not markdown)) for part in parts)


def _asking(text: str, start: int, end: int, *, line_breaks: bool) -> tuple[Span, ...]:
    sentences = [(start + a, start + b) for a, b in sentence_spans(text[start:end], line_breaks=line_breaks)]
    asking = tuple((a, b) for a, b in sentences if _asks(text[a:b]))
    return asking or ((start, min(end, start + _LONGEST_QUESTION)),)


_FURNITURE = re.compile(
    r"\W*(?:share|follow|report|reply|like|flag|cite|edit|save|link|permalink|improve this (?:question|answer)"
    r"|add a comment|show \d+ more comments?|sorted by:?|highest score \(default\)|browse other questions.*"
    r"|(?:asked|answered|edited|modified|active|viewed|posted) (?=.*\d)(?:[\w,.:’']+ ){0,6}[\w,.:’']+"
    r"|\d+ (?:answers?|repl(?:y|ies)|comments?|votes?|points?|upvotes?)"
    r"|[\d●, ]+(?:gold|silver|bronze) badges?.*)\W*",
    re.IGNORECASE,
)
"""What a question's page says around the posts."""
_LONGEST_FURNITURE = 150
"""Characters of a line of it; a line of other words is longer, as a rule, and costs no search."""


def is_furniture(text: str) -> bool:
    """Whether every line of `text` is of the page around questions and answers: buttons, votes, dates."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return all(len(line) <= _LONGEST_FURNITURE and _FURNITURE.fullmatch(line) for line in lines)


Part = tuple[int, int, int]
"""Where a question, its answers, and the end of both stand."""


# --- Labels -----------------------------------------------------------------------------------------------------

_MARKUP = r"^[ \t>]*(?:#{1,6} +)?[*_]{0,3}"
_ASKED = re.compile(_MARKUP + r"(?:Q|Question) ?\d{0,3}[*_]{0,3} ?[:.)]", re.MULTILINE)
_ANSWERED = re.compile(
    _MARKUP + r"(?:(?:A|Answer) ?\d{0,3}[*_]{0,3} ?:"
    r"|A\d{1,3}[*_]{0,3}[.)]"
    r"|(?:\d{1,3} |accepted |best |top |suggested )?(?:answer|response)s?"
    r"(?: ?\([^()\n]{0,40}\)| (?:by|from) [^\n]{1,60})?[*_:]{0,4} *$"
    r"|(?:\d{1,3} repl(?:y|ies)|repl(?:y|ies) (?:by|from) [^\n]{1,60}|repl(?:y|ies):)[*_:]{0,4} *$)",
    re.MULTILINE | re.IGNORECASE,
)


def _labelled(text: str, plan: Outline, markdown: bool) -> list[Part]:
    answers = _outside_code(_ANSWERED, text, plan)
    if not answers:
        return []
    ends = {start: len(text) for start in _outside_code(_ASKED, text, plan)}
    if not ends:
        ends = dict(_around(answer, text, plan, markdown) for answer in answers)
    starts = sorted(ends)
    parts = []
    for start, following in zip(starts, [*starts[1:], len(text)], strict=True):
        end = min(ends[start], following)
        first = next((answer for answer in answers if start < answer < end), None)
        if first is not None:
            parts.append((start, first, end))
    return parts


def _outside_code(pattern: re.Pattern[str], text: str, plan: Outline) -> list[int]:
    found = []
    for match in pattern.finditer(text):
        at = bisect_right(plan.blocks, match.start(), key=lambda block: block.start) - 1
        inside = at >= 0 and match.start() < plan.blocks[at].end and plan.blocks[at].kind in ("fence", "math", "table")
        if not inside:
            found.append(match.start())
    return found


def _around(answer: int, text: str, plan: Outline, markdown: bool) -> tuple[int, int]:
    """Start and end of the section whose question a labelled answer answers.

    In Markdown it is the innermost one above the answer's own heading; plain headings are guessed, so only one that
    asks begins a question there.
    """
    before = [section for section in plan.sections if section.start <= answer < section.end]
    own = next((section.level for section in before if section.start == answer), 7)
    if markdown:
        around = [section for section in before if section.level < own]
        return (around[-1].start, around[-1].end) if around else (0, len(text))
    asking = [section.start for section in plan.sections if section.start < answer and section.title.endswith("?")]
    return (asking[-1] if asking else 0), len(text)


# --- Chats ------------------------------------------------------------------------------------------------------

_MESSAGE = re.compile(
    r"^(?P<when>\[?\d[\d/.:, -]{3,24}(?:[AP]M)?\]?(?: [-–])? )?(?P<who>[^\W\d_][\w.' -]{0,30}): \S", re.MULTILINE
)
_USUAL = 0.7
"""Share of the lines that are messages where nothing tells when they were sent; then somebody speaks twice, too."""
_WONDERS = re.compile(r"\bin advance\b|\bI wonder\b", re.IGNORECASE)
_QUESTION_WORDS = 6
"""Words of a message that begins an exchange; a shorter one asks back."""


def _chat(text: str) -> list[Part]:
    """Each exchange of a chat: a message that asks, more of the same person, and what others say until the next."""
    messages = list(_MESSAGE.finditer(text))
    lines = sum(1 for line in text.splitlines() if line.strip())
    speakers = {message["who"] for message in messages}
    talking = len(messages) >= _USUAL * lines and len(messages) > len(speakers)
    if len(speakers) < 2 or not (talking or all(message["when"] for message in messages)):
        return []
    ends = [*(message.start() for message in messages[1:]), len(text)]
    parts: list[Part] = []
    asker = ""
    for message, end in zip(messages, ends, strict=True):
        said = text[message.start() : end]
        going_on = bool(parts) and message["who"] == asker and parts[-1][1] == parts[-1][2]
        if not going_on and ("?" in said or _WONDERS.search(said)) and len(said.split()) > _QUESTION_WORDS:
            asker = message["who"]
            parts.append((message.start(), end, end))
        elif parts:
            parts[-1] = (parts[-1][0], end if going_on else parts[-1][1], end)
    return parts


# --- Words ------------------------------------------------------------------------------------------------------

_LINE = re.compile(r"[^\n]*\S[^\n]*")
_FIRST_PERSON = re.compile(r"\b(?:I|Im|Ive|[Mm]y|mine|[Ww]e|[Oo]ur|us|i['’]m)\b(?!\.)")
_SECOND_PERSON = re.compile(r"\byour?\b", re.IGNORECASE)
_THANKS = re.compile(
    r"^\W*(?:many |any )?(?:thanks|thank you|thx|cheers|help is appreciated)\b"
    r"|\b(?:thanks|thank you) (?:in advance|a lot|for)\b",
    re.IGNORECASE,
)
_LOOK_AHEAD = 8
"""Lines of plain statements that an asker makes at most before the first line that asks."""


def _by_words(text: str, questions: bool) -> list[Part]:
    """The one exchange of a question's page, by what its lines say; none where the page may be anything else."""
    lines = list(_LINE.finditer(text))
    if len(lines) < 2 or not (questions or lines[0][0].rstrip().endswith("?")):
        return []
    said = [line[0].strip() for line in lines[1:]]
    if not questions and not _FIRST_PERSON.search(said[0]):
        return []
    asked = _asked_lines(said)
    if not questions and not any(_asks(line) or _THANKS.search(line) for line in said[:asked]):
        return []
    answers = lines[asked + 1].start() if asked + 1 < len(lines) else len(text)
    return [(0, answers, len(text))]


def _asked_lines(said: Sequence[str]) -> int:
    """How many of the first lines are the asker's."""
    count = next(iter(_first_question(said)), 0) + 1
    while count < len(said):
        if _THANKS.search(said[count - 1]):
            return count
        line = said[count]
        if not (
            _asks(line) or _THANKS.search(line) or (_FIRST_PERSON.search(line) and not _SECOND_PERSON.search(line))
        ):
            return count
        count += 1
    return count


def _first_question(said: Sequence[str]) -> Iterator[int]:
    """The first line that asks, unless somebody is spoken to before it."""
    for number, line in enumerate(said[: _LOOK_AHEAD + 1]):
        if _asks(line):
            yield number
        if _SECOND_PERSON.search(line):
            return


def _asks(line: str) -> bool:
    return line.rstrip("*_\"') ").endswith("?") or ("?" in line and bool(_FIRST_PERSON.search(line)))
