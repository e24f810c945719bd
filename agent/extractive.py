"""Answers without an LLM: the sentences, list items and table rows of the notes that answer a question best.

A unit (see `agent.passage_units`) is scored by how close it is to the question in the encoder's space, how much of the
question's rare words it and what stands above it hold, and how high its passage was ranked. A unit of the kind that the
question asks for (a number for "how many") is preferred. The best units are taken, each with what it cannot do without:
a row with the header of its table, a formula with the sentence that leads up to it, a sentence that leads up to a
list with the list. All of it is verbatim, and in reading order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from agent.passage_units import Unit
from agent.settings import ExtractiveSettings
from agent.unit_readers import UnitReader

Analyse = Callable[[str], Sequence[str]]
"""A text to its terms, as the lexical index knows them."""

Rarity = Callable[[str], float]
"""The inverse document frequency of a term."""


@dataclass(frozen=True, slots=True)
class ScoredUnit:
    """A unit and why it was chosen; `coverage` and `cosine` lie in [0, 1]."""

    unit: Unit
    score: float
    cosine: float
    coverage: float

    @property
    def place(self) -> tuple[str, int]:
        """Note and offset, which no other unit has."""
        return self.unit.evidence.note_id, self.unit.start


class Extractor:
    """Chooses the units that answer a question; `analyse` and `rarity` are those of the index."""

    def __init__(self, analyse: Analyse, rarity: Rarity, settings: ExtractiveSettings) -> None:
        self._analyse = analyse
        self._rarity = rarity
        self._settings = settings

    def score(self, question: str, units: Sequence[Unit], reader: UnitReader) -> list[ScoredUnit]:
        """All units that were worth comparing, best first; equal scores in reading order."""
        if not units:
            return []
        terms = {term: self._rarity(term) for term in self._analyse(question)}
        covered = [(self._coverage(terms, unit), unit) for unit in units]
        kept = sorted(covered, key=lambda pair: -pair[0])[: reader.most]
        cosines = reader.cosines(question, [unit for _, unit in kept]).tolist()
        best_passage = max(unit.evidence.score for _, unit in kept) or 1.0
        asked, definition = _asked_kind(question), _definition(question)
        asker_cost = _asker_cost(question)
        scored = []
        for (coverage, unit), cosine in zip(kept, cosines, strict=True):
            score = self._closeness(cosine, coverage) + self._merits(unit, best_passage, asked, terms)
            if definition and definition.match(unit.text):
                score += self._settings.definition_weight
            score -= asker_cost * unit.asked
            scored.append(ScoredUnit(unit, score, cosine, coverage))
        return sorted(scored, key=lambda one: (-one.score, *one.place))

    def _coverage(self, terms: dict[str, float], unit: Unit) -> float:
        """Share of the question's rarity that the unit holds; words in what stands above it count in part."""
        total = sum(terms.values())
        if not total:
            return 0.0
        in_text = set(self._analyse(unit.text))
        around = set(self._analyse(unit.surroundings))
        share = self._settings.heading_share
        held = sum(
            weight if term in in_text else share * weight if term in around else 0.0 for term, weight in terms.items()
        )
        return held / total

    def _closeness(self, cosine: float, coverage: float) -> float:
        return self._settings.cosine_weight * cosine + (1 - self._settings.cosine_weight) * coverage

    def _merits(self, unit: Unit, best_passage: float, asked: re.Pattern[str] | None, terms: Collection[str]) -> float:
        """What a unit is worth beside its closeness to the question."""
        rank = self._settings.passage_weight * unit.evidence.score / best_passage
        kind = self._settings.kind_weight if asked and asked.search(unit.text) else 0.0
        return rank + kind - (_EMPTY_COST if self._says_nothing(unit, terms) else 0.0)

    def _says_nothing(self, unit: Unit, terms: Collection[str]) -> bool:
        """Whether a unit asks, announces what is not there, is an address, or has hardly a word of its own."""
        text = unit.text.rstrip()
        if unit.question and _TALK.search(text):
            return True
        if text.endswith("?") or (text.endswith(":") and not unit.announces):
            return True
        if 2 * len(_ADDRESS.sub("", text)) < len(text):
            return True
        new_words = set(self._analyse(unit.text)) - set(terms)
        return len(new_words) < _NEWS_WORDS and not re.search(r"\d", unit.text)

    def choose(self, scored: Sequence[ScoredUnit], all_units: Sequence[Unit]) -> list[ScoredUnit]:
        """The units of the answer, in reading order within a note, notes by their best unit."""
        chosen: dict[tuple[str, int], ScoredUnit] = {}
        taken = 0
        for candidate in scored:
            if taken >= self._settings.sentences or candidate.score < scored[0].score - self._settings.margin:
                break
            if candidate.place not in chosen and self._fits(chosen.values(), candidate.unit):
                taken += 1
                chosen |= {one.place: one for one in self._with_company(candidate, chosen.values(), all_units)}
        return _reading_order(list(chosen.values()))

    def _fits(self, chosen: Collection[ScoredUnit], unit: Unit) -> bool:
        """Whether there is room for a unit that says something new; the best one is taken however long it is."""
        length = sum(len(one.unit.text) for one in chosen) + len(unit.text)
        roomy = not chosen or length <= self._settings.characters
        return roomy and all(not _repeats(one.unit, unit) for one in chosen)

    def _with_company(
        self, one: ScoredUnit, chosen: Collection[ScoredUnit], all_units: Sequence[Unit]
    ) -> Iterator[ScoredUnit]:
        """The unit with the header or lead that it needs, and with what it announces, as far as there is room."""
        yield one
        room = self._settings.characters - sum(len(other.unit.text) for other in (*chosen, one))
        lead = one.unit.lead if one.unit.kind == "math" else None
        led = list(_led_up_to(one.unit, all_units)) if one.unit.announces else []
        header = one.unit.header or next((unit.header for unit in led if unit.header), None)
        for unit in (needed for needed in (header, lead) if needed):
            room -= len(unit.text)
            yield ScoredUnit(unit, one.score, one.cosine, one.coverage)
        for unit in led:
            room -= len(unit.text)
            if room < 0:
                return
            yield ScoredUnit(unit, one.score, one.cosine, one.coverage)


_EMPTY_COST: Final = 0.3
"""What a unit loses that only repeats the question, or says nothing: a caption, a question, a lead without its list."""
_ASKER_COST: Final = 0.3
"""What a unit of the one who asked loses: it is near to the question, and no answer. 0.2 leaves twice as many."""
_SEARCH_COST: Final = 0.06
"""The same where the question is a search in keywords, which may look for either; with none the asker's words win."""
_ASKS: Final = re.compile(
    r"\?|\b(?:what|which|who|why|how|when|where|can|could|should|would|is|are|do|does|will)\b", re.IGNORECASE
)
_ABOUT_THE_ASKER: Final = re.compile(r"\b(?:did|was|were|had|asker|poster|(?:in|of) the question)\b", re.IGNORECASE)
"""Of a question about what somebody did or had, which the asker tells best."""
_TALK: Final = re.compile(
    r"\b(?:your|this|the|good|great|nice) question\b|\bhope (?:this|that|it) helps\b|^welcome to\b", re.IGNORECASE
)
"""Of a sentence with which people answer, and which answers nothing."""
_ADDRESS: Final = re.compile(r"https?://\S+")
_NEWS_WORDS: Final = 2
"""Words beyond those of the question that an answer has at least, unless it has a number."""

_KINDS: Final = (
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


def _asker_cost(question: str) -> float:
    if _ABOUT_THE_ASKER.search(question):
        return 0.0
    return _ASKER_COST if _ASKS.search(question) else _SEARCH_COST


_WHAT_IS: Final = re.compile(r"\W*what (?:is|are) (?:an? |the )?(?P<thing>[\w .+-]{2,40}?)\W*", re.I)
_DEFINES: Final = (
    r"(?:(?:is|are|was|were|means?|refers?|stands?)"
    r"|[a-z]+ (?:an?|the|each|every|one|two|three|several|many|how|what))\b"
)
"""What follows the name of a thing in a sentence that says what it is, or what it does with something."""


def _definition(question: str) -> re.Pattern[str] | None:
    """How a sentence begins that answers "what is X?"; None for other questions."""
    asked = _WHAT_IS.fullmatch(question)
    if asked is None:
        return None
    thing = re.escape(re.sub(r"e?s$", "", asked["thing"].strip()))
    named = rf"(?:an? |the )?{thing}(?:e?s)?\b(?: \([^)]*\))? {_DEFINES}"
    return re.compile(rf"\W*(?:{named}|[\w ,-]{{3,60}} \({thing}(?:e?s)?\))", re.I)


def _repeats(one: Unit, other: Unit) -> bool:
    """Whether two units say the same words, as copies of a note do."""
    return " ".join(one.text.split()).casefold() == " ".join(other.text.split()).casefold()


def _led_up_to(unit: Unit, all_units: Sequence[Unit]) -> Iterator[Unit]:
    """What a unit leads up to, in reading order."""
    return (one for one in all_units if one.lead is not None and one.lead.start == unit.start and _same_note(one, unit))


def _same_note(one: Unit, other: Unit) -> bool:
    return one.evidence.note_id == other.evidence.note_id


def _reading_order(chosen: Sequence[ScoredUnit]) -> list[ScoredUnit]:
    best: dict[str, float] = {}
    for one in chosen:
        note = one.unit.evidence.note_id
        best[note] = max(best.get(note, 0.0), one.score)
    return sorted(chosen, key=lambda one: (-best[one.unit.evidence.note_id], one.unit.evidence.note_id, one.unit.start))
