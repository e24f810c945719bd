"""Sentences with the passages that they cite, and whether those support them: the test bench of `agent.grounding`.

Built from the shipped notes by code: sentences as they stand, sentences written in another way (by rule, and by hand in
`grounding_paraphrases.jsonl`), and sentences of both sorts changed so that their passage no longer supports them. The
passages are the chunks that the index would hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Final

import corpus
from agent.evidence import Evidence
from agent.passage_units import units_of
from corpus import Note, load_notes
from corpus.chunking import chunk_note
from evals import grounding_changes as changes
from evals import grounding_exchanges as exchanges
from evals.json_lines import parse_rows

PARAPHRASES: Final = Path(__file__).with_name("grounding_paraphrases.jsonl")
_SHORTEST: Final = 40
"""Characters of a unit from which it says something that can be changed."""
_LONGEST: Final = 400

OFF_TOPIC: Final = (
    "The Great Barrier Reef lies off the coast of Queensland.",
    "Bread dough rises because yeast turns sugar into carbon dioxide.",
    "The Treaty of Westphalia ended the Thirty Years' War in 1648.",
    "Cats sleep for most of the day.",
    "A violin has four strings that are tuned in fifths.",
    "Mount Everest is the highest mountain above sea level.",
    "Tea should steep for three to five minutes.",
    "The heart of a blue whale can weigh as much as a small car.",
    "Interest on the loan is paid at the end of each month.",
    "Photosynthesis turns light into chemical energy.",
    "The train to Vienna leaves from platform 7.",
    "Marie Curie won two Nobel Prizes.",
    "Basalt forms when lava cools quickly at the surface.",
    "The offside rule applies to the moment at which the ball is played.",
    "Olive oil loses its aroma when it is heated for long.",
    "The library is closed on public holidays.",
    "Bees tell each other by a dance where flowers are.",
    "The novel opens with a storm on the coast of Cornwall.",
    "Vitamin C is destroyed by long cooking.",
    "A sonnet has fourteen lines.",
)
"""Sentences about anything but machine learning."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence, what it cites, and whether that supports it.

    Attributes:
        kind: How it was made, such as `number changed`.
        source: `note` or `paraphrase`: what the sentence was before it was changed.
        cited: The passages that it cites.
        known: The passages that were given out; the same, but where a key is invented.
    """

    kind: str
    source: str
    sentence: str
    cited: tuple[Evidence, ...]
    known: tuple[Evidence, ...]
    supported: bool
    unit: str = ""


@dataclass(frozen=True, slots=True)
class _Base:
    sentence: str
    evidence: Evidence
    source: str
    unit: str


class Bench:
    """The pairs that one seed makes of the shipped notes."""

    def __init__(self, seed: int = 0, folder: Path | None = None) -> None:
        self._seed = seed
        self._folder = folder or Path(corpus.__file__).parent / "notes"

    @cached_property
    def notes(self) -> list[Note]:
        """The notes; the one about the folder itself is left out."""
        return [note for note in load_notes(self._folder) if not note.note_id.endswith("README.md")]

    @cached_property
    def passages(self) -> list[Evidence]:
        """All chunks as evidence, each under a key of its own."""
        chunks = ((note, chunk) for note in self.notes for chunk in chunk_note(note))
        return [
            Evidence(
                f"n{n}",
                "note",
                note.note_id,
                note.title,
                note.source,
                chunk.heading,
                chunk.start,
                chunk.end,
                chunk.text,
            )
            for n, (note, chunk) in enumerate(chunks, 1)
        ]

    @cached_property
    def quotes(self) -> list[_Base]:
        """Every unit of the notes that is long enough, as it stands."""
        notes = {note.note_id: note for note in self.notes}
        units = (unit for passage in self.passages for unit in units_of(passage, notes[passage.note_id]))
        return [
            _Base(unit.text, unit.evidence, "note", unit.kind)
            for unit in units
            if _SHORTEST <= len(unit.text) <= _LONGEST and not unit.text.endswith((":", "?"))
        ]

    @cached_property
    def paraphrases(self) -> list[_Base]:
        """The sentences that were written by hand, with the passage that holds what they say."""
        rows = parse_rows(PARAPHRASES, lambda row: (row.text("note"), row.text("span"), row.text("sentence")))
        return [_Base(sentence, self._holding(note, span), "paraphrase", "") for note, span, sentence in rows]

    def pairs(self) -> list[Pair]:
        """All pairs, the same for the same seed."""
        return [*self._supported(), *self._changed(), *self._cited_wrongly()]

    def _holding(self, note: str, span: str) -> Evidence:
        wanted = " ".join(span.split())
        return next(
            passage
            for passage in self.passages
            if passage.note_id.endswith(note) and wanted in " ".join(passage.text.split())
        )

    def _sample(self, kind: str, count: int) -> list[_Base]:
        return Random(f"{self._seed} {kind}").sample(self.quotes, count)

    def _supported(self) -> Iterator[Pair]:
        yield from (_pair("as it stands", base, base.sentence, True) for base in self._sample("as it stands", 200))
        rewritings = {
            "other notation": changes.rewrite_notation,
            "other words": changes.rewrite_words,
            "aside dropped": changes.drop_aside,
            "opening added": changes.introduce,
        }
        for kind, change in rewritings.items():
            yield from self._apply(kind, change, self._sample(kind, len(self.quotes)), 50, supported=True)
        yield from (_pair("paraphrase", base, base.sentence, True) for base in self.paraphrases)

    def _changed(self) -> Iterator[Pair]:
        names = self._names()
        kinds: dict[str, tuple[changes.Change, int]] = {
            "number changed": (changes.change_number, 150),
            "number from elsewhere": (changes.take_number_from_elsewhere, 80),
            "unit changed": (changes.change_unit, 60),
            "not put in": (changes.negate, 80),
            "not taken out": (changes.affirm, 80),
            "opposite": (changes.swap_opposite, 80),
            "name swapped": (changes.swap_name(names), 120),
            "name from elsewhere": (exchanges.take_name_from_elsewhere(names), 80),
            "names exchanged": (exchanges.exchange_names(names), 60),
            "numbers exchanged": (exchanges.exchange_numbers, 80),
            "subject recombined": (exchanges.recombine, 60),
        }
        for kind, (change, count) in kinds.items():
            bases = [*self.paraphrases, *self._sample(kind, len(self.quotes))]
            yield from self._apply(kind, change, bases, count, supported=False)

    def _apply(
        self, kind: str, change: changes.Change, bases: Iterable[_Base], count: int, *, supported: bool
    ) -> Iterator[Pair]:
        """Up to `count` pairs of the bases that `change` fits."""
        random = Random(f"{self._seed} {kind} changes")
        for base in bases:
            changed = change(base.sentence, base.evidence.text, random)
            if changed and (supported or _squeezed(changed) not in _squeezed(base.evidence.text)):
                yield _pair(kind, base, changed, supported)
                count -= 1
            if not count:
                return

    def _cited_wrongly(self) -> Iterator[Pair]:
        random = Random(f"{self._seed} citations")
        for sentence in OFF_TOPIC:
            for passage in random.sample(self.passages, 2):
                yield Pair("off topic", "other", sentence, (passage,), (passage,), False)
        for base in [*self.paraphrases, *self._sample("wrong", 100)]:
            strange = random.choice([one for one in self.passages if one.note_id != base.evidence.note_id])
            yield _pair("other note", replace(base, evidence=strange), base.sentence, False)
            near = [one for one in self.passages if one.note_id == base.evidence.note_id and one != base.evidence]
            if near and base.unit in ("", "sentence", "item"):
                yield _pair(
                    "other passage of the note", replace(base, evidence=random.choice(near)), base.sentence, False
                )
        for base in [*self.paraphrases, *self._sample("invented", 50)]:
            stranger = replace(base.evidence, key=f"n{len(self.passages) + random.randrange(1, 50)}")
            yield Pair("key invented", base.source, base.sentence, (stranger,), (base.evidence,), False)

    def _names(self) -> Sequence[str]:
        """Names of methods, models, data sets and people that occur in several places of the notes."""
        found = Counter(name for passage in self.passages for name in set(_NAME.findall(passage.text)))
        return sorted(name for name, count in found.items() if count >= _COMMON and name not in _NO_NAMES)


_NAME: Final = re.compile(r"\b[A-Z][A-Za-z]*[A-Z0-9][A-Za-z0-9]*(?:-\d+)?\b|(?<=[a-z,] )[A-Z][a-z]{3,}\b")
_COMMON: Final = 2
_NO_NAMES: Final = frozenset(
    {"None", "True", "False", "Thought", "Action", "Observation", "GB", "MB", "TB", "GiB", "MiB"}
)


def _pair(kind: str, base: _Base, sentence: str, supported: bool) -> Pair:
    return Pair(kind, base.source, sentence, (base.evidence,), (base.evidence,), supported, base.unit)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)
