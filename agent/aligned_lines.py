"""Two lines laid beside each other word by word, with any name held to be like any other, and any number as well.

So the places of names and numbers show by the words around them, whatever stands there: `Adam keeps 2 moments` lies on
`SGD keeps 1 moment`, with `SGD` at the place of `Adam` and `1` at that of `2`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from agent.named_terms import comparable, names_of
from agent.numbers import agree, numbers_of
from retrieval.tokens import STOP_WORDS

_FIGURE: Final = r"\d+(?:,\d{3})*(?:\.\d+)?[A-Za-z%]?"
_WORD: Final = re.compile(rf"{_FIGURE}(?![\w-]|\.\d)|[^\W_](?:\w|[.'/@&+:-](?=\w)|\+\+|#)*|\|")
_NUMBER: Final = re.compile(_FIGURE)
_POSSESSIVE: Final = re.compile(r"'s?$")
_ARTICLES: Final = frozenset(("a", "an", "the"))
_DATES: Final = frozenset(
    map(
        comparable,
        "january february march april may june july august september october november december "
        "monday tuesday wednesday thursday friday saturday sunday".split(),
    )
)
"""Names that tell when, and are nobody's."""
_SHORTEST_PART: Final = 3
"""Letters from which a name inside another one may mean the same thing (`ResNet` in `ResNets`)."""
_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is written, as it is compared, and as it is aligned: `name`, `number`, or as it is compared."""

    written: str
    form: str
    kind: str

    @property
    def is_name(self) -> bool:
        return self.kind == "\0name"

    @property
    def is_number(self) -> bool:
        return self.kind == "\0number"

    @property
    def is_content(self) -> bool:
        """Whether it is a word that carries a topic, a name included."""
        return not (self.is_number or self.written == "|" or self.written.lower() in STOP_WORDS)


Line = tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Two lines with the places of both that lie on each other, and how many words agree right around each."""

    said: Line
    known: Line
    places: tuple[tuple[int, int, int], ...]

    @property
    def alike(self) -> float:
        """The share of the words of `said`, names and numbers left out, that `known` has in the same order."""
        words = {at for at, token in enumerate(self.said) if token.is_content and not token.is_name}
        return len(words.intersection(here for here, _, _ in self.places)) / len(words) if words else 0.0


@lru_cache(maxsize=_REMEMBERED)
def read_line(text: str, names: frozenset[str]) -> Line:
    """The words of a plain text without its articles; those of `names` (as compared) are names where capitalised."""
    return tuple(_tokens(text, names | compared_names(text)))


def _tokens(text: str, names: frozenset[str]) -> Iterator[Token]:
    for match in _WORD.finditer(text):
        written = _POSSESSIVE.sub("", match[0])
        form = comparable(written) or written
        if _NUMBER.fullmatch(written):
            yield Token(written, form, "\0number")
        elif form in names and written != written.lower():
            yield Token(written, form, "\0name")
        elif written.lower() not in _ARTICLES:
            yield Token(written, form, form)


@lru_cache(maxsize=_REMEMBERED)
def compared_names(text: str) -> frozenset[str]:
    """The names in a text as they are compared; symbols with an index and dates are none."""
    return frozenset(comparable(name) for name in names_of(text) if "_" not in name) - _DATES


def align(said: Line, known: Line, by: Callable[[Token], str] = lambda token: token.kind) -> Alignment:
    """The longest runs that agree by what `by` says of their words."""
    matcher = SequenceMatcher(None, [by(token) for token in said], [by(token) for token in known], autojunk=False)
    places = []
    for block in matcher.get_matching_blocks():
        run = said[block.a : block.a + block.size]
        around = sum(not (token.is_name or token.is_number or token.written == "|") for token in run)
        places += [(block.a + at, block.b + at, around) for at in range(block.size)]
    return Alignment(said, known, tuple(places))


def same(one: Token, other: Token) -> bool:
    """Whether two names or two numbers may be the same."""
    if one.is_number:
        return _digits(one) == _digits(other) or any(
            agree(a, b) for a in numbers_of(one.written) for b in numbers_of(other.written)
        )
    mine, theirs = (token.written.lower().replace("-", "").rstrip("s") for token in (one, other))
    inside = min(len(mine), len(theirs)) >= _SHORTEST_PART and (mine in theirs or theirs in mine)
    return one.form == other.form or inside


def _digits(token: Token) -> str:
    return token.written.rstrip("%").rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def holds(line: Iterable[Token], name: Token) -> bool:
    """Whether a line has a name, in one of its forms."""
    return any(same(name, token) for token in line if not token.is_number)


def abbreviated(name: Token, line: Line) -> bool:
    """Whether the first letters of neighbouring words of a line give a name."""
    return name.form in "".join(token.written[0].lower() for token in line) and len(name.form) > 1
