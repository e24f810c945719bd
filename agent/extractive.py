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

from agent.answer_forms import Form, asked_form, definition_of
from agent.askers import asker_cost, is_talk
from agent.passage_units import Unit
from agent.question_words import subject_of
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
        terms = {term: self._rarity(term) for term in self._analyse(subject_of(question))}
        covered = [(self._coverage(terms, unit), unit) for unit in units]
        kept = sorted(covered, key=lambda pair: -pair[0])[: reader.most]
        cosines = reader.cosines(question, [unit for _, unit in kept]).tolist()
        best_passage = max(unit.evidence.score for _, unit in kept) or 1.0
        asked, definition = asked_form(question), definition_of(question)
        cost = asker_cost(question)
        scored = []
        for (coverage, unit), cosine in zip(kept, cosines, strict=True):
            score = self._closeness(cosine, coverage) + self._merits(unit, best_passage, asked, terms)
            if definition and definition.match(unit.text):
                score += self._settings.definition_weight
            score -= cost * unit.asked
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

    def _merits(self, unit: Unit, best_passage: float, asked: Form | None, terms: Collection[str]) -> float:
        """What a unit is worth beside its closeness to the question."""
        rank = self._settings.passage_weight * unit.evidence.score / best_passage
        return rank + self._form_merit(unit, asked) - (_EMPTY_COST if self._says_nothing(unit, terms) else 0.0)

    def _form_merit(self, unit: Unit, asked: Form | None) -> float:
        """What a unit gains by having the form that is asked for."""
        if asked is None or not asked.has(unit):
            return 0.0
        return self._settings.block_weight if asked.kind else self._settings.form_weight

    def _says_nothing(self, unit: Unit, terms: Collection[str]) -> bool:
        """Whether a unit asks, announces what is not there, is an address, or has hardly a word of its own."""
        text = unit.text.rstrip()
        if unit.question and is_talk(text):
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
            if candidate.place not in chosen and self._fits(chosen.values(), candidate.unit, all_units):
                taken += 1
                chosen |= {one.place: one for one in self._with_company(candidate, chosen.values(), all_units)}
        return _reading_order(list(chosen.values()))

    def _fits(self, chosen: Collection[ScoredUnit], unit: Unit, all_units: Sequence[Unit]) -> bool:
        """Whether there is room for a unit that says something new, with the first of what it leads up to.

        The best one is taken however long it is.
        """
        led = next(_led_up_to(unit, all_units), None) if unit.announces else None
        needed = [*(one.unit for one in chosen), unit, *([led] if led else [])]
        roomy = not chosen or sum(len(one.text) for one in needed) <= self._settings.characters
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
_ADDRESS: Final = re.compile(r"https?://\S+")
_NEWS_WORDS: Final = 2
"""Words beyond those of the question that an answer has at least, unless it has a number."""


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
