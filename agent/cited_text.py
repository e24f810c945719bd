"""A cited passage taken apart for checking: its statements, with the words and numbers of each.

A statement is a sentence, a list item, a table row (with the head of its table) or a formula. Title and headings count
as part of the passage, since they often name what its text is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agent.evidence import Evidence
from agent.numbers import Number, numbers_of
from agent.plain_text import plain
from corpus.sentences import sentence_spans

Analyse = Callable[[str], Sequence[str]]
"""A text to its terms, as the lexical index knows them."""

_TABLE: Final = re.compile(r"(?:^[ \t]*\|.*\|[ \t]*$\n?)+", re.MULTILINE)
_RULE: Final = re.compile(r"[\s|:-]+")
_OPERATIONS: Final = {"+": "sum total", "−": "difference", "×": "product", "÷": "ratio share percent cent times"}
"""Sign in an equation → what people call its value."""
_REMEMBERED: Final = 256
"""Passages: an answer cites few, and each of its sentences reads them again."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A piece of a passage that says something on its own; `text` is plain."""

    text: str
    terms: frozenset[str]
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class CitedText:
    """A passage as the checks read it.

    Attributes:
        key: Of its evidence.
        about: Title and headings, plain.
        statements: In reading order.
        terms: Of the passage, its title and its headings.
        computed: Whether the passage is an equation; then it has its value as its only number.
        items: Lengths of the lists and tables in it, which support `three kinds` where nobody wrote the number.
    """

    key: str
    about: str
    statements: tuple[Statement, ...]
    about_terms: frozenset[str]
    items: frozenset[int]
    computed: bool = False

    @property
    def terms(self) -> frozenset[str]:
        return self.about_terms.union(*(statement.terms for statement in self.statements))

    @property
    def full_text(self) -> str:
        """Title, headings and text, plain."""
        return " . ".join((self.about, *(statement.text for statement in self.statements)))

    @property
    def numbers(self) -> tuple[Number, ...]:
        """Those of title, headings and text."""
        return (*numbers_of(self.about), *(number for statement in self.statements for number in statement.numbers))


def read_evidence(evidence: Evidence, analyse: Analyse) -> CitedText:
    """The passage taken apart; passages that were read before are remembered."""
    if evidence.figures:
        return _read_equation(evidence, analyse)
    return _read(evidence.key, evidence.title, evidence.heading, evidence.text, analyse)


@lru_cache(maxsize=_REMEMBERED)
def _read(key: str, title: str, heading: tuple[str, ...], text: str, analyse: Analyse) -> CitedText:
    about = plain(" . ".join(dict.fromkeys((title, *heading))))
    pieces = [(piece, plain(piece)) for piece in _pieces(text)]
    return CitedText(
        key=key,
        about=about,
        statements=tuple(
            Statement(shown, frozenset(analyse(piece)), numbers_of(piece)) for piece, shown in pieces if shown
        ),
        about_terms=frozenset(analyse(about)),
        items=frozenset(_list_lengths(text)),
    )


def _read_equation(evidence: Evidence, analyse: Analyse) -> CitedText:
    """An equation under the names of its operations; its figures are left to the passages that they are from."""
    made, value = re.split("[=≈]", evidence.text, maxsplit=1)
    about = " ".join(names for sign, names in _OPERATIONS.items() if sign in made)
    statement = Statement(plain(evidence.text), frozenset(analyse(evidence.text)), numbers_of(value))
    return CitedText(evidence.key, about, (statement,), frozenset(analyse(about)), frozenset(), computed=True)


def _pieces(text: str) -> Iterator[str]:
    position = 0
    for table in _TABLE.finditer(text):
        yield from _sentences(text[position : table.start()])
        yield from _rows(table[0])
        position = table.end()
    yield from _sentences(text[position:])


def _sentences(text: str) -> Iterator[str]:
    return (text[start:end] for start, end in sentence_spans(text))


def _rows(table: str) -> Iterator[str]:
    """Each row behind the head of its table."""
    rows = [row.strip() for row in table.splitlines() if not _RULE.fullmatch(row)]
    yield from rows[:1]
    for row in rows[1:]:
        yield f"{row}\n{rows[0]}"


_LIST_ITEM: Final = re.compile(r"^[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]")


def _list_lengths(text: str) -> Iterator[int]:
    """How many items each list and how many rows each table has, its head left out."""
    for table in _TABLE.finditer(text):
        yield sum(1 for row in table[0].splitlines() if not _RULE.fullmatch(row)) - 1
    for part in re.split(r"\n\s*\n(?![ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t])", text):
        count = sum(bool(_LIST_ITEM.match(line)) for line in part.splitlines())
        if count > 1:
            yield count


def shares(terms: Mapping[str, float], passage: CitedText) -> list[float]:
    """For each statement of `passage` the share of the weight of `terms` that it holds."""
    total = sum(terms.values())
    if not total:
        return [0.0] * len(passage.statements)
    return [sum(terms[term] for term in terms.keys() & one.terms) / total for one in passage.statements]
