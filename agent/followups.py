"""Follow-up questions: what a question that leans on an earlier one asks for, by rule.

"And without it?" says little to a search. A question that opens like a continuation, ends with "then" or "there",
speaks of "it" or "they" without naming anything, or says nothing but such words as "more" and "the first one", is
searched together with the last question that could stand alone. The words of the user stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.refusal import names_in
from retrieval.tokens import find_words

_CONTINUES = re.compile(
    r"^\s*(?:and|but|or|so|then|what about|how about|why not|also|what if|which one)\b|^\s*(?:why|how|when|where)\W*$"
    r"|\b(?:then|there)\W*$",
    re.IGNORECASE,
)
_CONNECTS = re.compile(r"^\s*(?:and|but|or|so|then|also)\b", re.IGNORECASE)
"""What joins a question to the one before however long it is, unless it names a subject of its own."""
_DEFINES = re.compile(
    r"^\s*(?:and|but|or|so|then|also)\b[\s,]+(?:what\s+is\s+(?:an?\s+)?|how\s+(?:does|do)\s+(?=.+\swork\b))"
    r"(?P<thing>.+?)(?:\s+work)?\W*$",
    re.IGNORECASE,
)
"""Asks what a thing is; `But what is label smoothing?` has its own subject, whatever it begins with."""
_OF_EARLIER = re.compile(r"\b(?:the|one|ones)\b", re.IGNORECASE)
"""What points to something that was spoken of, beside the words of `_LEANS`."""
_OPENING = re.compile(r"(?<=[.!?])\s+")
_LEANS = re.compile(
    r"\b(?:it|its|they|them|their|this|that|these|those|the (?:former|latter|same|other))\b", re.IGNORECASE
)
_CLAUSE_END = re.compile(r"[,;.?!]\s|\s(?:and|or|but|because)\s", re.IGNORECASE)
_VERB = re.compile(r"\b(?:is|are|was|were|do|does|did|has|have|had|can|could|should|would|will)\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][\w-]{2,}")
_EMPTY_WORDS = frozenset(
    """
    and but what about how why does did the for with without that this these those they them their its was were
    are is can could would should when where which who much many long more less one than then also not instead
    happen happens mean work works use used need give gives get example examples explain tell detail details
    first second third last next previous other continue again yes yeah ok okay sure hm thanks thank please
    """.split()
)
_FEW_WORDS = 3
"""Content words; a question with more names its own subject."""


def content_words(question: str) -> list[str]:
    """The words of a question that say what it is about."""
    return [word for word in _WORD.findall(question) if word.lower() not in _EMPTY_WORDS]


def leans_on_earlier(question: str) -> bool:
    """Whether the question cannot be searched for on its own."""
    content = content_words(question)
    if _defines_a_thing(question):
        return False
    if _CONTINUES.search(question):
        return len(content) <= _FEW_WORDS or bool(_CONNECTS.search(question) and not names_in(question))
    if not content and not _says_anything(question):
        return True
    return bool(_LEANS.search(_clauses_without_subject(question))) and len(content) <= _FEW_WORDS


def _defines_a_thing(question: str) -> bool:
    """Whether it asks, behind a connective, what something is that it names in full."""
    found = _DEFINES.match(question)
    if found is None or _LEANS.search(question) or _OF_EARLIER.search(question):
        return False
    thing = found["thing"]
    return len(content_words(thing)) > 1 or bool(names_in(f"what is {thing}"))


def _without_empty_opening(question: str) -> str:
    """The question without sentences before it that say nothing, such as `Thanks!`."""
    sentences = _OPENING.split(question)
    first = next((at for at, one in enumerate(sentences) if _says_anything(one)), 0)
    return " ".join(sentences[first:]) if first else question


def _says_anything(question: str) -> bool:
    """Whether it has a word to search for, of whatever script and length: `k1`, `RL`."""
    words = find_words(question)
    return any(word not in _EMPTY_WORDS and not word.isdigit() for word in (*words.path, *words.forms))


def _clauses_without_subject(question: str) -> str:
    """The question up to where a clause names what later ones can point to: `What is dropout` names what `it` is."""
    for end in _CLAUSE_END.finditer(question):
        clause = question[: end.start()]
        if _VERB.search(clause) and content_words(clause):
            return clause
    return question


def may_lean(question: str) -> bool:
    """Whether a word of the question can point to an earlier one, however much else it names."""
    return bool(_CONTINUES.search(question) or _LEANS.search(question)) or leans_on_earlier(question)


def search_text(question: str, earlier: Sequence[str]) -> str:
    """What to search for: the question, behind the last earlier one that stands alone where it leans on that."""
    question = _without_empty_opening(question)
    if not leans_on_earlier(question):
        return question
    subject = next((q for q in reversed(earlier) if not leans_on_earlier(_without_empty_opening(q))), "")
    return f"{subject} {question}".strip()
