"""From the text that a team ends with to checked sentences, with the same checks as those of the quick mode.

A sentence that the extractive model quoted is checked as a quotation and cites exactly what it quotes; any other is
checked like a sentence that a language model wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from agent.asked import AskedQuestion
from agent.citations import readable
from agent.confidence import confidence
from agent.evidence import Evidence, Ledger
from agent.extractive_model import NOT_FOUND
from agent.grounding import Grounding, ground
from agent.keys import cited_keys, without_keys
from agent.parts import split_question
from agent.passage_units import Unit
from agent.quick import sentence_texts
from agent.quoted_places import places_of
from agent.refusal import RefusalRule, shipped_rule
from agent.sheet import Quoted
from agent.writing import DECLINED, check_sentence, complete_sentences

if TYPE_CHECKING:
    from agent.assistant import Assistant


_CLEARLY: Final = 0.6
"""Chance from which a part is answered where the whole question is refused: with every part the rule errs once more."""
_OPEN: Final = re.compile(rf"{NOT_FOUND}:\s*(?P<part>.+)")


def open_parts(text: str) -> tuple[str, ...]:
    """The parts of the question of which a final text says that the notes do not answer them."""
    return tuple(match["part"] for line in text.splitlines() if (match := _OPEN.fullmatch(line.strip())))


def declines(text: str) -> bool:
    """Whether a final text says that the notes do not answer, and not of a part of the question only."""
    lines = [line.upper() for line in text.splitlines() if not _OPEN.fullmatch(line.strip())]
    return any(mark in line for line in lines for mark in (NOT_FOUND, DECLINED))


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence of a final text without its keys, what the check said, and the places that it stands on.

    `confidence` is the chance that a quotation answers what it was quoted for; None for what was written.
    """

    text: str
    grounding: Grounding
    places: tuple[Quoted, ...] = ()
    confidence: float | None = None

    @property
    def supported(self) -> bool:
        return self.grounding.verdict == "supported"


def least_confidence(shown: Sequence[Checked]) -> float | None:
    """That of the part of the question which is answered least surely; None unless all sentences are quotations."""
    known = [one.confidence for one in shown if one.confidence is not None]
    return min(known) if known and len(known) == len(shown) else None


class FinalText:
    """Reads final texts of one run; also chooses the sentences that the extractive model reports."""

    def __init__(self, assistant: Assistant, ledger: Ledger, asked: AskedQuestion) -> None:
        self._assistant = assistant
        self._ledger = ledger
        self._asked = asked
        self._quotations: dict[str, Checked] = {}

    def quote(self, question: str, keys: Sequence[str]) -> list[str]:
        """Sentences of these passages that answer `question`, each with its key; none where the notes do not answer."""
        assistant = self._assistant
        evidence = [known for key in keys if (known := self._ledger.get(key))]
        units, scored = assistant.extract(question, evidence)
        if not scored or self._rule(question).refuses(assistant.features(question, evidence, scored)):
            return []
        chosen = [one.unit for one in assistant.choose(scored, units)]
        texts = sentence_texts(chosen, question, assistant.instruments.analyse, one_line=True)
        chance = confidence(scored)
        lines = [self._quotation(unit, text, chance) for unit, text in zip(chosen, texts, strict=True)]
        return [line for line in lines if line]

    def _rule(self, question: str) -> RefusalRule:
        """The rule for the question or a part of it."""
        rule = shipped_rule()
        part = question != self._asked.query and split_question(self._asked.query).several
        return replace(rule, threshold=_CLEARLY) if part and self._refused_as_a_whole else rule

    @cached_property
    def _refused_as_a_whole(self) -> bool:
        assistant, query = self._assistant, self._asked.query
        evidence = Ledger().enter_hits(self._asked.search(query, assistant.settings.passages, self._asked.where))
        scored = assistant.extract(query, evidence)[1]
        return not scored or shipped_rule().refuses(assistant.features(query, evidence, scored))

    def check(self, text: str) -> list[Checked]:
        """Every sentence of `text` with its verdict, in order, each once."""
        lines = [stripped for line in text.splitlines() if (stripped := line.strip()) and not _OPEN.match(stripped)]
        checked = [one for line in lines for one in self._checked(line) if any(c.isalnum() for c in one.text)]
        return list({one.text.casefold(): one for one in reversed(checked)}.values())[::-1]

    def _quotation(self, unit: Unit, text: str, chance: float) -> str:
        """The unit, which reads as `text`, as a line of a report; empty where it does not hold what it quotes."""
        instruments = self._assistant.instruments
        passage = replace(unit.evidence, heading=unit.heading)
        grounding = ground(text, [passage], instruments, quoted=True)
        line = f"{text} [{unit.evidence.key}]"
        place = Quoted(passage, unit.start, unit.end, unit.heading)
        self._quotations[line] = Checked(text, grounding, (place,), chance)
        return line if grounding.verdict == "supported" else ""

    def _checked(self, line: str) -> list[Checked]:
        if line in self._quotations:
            return [self._quotations[line]]
        return [self._statement(sentence) for sentence in complete_sentences(line, ended=True)]

    def _statement(self, sentence: str) -> Checked:
        instruments, shown = self._assistant.sharp_instruments, list(self._ledger)
        computed = [known for key in cited_keys(sentence) if (known := self._ledger.get(key)) and known.figures]
        keys = [figure.key for one in computed for figure in one.figures]
        grounding = check_sentence(f"{sentence} [{', '.join(keys)}]" if keys else sentence, shown, instruments)
        claim = readable(without_keys(sentence))
        if grounding.verdict != "supported":
            return Checked(claim, grounding)
        rest = [key for key in grounding.keys if key not in {*keys, *(one.key for one in computed)}]
        places = [*self._figures_of(computed), *places_of(claim, rest, shown, instruments)]
        return Checked(claim, grounding, tuple(places))

    def _figures_of(self, computed: Sequence[Evidence]) -> Iterator[Quoted]:
        """The places of the figures of each calculation, then the calculation."""
        for one in computed:
            for figure in one.figures:
                passage = self._ledger.get(figure.key)
                assert passage is not None  # the calculator took it from there
                yield Quoted(passage, figure.start, figure.end, passage.heading)
            yield Quoted(one, one.start, one.end, ())
