"""What a sentence changes in the statement that it repeats almost word for word.

A sentence that keeps the words of its passage and alters one of them is the easiest to believe and the hardest to
catch by counting words: `8` may stand elsewhere in the passage, and so may `not`. So the sentence is laid beside the
statements that share most of its words, token by token; where the tokens around agree, a number for another number, a
word for its opposite, or a negation on one side only is a contradiction. Free paraphrases do not align, and are left to
other checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Final

from agent.cited_text import CitedText, shares
from agent.numbers import agree, numbers_of
from agent.opposites import are_opposites, is_negation
from agent.plain_text import plain
from retrieval.tokens import stem

_TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:'[a-z]+)?|[^\W_]+|[^\w\s,()\"'?!]")
_TOKEN_ENDS: Final = frozenset("|.;:")
"""Marks over which no negation reaches."""
_AFFIRMED: Final = {"cannot": "can", "can't": "can", "won't": "will", "without": "with"}
"""Negations that hold a word of their own."""
_DROPPED: Final = frozenset(("", "do", "does", "did", "a", "an", "the"))
"""Words that come and go with a negation."""
_NEAR: Final = 0.6
"""Share of the sentence's words from which a statement can be what it repeats."""
_CANDIDATES: Final = 3
"""Statements that the sentence is laid beside: those that share most of its words."""
_SLACK: Final = 2
"""Tokens by which the same negation may be placed differently."""
_RUN: Final = 3
"""Tokens in a row that agree around a difference, so that it stands at the same place on both sides."""


@dataclass(frozen=True, slots=True)
class Differences:
    """What was changed; each is empty where nothing was."""

    number: str = ""
    polarity: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    """The tokens of a text as they are compared and as they are written, and which of them are negated."""

    tokens: tuple[str, ...]
    written: tuple[str, ...]
    negated: frozenset[int]


def differences(sentence: str, terms: Mapping[str, float], passages: Sequence[CitedText]) -> Differences:
    """What `sentence` changes in the statement of the passages that it matches best."""
    candidates = sorted(
        (-share, passage.key, statement.text)
        for passage in passages
        for share, statement in zip(shares(terms, passage), passage.statements, strict=True)
        if share >= _NEAR
    )
    said = _line(plain(sentence))
    compared = [_compare(said, _line(text), key) for _, key, text in candidates[:_CANDIDATES]]
    return max(compared, key=lambda pair: pair[0], default=(0, Differences()))[1]


def _compare(said: _Line, known: _Line, key: str) -> tuple[int, Differences]:
    """How many tokens match, and the first number and the first polarity that differ."""
    matcher = SequenceMatcher(None, said.tokens, known.tokens, autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size]
    replaced = list(_replaced(blocks, said, known))
    number = next((f"[{key}] has {b} where the sentence has {a}" for a, b in replaced if _other_number(a, b)), "")
    polarity = next(
        (f"[{key}] says '{b}' where the sentence says '{a}'" for a, b in replaced if are_opposites(a, b)), ""
    )
    for block in blocks:
        polarity = polarity or _negated_once(block.a, block.b, block.size, said, known, key)
    return sum(block.size for block in blocks), Differences(number, polarity)


def _replaced(blocks: Sequence[Match], said: _Line, known: _Line) -> Iterator[tuple[str, str]]:
    """Single tokens that stand for each other between matching runs, as written: the sentence's and the statement's."""
    padded = [Match(0, 0, 0), *blocks, Match(len(said.tokens), len(known.tokens), 0)]
    for before, after in pairwise(padded):
        mine = range(before.a + before.size, after.a)
        theirs = range(before.b + before.size, after.b)
        if len(mine) == len(theirs) and before.size + after.size >= _RUN + 2 * (len(mine) - 1):
            yield from ((said.written[a], known.written[b]) for a, b in zip(mine, theirs, strict=True))


def _negated_once(a: int, b: int, size: int, said: _Line, known: _Line, key: str) -> str:
    """A token of a matching run that is negated on one side only."""
    if size < _RUN:
        return ""
    for at in range(size):
        here, there = a + at in said.negated, b + at in known.negated
        if here != there and not _near(said.negated if there else known.negated, (a if there else b) + at):
            where = f"[{key}] denies" if there else f"[{key}] does not deny"
            return f"{where} '{' '.join(known.written[b + at : b + at + _RUN])}'"
    return ""


def _near(negated: frozenset[int], at: int) -> bool:
    """Whether a token close to `at` is negated: `does not need scaling` says the same as `needs no scaling`."""
    return any(abs(at - other) <= _SLACK for other in negated)


def _other_number(one: str, other: str) -> bool:
    mine, theirs = numbers_of(one), numbers_of(other)
    return len(mine) == len(theirs) == 1 and not agree(mine[0], theirs[0])


@lru_cache(maxsize=4096)
def _line(text: str) -> _Line:
    tokens: list[str] = []
    written: list[str] = []
    negated: set[int] = set()
    words = [match[0] for match in _TOKEN.finditer(text)]
    for word, following in pairwise([*words, ""]):
        lower = word.lower()
        if word in _TOKEN_ENDS:
            negated.discard(len(tokens))
            continue
        if is_negation(lower, following.lower()):
            lower = _AFFIRMED.get(lower, lower[:-3] if lower.endswith("n't") else "")
            negated ^= {len(tokens) + (lower not in _DROPPED)}
        if lower not in _DROPPED:
            tokens.append(stem(lower))
            written.append(word)
    return _Line(tuple(tokens), tuple(written), frozenset(negated))
