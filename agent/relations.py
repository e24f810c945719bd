"""Whether a sentence says of a thing what its passage says of that thing, and not of another one.

A sentence made of its passage's own words may still be false: a name stands where the passage has another one, two
names or two numbers have changed places, or the subject of one statement has the predicate of another. So the sentence
is laid beside the statements that share most of its words (see `agent.aligned_lines`), and each name and number has to
be the one that the statement has at that place. Where the wording differs, the name that the sentence begins with has
to be the one that the statement begins with, unless the statement has both or begins with none.

Not covered: exchanges in other words or in another order (`A is beaten by B` for `B beats A` must pass, and so does
`B is beaten by A`), and things that are not named but described (`the former`, `the authors`, `the model`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agent.aligned_lines import Alignment, Line, Token, abbreviated, align, compared_names, holds, read_line, same
from agent.cited_text import Analyse, CitedText, Statement, shares
from agent.plain_text import plain

_CANDIDATES: Final = 4
"""Statements that the sentence is laid beside: those that share most of its words."""
_LEAST_SHARE: Final = 0.3
"""Share of the sentence's words that those have at least."""
_ALIKE: Final = 0.5
"""Share of the sentence's words in the statement's order from which a name has to be the statement's."""
_VERY_ALIKE: Final = 0.6
"""The same share from which two may not have changed places."""
_AROUND: Final = 2
"""Words that agree right around a place, so that it is the same place."""
_ABOUT_IT: Final = 0.45
"""Share of the sentence's other words from which a statement in another wording tells whose predicate it is."""
_HEAD: Final = 3
"""Words at the beginning in which the name of the subject stands."""
_SUBJECT: Final = 6
"""Words that a subject has at most."""
_PREDICATE: Final = 0.75
"""Share of the words behind the subject that a statement has in the same order, so that it is its predicate."""
_FORMULA: Final = re.compile(r"[=^]")
_JOINERS: Final = frozenset("and or as well with versus vs".split())
"""Words between two things that may change places."""
_PLACED: Final = frozenset("on in at with using for by from under to as".split())
"""Words before a name that is no subject."""
_ANYBODY: Final = frozenset(
    """
    model models network networks method methods author authors student teacher layer layers loss idea result results
    approach paper algorithm system it they this that these those he she we you one there here its their such both each
    all some many most other another original former latter
    """.split()
)
"""Words for a subject that the passage may call otherwise."""
_CONTRAST: Final = re.compile(r",? (?:while|whereas) ")
_LEAST_REPEATED: Final = 2
"""Words of a predicate that two sides of a contrast may not share entirely."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A statement with its passage, and how the sentence lies on it."""

    passage: CitedText
    statement: Statement
    laid: Alignment

    def problem(self, said: str, known: str) -> str:
        return f"[{self.passage.key}] says this of {known!r}, not of {said!r}"


def relation_problem(sentence: str, terms: Mapping[str, float], passages: Sequence[CitedText], analyse: Analyse) -> str:
    """What `sentence` says of the wrong thing; empty where it does not, or where nothing is certain.

    Args:
        sentence: One sentence without its keys.
        terms: Its terms with their weights.
        passages: What it cites.
        analyse: The function that made the terms.
    """
    text = plain(sentence)
    names = frozenset[str]().union(*(compared_names(passage.full_text) for passage in passages))
    said = read_line(text, names)
    candidates = list(_candidates(said, terms, passages, names))
    near = [one for one in candidates if one.laid.alike >= _ALIKE]
    other_name = ""
    if not any(_agrees(one, text) for one in near):
        best = max(near, key=_agreement, default=None)
        other_name = _misplaced(best, text) if best else ""
        other_name = other_name or _other_subject(said, terms, passages, names, analyse)
    return other_name or _recombined(candidates, passages, names) or _repeated(text)


def _candidates(
    said: Line, terms: Mapping[str, float], passages: Sequence[CitedText], names: frozenset[str]
) -> Iterator[_Candidate]:
    scored = [
        (-share, order, at)
        for order, passage in enumerate(passages)
        for at, share in enumerate(shares(terms, passage))
        if share >= _LEAST_SHARE
    ]
    for _, order, at in sorted(scored)[:_CANDIDATES]:
        statement = passages[order].statements[at]
        yield _Candidate(passages[order], statement, align(said, read_line(statement.text, names)))


def _agreement(one: _Candidate) -> tuple[int, int]:
    """How many words lie on each other, and how many names and numbers among them are the same."""
    laid = one.laid
    return len(laid.places), sum(same(laid.said[a], laid.known[b]) for a, b, _ in laid.places)


def _agrees(one: _Candidate, text: str) -> bool:
    """Whether a statement has all names of the sentence, each at its place."""
    names = [token for token in one.laid.said if token.is_name]
    return not _misplaced(one, text) and all(holds(one.laid.known, name) for name in names)


def _misplaced(one: _Candidate, text: str) -> str:
    """The name at whose place the statement has another one, or the two names or numbers that changed places."""
    laid = one.laid
    exchanged: dict[frozenset[str], str] = {}
    for here, there, around in laid.places:
        mine, theirs = laid.said[here], laid.known[there]
        if around < _AROUND or not (mine.is_name or mine.is_number) or same(mine, theirs):
            continue
        if mine.is_number or (holds(laid.known, mine) and holds(laid.said, theirs)):
            if _exchanged(laid, here, there) and not (mine.is_number and _FORMULA.search(text)):
                order = f"[{one.passage.key}] has {mine.written!r} and {theirs.written!r} the other way round"
                exchanged.setdefault(frozenset((mine.form, theirs.form)), order)
        elif not (abbreviated(mine, laid.known) or abbreviated(theirs, laid.said)):
            return one.problem(mine.written, theirs.written)
    turned = len(exchanged) > 1  # each with what belongs to it: `B has 2 and A has 1` for `A has 1 and B has 2`
    return next(iter(exchanged.values()), "") if not turned and laid.alike >= _VERY_ALIKE else ""


def _exchanged(laid: Alignment, here: int, there: int) -> bool:
    """Whether what stands at two aligned places stands the other way round on both sides, with the same in between."""
    mine, theirs = laid.said[here], laid.known[there]
    return any(
        _relation(laid.said, here, partner) == _relation(laid.known, there, counterpart) != []
        for partner in _places(laid.said, theirs)
        for counterpart in _places(laid.known, mine)
        if (partner > here) == (counterpart > there)
    )


def _places(line: Line, wanted: Token) -> list[int]:
    return [at for at, token in enumerate(line) if token.kind == wanted.kind and same(token, wanted)]


def _relation(line: Line, one: int, other: int) -> list[str]:
    """What stands between two places and relates them: topical words, bars of a table, and `by`."""
    between = line[min(one, other) + 1 : max(one, other)]
    return [token.kind for token in between if token.written.lower() not in _JOINERS]


def _other_subject(
    said: Line, terms: Mapping[str, float], passages: Sequence[CitedText], names: frozenset[str], analyse: Analyse
) -> str:
    """The name that the sentence begins with, where the statement with its other words begins with another one."""
    own = {term for token in said if token.is_name for term in analyse(token.written)}
    others = {term: weight for term, weight in terms.items() if term not in own}
    scored = [(share, passage, at) for passage in passages for at, share in enumerate(shares(others, passage))]
    share, passage, at = max(scored, key=lambda one: one[0], default=(0.0, None, 0))
    if passage is None or share < _ABOUT_IT:
        return ""
    known = read_line(passage.statements[at].text, names)
    subject = next(_unshared(known, said), None)
    mine = next(_unshared(_before_a_place(said[:_HEAD]), known), None)
    return f"[{passage.key}] says this of {subject.written!r}, not of {mine.written!r}" if subject and mine else ""


def _unshared(line: Line, other: Line) -> Iterator[Token]:
    """The names at the beginning of a line that another line does not have."""
    return (one for one in line[:_HEAD] if one.is_name and not holds(other, one) and not abbreviated(one, other))


def _before_a_place(line: Line) -> Line:
    """A line up to the first word that puts it somewhere (`On CIFAR-10`)."""
    end = next((at for at, token in enumerate(line) if token.written.lower() in _PLACED), len(line))
    return line[:end]


def _recombined(candidates: Sequence[_Candidate], passages: Sequence[CitedText], names: frozenset[str]) -> str:
    """A predicate that one statement has, behind a subject that another statement has."""
    laid = [(align(one.laid.said, one.laid.known, by=lambda token: token.form), one) for one in candidates]
    found, best = max(laid, key=lambda pair: len(pair[0].places), default=(None, None))
    if found is None or best is None or not found.places:
        return ""
    here, there, _ = found.places[0]
    mine, theirs = _content(found.said[:here]), _content(found.known[:there])
    if not (mine and theirs and max(here, there) <= _SUBJECT and _is_predicate(found, here)):
        return ""
    if any(token.written.lower() in _ANYBODY for token in (*mine, *theirs)) or _known_to_both(mine, theirs, found):
        return ""
    if not any(
        _begins_with(mine, other, names)
        for passage in passages
        for other in passage.statements
        if other != best.statement
    ):
        return ""
    return best.problem(" ".join(one.written for one in mine), " ".join(one.written for one in theirs))


def _content(line: Line) -> list[Token]:
    return [token for token in line if token.is_content]


def _is_predicate(laid: Alignment, start: int) -> bool:
    """Whether nearly all that `said` says from `start` on lies on `known`."""
    words = {at for at, token in enumerate(laid.said) if at >= start and token.is_content}
    return len(words) > 1 and len(words.intersection(here for here, _, _ in laid.places)) >= _PREDICATE * len(words)


def _known_to_both(mine: Sequence[Token], theirs: Sequence[Token], laid: Alignment) -> bool:
    """Whether either line has a word of the other's subject, or one subject abbreviates the other."""
    said, known = ({token.form for token in line} for line in (laid.said, laid.known))
    shared = any(one.form in known for one in mine) or any(one.form in said for one in theirs)
    akin = any(same(one, other) for one in mine for other in theirs)
    short = any(abbreviated(one, tuple(theirs)) for one in mine) or any(abbreviated(one, tuple(mine)) for one in theirs)
    return shared or akin or short


def _begins_with(subject: Sequence[Token], statement: Statement, names: frozenset[str]) -> bool:
    head = {token.form for token in read_line(statement.text, names)[:_SUBJECT]}
    return all(token.form in head for token in subject)


def _repeated(text: str) -> str:
    """A contrast whose two sides say the same (`X combines Y, while Z combines Y`)."""
    sides = [read_line(side.rstrip(".! "), frozenset()) for side in _CONTRAST.split(text)]
    if len(sides) != 2:
        return ""
    one, other = ([token.form for token in side] for side in sides)
    shared = 0
    while shared < min(len(one), len(other)) and one[-shared - 1] == other[-shared - 1]:
        shared += 1
    predicate = _content(sides[0][len(one) - shared :])
    whole = max(len(one), len(other)) - shared <= _HEAD
    return "it says the same of both sides" if whole and len(predicate) > _LEAST_REPEATED else ""
