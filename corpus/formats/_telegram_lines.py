"""What kind of line a line of a post is, as far as its looks tell: a title, an item, code, the end of something."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MAX_TITLE = 90
"""Characters of a line that can be a post's title: one line of a narrow page, or a little more."""

_MAX_TITLE_WORDS = 14
_LONG_LINE = 120
"""Characters: a longer line is a paragraph, finished even without a full stop."""

_PROSE_WORDS = 8
"""Words of a line with a full stop that show that code has ended, whatever its brackets say."""

_EMOJI = r"[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff][\ufe0f\u200d\U0001f3fb-\U0001f3ff]*"
_END_MARK = re.compile(
    rf"(?:{_EMOJI}\s*)+\d[\d.,]*[KM]?\s*(?:(?:{_EMOJI}\s*)+\d[\d.,]*[KM]?\s*)*"
    r"|\d[\d.,]*[KM]?\s+views?\b.{0,40}"
    r"|(?:edited\s+)?\d{1,2}:\d\d(?:\s*[AP]M)?"
)
_LONGEST_MARK = 80
_FORWARD = re.compile(r"Forwarded from\s+(?P<name>\S.{0,100}?)\s*(?<![.,:])")
_ITEM = re.compile(r"\s*(?:[-*•–—▪●‣·+]|\d{1,3}[.)]|[A-Za-z][.)])(?:\s|$)")
_SENTENCE_END = re.compile(r"[.!?…]['\"”’»)\]]*$")
_OTHER_END = re.compile(rf"(?:['\"”»)\]}}]|https?://\S+|(?<!\S)#\w+|{_EMOJI})$")
_NO_TITLE_END = (",", ";", ":", "(", "-")
_OPENING = re.compile(rf"['\"“«(\[]?(?:[^\W_a-zа-яё]|{_EMOJI})")
_CODE = re.compile(
    r"^\s{2,}|^[{}\]);@$>]|^(?:def|class|for|while|if|elif|else|try|with|import|from|return|print)\b.*[:)]$"
    r"|[{}=;\\]|\w\([^()]*\)$"
)
_BRACES = re.compile(r"[{}]")
_TALKING = re.compile(
    r"(?:i|we|you|he|she|it|they|this|that|these|those|there|here|and|but|so|also|then|or|however|let|my|our|your)\b",
    re.IGNORECASE,
)
"""First words of sentences rather than of titles."""


def forwarded_from(line: str) -> str:
    """The name in a line that says from where the post below it was forwarded; empty for any other line."""
    found = _FORWARD.fullmatch(line.strip())
    return " ".join(found["name"].split()) if found else ""


def is_end_mark(line: str) -> bool:
    """Whether `line` stands below a post: reactions with counts, views, the time of day."""
    line = line.strip()
    return len(line) <= _LONGEST_MARK and bool(_END_MARK.fullmatch(line))


def is_item(line: str) -> bool:
    """Whether `line` begins an item of a list."""
    return bool(_ITEM.match(line))


def is_sentence_end(line: str) -> bool:
    """Whether `line` ends as a sentence does."""
    return bool(_SENTENCE_END.search(line.rstrip()[-_LONG_LINE:]))


def is_finished(line: str) -> bool:
    """Whether a post may end with `line`: a sentence, an item, an address, a closing bracket, a whole paragraph."""
    line = line.rstrip()
    return len(line) > _LONG_LINE or is_item(line) or is_sentence_end(line) or bool(_OTHER_END.search(line))


def may_open(line: str) -> bool:
    """Whether a post may begin with `line`: with a capital, a digit or a picture; no item and no code."""
    return bool(_OPENING.match(line)) and not is_item(line) and not _CODE.search(line)


def is_title(line: str) -> bool:
    """Whether `line` looks like the title of a post, told from a sentence by its end and its first word."""
    return is_title_sentence(line) and not line.rstrip().endswith((".", "!", "…"))


def is_title_sentence(line: str) -> bool:
    """Whether `line` may be a title, a full stop at its end allowed."""
    line = line.strip()
    return (
        0 < len(line) <= _MAX_TITLE
        and len(line.split()) <= _MAX_TITLE_WORDS
        and may_open(line)
        and not line.endswith(_NO_TITLE_END)
        and not is_talking(line)
        and not forwarded_from(line)
    )


def is_talking(line: str) -> bool:
    """Whether `line` begins like a sentence that takes up something, not like a title."""
    return bool(_TALKING.match(line.strip()))


def code_lines(lines: Sequence[str]) -> list[bool]:
    """For each line whether code is open where it begins: a fence, or a brace that no prose has followed yet."""
    inside, fenced, depth = [], False, 0
    for line in lines:
        inside.append(fenced or depth > 0)
        if line.lstrip().startswith("```"):
            fenced = not fenced
        braces = _BRACES.findall(line)
        for brace in braces:
            depth = max(0, depth + (1 if brace == "{" else -1))
        if not braces and (is_end_mark(line) or forwarded_from(line) or _is_prose(line)):
            depth = 0
    return inside


def _is_prose(line: str) -> bool:
    return len(line.split()) >= _PROSE_WORDS and is_sentence_end(line) and may_open(line)
