"""Whether a sentence affirms what its passage affirms, and denies what it denies.

The sentence is laid beside the statements of the passage that share most of its words. A negation of either side must
be found on the other side, on the same words; a word such as `avoids` or `instead` may stand for one. A word whose
opposite stands at its place in the statement (`higher` for `lower`, `stable` for `unstable`) contradicts it. This is a
rule about words, not an understanding: a denial in other words passes, which is what an entailment model is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from agent.cited_text import CitedText, shares
from agent.opposites import NEGATIONS, OPPOSING_PREFIXES, SIDES, SOFT_NEGATIONS, is_negation, is_prefixed
from agent.plain_text import plain
from retrieval.tokens import STOP_WORDS, stem

_TOKEN: Final = re.compile(r"[^\W_]+(?:'[a-z]+)?|[,;:.()!?|]")
_CLAUSE_ENDS: Final = frozenset(
    [*",;:.()!?|", "but", "whereas", "while", "although", "because", "since", "which", "so"]
)
_FOCUS: Final = 3
"""Content words after a negation (or before it, where none follows) that it is about."""
_ENOUGH_FOCUS: Final = 2
"""Words of a focus that show what is spoken of where its first is another."""
_ENOUGH_SCOPE: Final = 3
"""Words of a negation's clause that the sentence shares where the statement is not the nearest one."""
_SCOPE: Final = 6
"""Content words around a negation on which the other side's negation may fall."""
_LEAST_SHARE: Final = 0.45
"""A statement with less of the sentence's words says something else, and proves no contradiction."""
_NEARLY_BEST: Final = 0.9
"""Statements with this part of the best share count as the one that the sentence is taken from."""
_RELATED: Final = 0.5
"""Statements with this part of the best share may have given the sentence one of its clauses."""


@dataclass(frozen=True, slots=True)
class _Cue:
    """A negation with what it is about, as written and as stems, and the stems that it may reach.

    An elliptic one ends its clause (`but for Adam it does not`), so that what it is about stands elsewhere.
    """

    word: str
    about: str
    focus: tuple[str, ...]
    scope: frozenset[str]
    soft: bool
    elliptic: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text as this module compares it: content stems in order, negations, opposites with their neighbours."""

    words: tuple[str, ...]
    stems: frozenset[str]
    cues: tuple[_Cue, ...]
    sides: Mapping[tuple[int, int], tuple[str, ...]]
    places: frozenset[tuple[int, int, str]]


def negation_problem(sentence: str, terms: Mapping[str, float], passages: Sequence[CitedText]) -> str | None:
    """How `sentence` contradicts the statements that it is nearest to, or None."""
    scored = [
        (share, passage.key, _read(statement.text))
        for passage in passages
        for share, statement in zip(shares(terms, passage), passage.statements, strict=True)
    ]
    best = max((share for share, _, _ in scored), default=0.0)
    if best < _LEAST_SHARE:
        return None
    said = _read(plain(sentence))
    related = [(key, known) for share, key, known in scored if share >= _RELATED * best]
    nearest = [(key, known) for share, key, known in scored if share >= _NEARLY_BEST * best]
    denial = _added(said, related) or _left_out(said, nearest, related)
    opposites = [(key, _opposite(said, known, [other for _, other in related])) for key, known in nearest]
    opposite = next(((key, found) for key, found in opposites if found), None)
    if denial and opposite:
        return None  # `not larger` for `smaller`
    if any(not found for _, found in opposites):
        opposite = None
    key, problem = denial or opposite or ("", None)
    return problem.format(where=f"[{key}]") if problem else None


def _added(said: _Reading, related: Sequence[tuple[str, _Reading]]) -> tuple[str, str] | None:
    """A negation of the sentence that no related statement has on the same words."""
    for cue in said.cues:
        if cue.soft or any(theirs.scope & cue.scope or cue.elliptic for _, known in related for theirs in known.cues):
            continue
        return related[0][0], f"the sentence says '{cue.word}' about '{cue.about}', {{where}} denies nothing there"
    return None


def _left_out(
    said: _Reading, nearest: Sequence[tuple[str, _Reading]], related: Sequence[tuple[str, _Reading]]
) -> tuple[str, str] | None:
    """A negation of a statement that the sentence repeats without it."""
    for key, known in related:
        for cue in known.cues:
            if not cue.soft and _affirms(said, cue, strictly=(key, known) not in nearest):
                return key, f"{{where}} says '{cue.word}' about '{cue.about}', the sentence does not"
    return None


def _affirms(said: _Reading, cue: _Cue, *, strictly: bool) -> bool:
    """Whether `said` speaks of what `cue` denies, and denies nothing of it."""
    shared = sum(word in said.stems for word in cue.focus)
    reached = len(cue.scope & said.stems)
    if strictly:
        spoken_of = shared == len(cue.focus) and reached >= _ENOUGH_SCOPE
    else:
        spoken_of = cue.focus[0] in said.stems or shared >= _ENOUGH_FOCUS
    return spoken_of and not any(mine.scope & cue.scope for mine in said.cues)


def _opposite(said: _Reading, known: _Reading, related: Sequence[_Reading]) -> str | None:
    if _turned_round(said, known):
        return None
    for (axis, side), words in said.sides.items():
        theirs = known.sides.get((axis, 1 - side))
        one_sided = theirs and (axis, side) not in known.sides and (axis, 1 - side) not in said.sides
        if one_sided and not any(words[0] in other.words for other in related):
            return f"{{where}} says '{theirs[0] if theirs else ''}' where the sentence says '{words[0]}'"
    elsewhere = frozenset[tuple[int, int, str]]().union(*(other.places for other in related))
    for axis, side, neighbour in said.places - elsewhere:
        if (axis, 1 - side, neighbour) in known.places - said.places:
            return f"{{where}} says the opposite about '{neighbour}'"
    return _prefixed(said, known) or _prefixed(known, said)


def _prefixed(one: _Reading, other: _Reading) -> str | None:
    """A word of `one` that is the opposite of a word of `other` by its prefix (`stable`, `unstable`)."""
    for word in set(one.words) - set(other.words):
        bare = next((b for b in _bare_forms(word) if b in other.words and b not in one.words), None)
        if bare and not any(stem(bare) in cue.scope or stem(word) in cue.scope for cue in (*one.cues, *other.cues)):
            return f"'{word}' and '{bare}' stand against each other in {{where}} and the sentence"
    return None


def _bare_forms(word: str) -> Iterator[str]:
    for prefix in OPPOSING_PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= 4:
            yield word[len(prefix) :]


def _turned_round(said: _Reading, known: _Reading) -> bool:
    """Whether a comparison was turned round: `a is faster than b` for `b is slower than a`."""
    if "than" not in said.words or "than" not in known.words:
        return False
    mine, theirs = (_around_than(reading.words) for reading in (said, known))
    return bool(mine[0] & theirs[1]) and bool(mine[1] & theirs[0])


def _around_than(words: Sequence[str]) -> tuple[set[str], set[str]]:
    at = words.index("than")
    sides = words[:at], words[at + 1 : at + 1 + _SCOPE]
    before, after = ({stem(word) for word in side if word not in STOP_WORDS and word not in SIDES} for side in sides)
    return before - after, after - before


@lru_cache(maxsize=4096)
def _read(text: str) -> _Reading:
    words = [token.lower() for token in _TOKEN.findall(text)]
    content = [_content(word) for word in words]
    sides: dict[tuple[int, int], tuple[str, ...]] = {}
    for word in words:
        for place in SIDES.get(word, ()):
            sides[place] = (*sides.get(place, ()), word)
    return _Reading(
        words=tuple(words),
        stems=frozenset(filter(None, content)),
        cues=tuple(_cues(words, content)),
        sides=sides,
        places=frozenset(_places(words, content)),
    )


def _content(word: str) -> str:
    """The stem of a word that carries a topic, or nothing."""
    if not word[0].isalnum() or word in STOP_WORDS or word in NEGATIONS or word.replace("'", "") in STOP_WORDS:
        return ""
    return stem(word)


def _cues(words: Sequence[str], content: Sequence[str]) -> Iterator[_Cue]:
    for at, (word, following) in enumerate(pairwise([*words, "."])):
        soft = word in SOFT_NEGATIONS or is_prefixed(word)
        if not soft and not is_negation(word, following):
            continue
        ahead = list(_clause(words, content, range(at + 1, len(words))))
        behind = list(_clause(words, content, range(at - 1, -1, -1)))
        focus = ahead[:_FOCUS] or behind[:2][::-1] or ([at] if content[at] else [])
        if focus:
            own = [content[at], *(stem(bare) for bare in _bare_forms(word))] if content[at] else []
            reached = (content[there] for there in (*ahead[:_SCOPE], *behind[:_SCOPE]))
            about = " ".join(words[there] for there in focus)
            scope = frozenset([*own, *reached])
            yield _Cue(word, about, tuple(content[there] for there in focus), scope, soft, elliptic=not ahead)


def _clause(words: Sequence[str], content: Sequence[str], places: Iterable[int]) -> Iterator[int]:
    """Those of `places` that hold content, up to the end of the clause."""
    for place in places:
        if words[place] in _CLAUSE_ENDS:
            return
        if content[place]:
            yield place


def _places(words: Sequence[str], content: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Each word that has an opposite, with the next content word of its clause."""
    for at, word in enumerate(words):
        if word in SIDES:
            neighbour = next(_clause(words, content, range(at + 1, len(words))), None)
            if neighbour is not None:
                yield from ((axis, side, content[neighbour]) for axis, side in SIDES[word])
