"""From the text that a team ends with to verified sentences, each citing the place that says it.

A sentence that the extractive model quoted is checked as a quotation and cites exactly what it quotes. Any other
sentence is checked as a statement, and cites in each of its passages the sentence that is nearest to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from agent.answer import AnswerSentence, Citation
from agent.citations import Numbering, readable
from agent.evidence import Evidence, Ledger
from agent.extractive import Unit
from agent.grounding import Grounding, ground
from agent.keys import without_keys
from agent.quick import sentence_text
from agent.refusal import shipped_rule
from corpus.sentences import sentence_spans

if TYPE_CHECKING:
    from agent.assistant import Assistant

_KEY_AFTER_END: Final = re.compile(r"([.!?…]+)((?:\s*\[[nwct]\d+(?:\s*[,;]\s*[nwct]\d+)*\])+)")
"""A sentence's end with keys behind it, which would open the next sentence."""
_LIST_MARK: Final = "-*•‣◦▪·–— "


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence of a final text, without its keys, and what the check said; `units` are the places that it cites."""

    text: str
    grounding: Grounding
    units: tuple[Unit, ...]

    @property
    def supported(self) -> bool:
        return self.grounding.verdict == "supported"


class FinalText:
    """Reads final texts of one run; also chooses the sentences that the extractive model reports."""

    def __init__(self, assistant: Assistant, ledger: Ledger) -> None:
        self._assistant = assistant
        self._ledger = ledger
        self._quoted: dict[str, Unit] = {}

    def quote(self, question: str, keys: Sequence[str]) -> list[str]:
        """Sentences of these passages that answer `question`, each with its key; none where the notes do not answer."""
        assistant = self._assistant
        evidence = [self._with_cosine(known, question) for key in keys if (known := self._ledger.get(key))]
        units, scored = assistant.extract(question, evidence)
        if not scored or shipped_rule().refuses(assistant.features(question, evidence, scored)):
            return []
        return [self._line(one.unit, question) for one in assistant.choose(scored, units)]

    def check(self, text: str) -> list[Checked]:
        """Every sentence of `text` with its verdict, in order, each once."""
        lines = [stripped for line in text.splitlines() if (stripped := line.strip())]
        checked = [one for line in lines for one in self._checked_line(line) if one.text]
        return list({one.text: one for one in checked}.values())

    def _line(self, unit: Unit, question: str) -> str:
        line = f"{sentence_text(unit, question, self._assistant.instruments.analyse)} [{unit.evidence.key}]"
        self._quoted[line] = unit
        return line

    def _with_cosine(self, passage: Evidence, question: str) -> Evidence:
        """The passage with its similarity to the question, which only searches of the notes give."""
        if passage.cosine is not None:
            return passage
        vectors = self._assistant.index.query_encoder.encode([question, passage.text])
        return replace(passage, cosine=float(vectors[0] @ vectors[1]))

    def _checked_line(self, line: str) -> list[Checked]:
        unit = self._quoted.get(line)
        if unit is None:
            return [self._checked(sentence) for sentence in _sentences(line)]
        shown = line.removesuffix(f" [{unit.evidence.key}]")
        passage = replace(unit.evidence, heading=unit.heading)
        return [Checked(shown, ground(shown, [passage], self._assistant.instruments, quoted=True), (unit,))]

    def _checked(self, sentence: str) -> Checked:
        grounding = ground(sentence, [], self._assistant.instruments, self._ledger)
        shown = readable(without_keys(sentence)).lstrip(_LIST_MARK)
        return Checked(shown, grounding, tuple(map(self._nearest(shown), grounding.keys)))

    def _nearest(self, sentence: str) -> Callable[[str], Unit]:
        """For a key the unit of its passage that is nearest to `sentence`; the whole passage where it has none."""

        def unit_of(key: str) -> Unit:
            passage = self._ledger.get(key)
            assert passage is not None, key
            _, scored = self._assistant.extract(sentence, [passage])
            whole = Unit(passage, passage.text, passage.start, passage.end, passage.heading, "passage")
            return scored[0].unit if scored else whole

        return unit_of


def cited(checked: Checked, numbering: Numbering) -> tuple[AnswerSentence, tuple[Citation, ...]]:
    """A supported sentence as part of an answer, with its citations."""
    citations = tuple(numbering.cite(unit.evidence, unit.start, unit.end, unit.heading) for unit in checked.units)
    numbers = tuple(dict.fromkeys(citation.n for citation in citations))
    return AnswerSentence(checked.text, numbers, checked.grounding.verdict), citations


def _sentences(line: str) -> Iterator[str]:
    """The sentences of a line, each with the keys that stand behind it."""
    inside = _KEY_AFTER_END.sub(r"\2\1", line)
    for start, end in sentence_spans(inside):
        yield inside[start:end]
