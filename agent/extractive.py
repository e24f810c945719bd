"""Answers without an LLM: the sentences, list items and table rows of the notes that answer a question best.

A passage is taken apart into units (a sentence, a list item, a table row, a formula), each under its headings. A unit
is scored by three signals: how close it is to the question in the encoder's space, how much of the question's rare
words it and its headings hold, and how high its passage was ranked. A unit of the kind that the question asks for (a
number for "how many") is preferred. The best unit is taken; if it announces a list, a formula or code, that
comes with it, else further units that are nearly as good. What is taken is shown in reading order and is verbatim.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agent.evidence import Evidence
from agent.settings import ExtractiveSettings
from corpus import Note
from corpus.sections import Block, Outline, outline
from corpus.sentences import sentence_spans

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to (n, d) normalised vectors."""

Analyse = Callable[[str], Sequence[str]]
"""A text to its terms, as the lexical index knows them."""

Rarity = Callable[[str], float]
"""The inverse document frequency of a term."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a passage that can answer on its own; offsets are those of the note's text."""

    evidence: Evidence
    text: str
    start: int
    end: int
    heading: tuple[str, ...]
    kind: str
    announces: bool = False

    @property
    def under_heading(self) -> str:
        """The unit with its innermost heading, which often names what the unit is about."""
        return f"{self.heading[-1]}: {self.text}" if self.heading else self.text


@dataclass(frozen=True, slots=True)
class ScoredUnit:
    """A unit and why it was chosen; `coverage` and `cosine` lie in [0, 1]."""

    unit: Unit
    score: float
    cosine: float
    coverage: float


_SHORTEST = 3
"""Characters: less is a stray mark."""

_LONGEST_ITEM = 400
"""Characters: a longer list item is taken apart into its sentences."""


def units_of(evidence: Evidence, note: Note) -> list[Unit]:
    """The units of a passage in reading order; headings are no units."""
    plan = outline(note)
    blocks = [block for block in plan.blocks_in(evidence.start, evidence.end) if block.kind != "heading"]
    if not blocks or blocks[0].start > evidence.start:
        first_heading = next(iter(plan.blocks_in(evidence.start, evidence.end)), None)
        end = min(first_heading.start if first_heading else evidence.end, evidence.end)
        blocks = [Block("paragraph", evidence.start, end), *blocks]
    return [
        Unit(evidence, note.text[start:end], start, end, plan.heading_at(start), kind, note.text[:end].endswith(":"))
        for block in blocks
        for kind, start, end in _spans(note, plan, block, evidence)
        if end - start >= _SHORTEST
    ]


def loose_units(evidence: Evidence) -> list[Unit]:
    """The units of a passage of which only its own text is known, such as one of a web page."""
    note = Note(evidence.note_id, evidence.title, evidence.text, evidence.source)
    found = units_of(replace(evidence, start=0, end=len(evidence.text)), note)
    shift = evidence.start
    return [replace(one, evidence=evidence, start=one.start + shift, end=one.end + shift) for one in found]


def _spans(note: Note, plan: Outline, block: Block, evidence: Evidence) -> Iterator[tuple[str, int, int]]:
    end = min(block.end, evidence.end)
    text = note.text[block.start : end]
    if block.kind in ("fence", "math", "html"):
        yield block.kind, *_trim(note.text, block.start, end)
    elif block.kind == "table":
        yield from _lines("row", note.text, block.start, end)
    elif block.kind == "list_item" and len(text) <= _LONGEST_ITEM:
        yield "item", *_trim(note.text, block.start, end)
    else:
        breaks = note.markup == "plain" and not _hard_wrapped(text)
        for a, b in sentence_spans(text, line_breaks=breaks):
            yield "sentence", block.start + a, block.start + b


def _hard_wrapped(text: str) -> bool:
    """Whether line ends are typesetting: several lines of about one width, none of them long."""
    lengths = [len(line) for line in text.splitlines()[:-1]]
    return len(lengths) >= 2 and max(lengths) <= 100 and min(lengths) >= 0.7 * max(lengths)


def _lines(kind: str, text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    position = start
    for line in text[start:end].splitlines(keepends=True):
        a, b = _trim(text, position, position + len(line))
        if re.search(r"\w", text[a:b]):
            yield kind, a, b
        position += len(line)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


class Extractor:
    """Chooses the units that answer a question; `encode`, `analyse` and `rarity` are those of the index."""

    def __init__(self, encode: Encode, analyse: Analyse, rarity: Rarity, settings: ExtractiveSettings) -> None:
        self._encode = encode
        self._analyse = analyse
        self._rarity = rarity
        self._settings = settings

    def score(self, question: str, units: Sequence[Unit]) -> list[ScoredUnit]:
        """All units that were worth encoding, best first; equal scores in reading order."""
        if not units:
            return []
        terms = {term: self._rarity(term) for term in self._analyse(question)}
        covered = [(self._coverage(terms, unit), unit) for unit in units]
        kept = sorted(covered, key=lambda pair: -pair[0])[: self._settings.candidates]
        vectors = self._encode([question, *(unit.under_heading for _, unit in kept)])
        cosines = np.clip(vectors[1:] @ vectors[0], 0.0, 1.0)
        best_passage = max(unit.evidence.score for _, unit in kept) or 1.0
        asked = _asked_kind(question)
        scored = [
            ScoredUnit(
                unit, self._total(unit, float(cosine), coverage, best_passage, asked, terms), float(cosine), coverage
            )
            for (coverage, unit), cosine in zip(kept, cosines, strict=True)
        ]
        return sorted(scored, key=lambda one: (-one.score, one.unit.evidence.note_id, one.unit.start))

    def _coverage(self, terms: dict[str, float], unit: Unit) -> float:
        """Share of the question's rarity that the unit holds; words in its headings count in part."""
        total = sum(terms.values())
        if not total:
            return 0.0
        in_text = set(self._analyse(unit.text))
        in_heading = set(self._analyse(" ".join((unit.evidence.title, *unit.heading))))
        share = self._settings.heading_share
        held = sum(
            weight if term in in_text else share * weight if term in in_heading else 0.0
            for term, weight in terms.items()
        )
        return held / total

    def _total(
        self,
        unit: Unit,
        cosine: float,
        coverage: float,
        best_passage: float,
        asked: re.Pattern[str] | None,
        terms: Collection[str],
    ) -> float:
        settings = self._settings
        score = settings.cosine_weight * cosine + (1 - settings.cosine_weight) * coverage
        score += settings.passage_weight * unit.evidence.score / best_passage
        if asked and asked.search(unit.text):
            score += settings.kind_weight
        return score - (_EMPTY_COST if self._says_nothing(unit, terms) else 0.0)

    def _says_nothing(self, unit: Unit, terms: Collection[str]) -> bool:
        """Whether a unit is itself a question, or has hardly a word that the question does not have."""
        if unit.text.rstrip().endswith("?"):
            return True
        new_words = set(self._analyse(unit.text)) - set(terms)
        return len(new_words) < _NEWS_WORDS and not re.search(r"\d", unit.text)

    def choose(self, scored: Sequence[ScoredUnit], all_units: Sequence[Unit]) -> list[ScoredUnit]:
        """The units of the answer, in reading order within a note, notes by their best unit."""
        chosen = list(scored[:1])
        announced = list(self._announced(chosen, all_units))
        for candidate in scored[1:] if not announced else ():
            if len(chosen) >= self._settings.sentences:
                break
            if candidate.score >= self._settings.nearly * scored[0].score and self._fits(chosen, candidate.unit):
                chosen.append(candidate)
        return _reading_order([*chosen, *announced])

    def _fits(self, chosen: Sequence[ScoredUnit], unit: Unit) -> bool:
        length = sum(len(one.unit.text) for one in chosen) + len(unit.text)
        return length <= self._settings.characters and all(not _repeats(one.unit, unit) for one in chosen)

    def _announced(self, chosen: Sequence[ScoredUnit], all_units: Sequence[Unit]) -> Iterable[ScoredUnit]:
        """The list, formula or code that the best unit announces with its colon, as far as there is room."""
        if not chosen or not chosen[0].unit.announces:
            return
        room = self._settings.characters - len(chosen[0].unit.text)
        for unit in _following_items(chosen[0].unit, all_units):
            room -= len(unit.text)
            if room < 0:
                return
            yield ScoredUnit(unit, chosen[0].score, chosen[0].cosine, chosen[0].coverage)


_EMPTY_COST = 0.3
"""What a unit loses that only repeats the question: a caption, a title, a question in the notes."""
_NEWS_WORDS = 2
"""Words beyond those of the question that an answer has at least, unless it has a number."""

_KINDS = (
    (
        re.compile(
            r"\bhow (?:many|much|large|big|long|often|fast|deep)\b"
            r"|\bwhat (?:number|percentage|size|rate|ratio|fraction)\b",
            re.I,
        ),
        re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twice|half|million|billion)\b", re.I),
    ),
    (
        re.compile(r"\bwhen\b|\b(?:what|which) (?:year|date)\b", re.I),
        re.compile(
            r"\b(?:19|20)\d\d\b|\b(?:january|february|march|april|may|june|july|august|september|october"
            r"|november|december)\b",
            re.I,
        ),
    ),
    (
        re.compile(r"\bwhy\b", re.I),
        re.compile(r"\b(?:because|since|so that|due to|reason|in order to|therefore|to avoid|to prevent)\b", re.I),
    ),
    (
        re.compile(
            r"\bwhat (?:is|are|does)\b.*\b(?:mean|stand for)\b|\bwhat (?:is|are) (?:a |an |the )?[\w\s-]{2,40}\?*$",
            re.I,
        ),
        re.compile(r"\b(?:is|are|means|refers to|stands for|called|defined)\b", re.I),
    ),
)
"""Pairs of: how a question asks for a kind of answer, and how such an answer looks."""


def _asked_kind(question: str) -> re.Pattern[str] | None:
    return next((answer for asked, answer in _KINDS if asked.search(question)), None)


def _repeats(one: Unit, other: Unit) -> bool:
    """Whether two units say the same words, as copies of a note do."""
    return " ".join(one.text.split()).casefold() == " ".join(other.text.split()).casefold()


def _following_items(unit: Unit, all_units: Sequence[Unit]) -> Iterator[Unit]:
    later = sorted(
        (u for u in all_units if u.evidence.note_id == unit.evidence.note_id and u.start >= unit.end),
        key=lambda u: u.start,
    )
    for candidate in later:
        if candidate.kind not in ("item", "row", "math", "fence"):
            return
        yield candidate


def _reading_order(chosen: Sequence[ScoredUnit]) -> list[ScoredUnit]:
    best: dict[str, float] = {}
    for one in chosen:
        note = one.unit.evidence.note_id
        best[note] = max(best.get(note, 0.0), one.score)
    return sorted(chosen, key=lambda one: (-best[one.unit.evidence.note_id], one.unit.evidence.note_id, one.unit.start))
