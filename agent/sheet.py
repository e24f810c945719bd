"""The sheet on which an answer is written: only verified sentences get there, and each is shown as it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from agent.answer import AnswerSentence
from agent.citations import Numbering, marked, separator
from agent.events import Event, SentenceVerified, TextDelta
from agent.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Quoted:
    """A span of a passage's note that a sentence stands on, and the headings above it."""

    evidence: Evidence
    start: int
    end: int
    heading: tuple[str, ...]


@dataclass(slots=True)
class Sheet:
    """The sentences of an answer so far; `seconds` is the time since the question was asked."""

    seconds: Callable[[], float]
    numbering: Numbering = field(default_factory=Numbering)
    sentences: list[AnswerSentence] = field(default_factory=list)

    def add(self, text: str, quoted: Sequence[Quoted]) -> Iterator[Event]:
        """Take a supported sentence in; a place that was quoted before keeps its number."""
        before = len(self.numbering.citations)
        cited = [self.numbering.cite(one.evidence, one.start, one.end, one.heading) for one in quoted]
        sentence = AnswerSentence(text, tuple(dict.fromkeys(citation.n for citation in cited)), "supported")
        space = separator(self.sentences[-1].text, text) if self.sentences else ""
        self.sentences.append(sentence)
        yield SentenceVerified(sentence, self.numbering.citations[before:], self.seconds())
        yield TextDelta(space + marked(sentence))

    def has(self, text: str) -> bool:
        """Whether a sentence says the same in the same words."""
        return any(one.text.casefold() == text.casefold() for one in self.sentences)
