"""The final answer by a language model: one plain call on numbered passages, each sentence verified before it is shown.

A sentence is checked as soon as it is complete. One that its passages do not support is kept back; at the end all of
those go to the model once more, with the reasons, and what is still unsupported then is dropped and counted. A
sentence without a key is tried against the passages: the one that supports it becomes its citation. A key that nobody
gave out is never guessed.

The writing ends in bounded time: when the time is up, when the text is too long, and when it goes round in circles.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from agent.citations import readable
from agent.errors import ModelFailed, ModelUnavailable
from agent.events import Event, Writing
from agent.evidence import Evidence
from agent.generation import Piece, instructions, message, stream_text, without_thoughts
from agent.grounding import Grounding, Instruments, ground
from agent.keys import cited_keys, without_keys
from agent.quoted_places import places_of, share
from agent.rambling import goes_in_circles
from agent.settings import WritingSettings
from agent.sheet import Sheet
from agent.writing_time import Stopwatch, fitting, readable_characters
from corpus.sentences import sentence_spans

if TYPE_CHECKING:
    from smolagents import ChatMessage, Model

DECLINED: Final = "NOT IN THE NOTES"
"""What a model writes when the passages do not answer; the instructions say so."""

_WITH_THOUGHTS: Final = 4
"""Lengths of an answer, thoughts included, after which a model that does not stop is stopped."""
_TRIED: Final = 3
"""Passages that a sentence without a key is tried against: those that share most of its words."""
_KEY_AFTER_STOP: Final = re.compile(r"([.!?])((?:\s*\[[a-z]\d+(?:\s*[,;]\s*[a-z]\d+)*\])+)(?!\()")
_KEY_LIKE: Final = re.compile(r"\[\s*([a-z]\d+)\s*\]")
_LIST_MARK: Final = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)]|#{1,6})\s+")


@dataclass(frozen=True, slots=True)
class Rejected:
    """A sentence that was not accepted, and why, in words that the model can act on."""

    text: str
    reason: str


@dataclass(slots=True)
class Draft:
    """What came of the writing, beside the sentences on the sheet.

    Attributes:
        rejected: Sentences that were not accepted at first.
        repaired: How many of them were accepted in other words.
        declined: Whether the model said that the passages do not answer.
        failure: Why the model could not go on; empty when it could.
        overran: Seconds after which the model was stopped because its time was up; 0 when it was not.
    """

    rejected: list[Rejected] = field(default_factory=list)
    repaired: int = 0
    declined: bool = False
    failure: str = ""
    overran: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def dropped(self) -> int:
        """Sentences that are missing in the answer."""
        return max(0, len(self.rejected) - self.repaired)

    @property
    def unfinished(self) -> bool:
        """Whether the model did not come to an end."""
        return bool(self.failure or self.overran)

    @property
    def usage(self) -> dict[str, int]:
        return {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens}


class Writer:
    """Writes answers with one model; `instruments` verify them."""

    def __init__(self, llm: Model, instruments: Instruments, settings: WritingSettings | None = None) -> None:
        self._llm = llm
        self._instruments = instruments
        self._settings = settings or WritingSettings()

    def write(self, question: str, passages: Sequence[Evidence], sheet: Sheet) -> Generator[Event, None, Draft]:
        """Events while the sentences come onto `sheet`; the draft when they are done.

        Args:
            question: Such that it can be understood alone.
            passages: Best first; those that fit the prompt are shown to the model.
            sheet: Takes the verified sentences.
        """
        work = _Work(sheet, Stopwatch(self._settings.seconds), self._settings.characters)
        draft = work.draft
        system = message("system", instructions("answer"))
        try:
            room = yield from self._room(system, work)
            work.shown = fitting(passages, room)
            asked = [system, message("user", prompt(question, work.shown))]
            written = yield from self._round(asked, work, draft.rejected)
            if draft.rejected and not (draft.declined or draft.overran):
                yield from self._repair([*asked, message("assistant", written)], work)
        except (ModelFailed, ModelUnavailable) as error:
            draft.failure = str(error)  # what is verified stays
        return draft

    def _room(self, system: ChatMessage, work: _Work) -> Generator[Event, None, int]:
        """Characters of passages that the model can read in time, and has room for.

        Only a model on this machine knows its speed. One that has read nothing yet begins with the instructions, which
        it remembers for the prompt itself.
        """
        if hasattr(self._llm, "reading_speed") and self._llm.reading_speed is None:
            with closing(stream_text(self._llm, [system], max_tokens=1)) as pieces:
                for _ in pieces:
                    yield Writing(0, work.sheet.seconds())
                    if work.watch.over:
                        break
        speed, window = (getattr(self._llm, name, None) for name in ("reading_speed", "window"))
        return readable_characters(work.watch.seconds, speed, window)

    def _repair(self, asked: list[ChatMessage], work: _Work) -> Generator[Event, None, None]:
        listed = "\n".join(f"{at}. {one.text} ({one.reason})" for at, one in enumerate(work.draft.rejected, start=1))
        again = message("user", instructions("repair").format(sentences=listed))
        before = len(work.sheet.sentences)
        yield from self._round([*asked, again], work, [])
        work.draft.repaired = len(work.sheet.sentences) - before

    def _round(self, asked: list[ChatMessage], work: _Work, rejected: list[Rejected]) -> Generator[Event, None, str]:
        """One call of the model; returns its text without thoughts."""
        raw, read, stopped = "", 0, False
        with closing(stream_text(self._llm, asked)) as pieces:
            for piece in pieces:
                work.count(piece)
                raw += piece.text
                yield Writing(len(raw), work.sheet.seconds())
                ready = complete_sentences(without_thoughts(raw))
                for sentence in ready[read:]:
                    yield from self._take(sentence, work, rejected)
                read = len(ready)
                if stopped := work.must_stop(raw):
                    break
        text = without_thoughts(raw).strip()
        if DECLINED in text.upper():
            work.draft.declined = not work.sheet.sentences
            return text
        for sentence in complete_sentences(text, ended=not stopped)[read:]:
            yield from self._take(sentence, work, rejected)
        return text

    def _take(self, sentence: str, work: _Work, rejected: list[Rejected]) -> Iterator[Event]:
        """The sentence onto the sheet, or among the rejected ones."""
        claim = readable(without_keys(sentence))
        if work.sheet.has(claim) or not any(c.isalnum() for c in claim):
            return
        checked = check_sentence(sentence, work.shown, self._instruments)
        if checked.verdict != "supported":
            if all(one.text != sentence for one in rejected):  # small models write a sentence again and again
                rejected.append(Rejected(sentence, checked.reason))
            return
        yield from work.sheet.add(claim, places_of(claim, checked.keys, work.shown, self._instruments))


@dataclass(slots=True)
class _Work:
    """One answer that is being written."""

    sheet: Sheet
    watch: Stopwatch
    longest: int
    shown: Sequence[Evidence] = ()
    draft: Draft = field(default_factory=Draft)

    def count(self, piece: Piece) -> None:
        self.draft.prompt_tokens += piece.prompt_tokens
        self.draft.completion_tokens += piece.completion_tokens

    def must_stop(self, raw: str) -> bool:
        """Whether the model has to be stopped: no time, too much text, or the same again and again."""
        if self.watch.over:
            self.draft.overran = self.watch.seconds
        shown = without_thoughts(raw)
        too_long = len(raw) > _WITH_THOUGHTS * self.longest or len(shown) > self.longest
        return bool(self.draft.overran) or too_long or goes_in_circles(shown) or DECLINED in shown


def check_sentence(sentence: str, shown: Sequence[Evidence], instruments: Instruments) -> Grounding:
    """The verdict on a sentence by its keys; one without a key is tried against the passages that are shown."""
    known = {one.key: one for one in shown}
    checked = ground(sentence, (), instruments, known)
    if cited_keys(sentence):
        return checked
    terms = {term: instruments.rarity(term) for term in instruments.analyse(sentence)}
    likely = sorted(shown, key=lambda one: -share(terms, instruments.analyse(one.text)))[:_TRIED]
    tried = [(ground(sentence, [one], instruments), one) for one in likely]
    supported = [(found, one) for found, one in tried if found.verdict == "supported"]
    if len(supported) == 1:
        return supported[0][0]
    exactly = replace(instruments, sparing=False)
    return max((ground(sentence, [one], exactly) for _, one in supported), key=lambda one: one.support, default=checked)


def prompt(question: str, passages: Sequence[Evidence]) -> str:
    """The numbered passages and the question; what looks like a key inside a passage is written otherwise."""
    return "\n\n".join(["Passages:", *map(_numbered, passages), f"Question: {question}"])


def _numbered(passage: Evidence) -> str:
    path = " › ".join(dict.fromkeys((passage.title, *passage.heading)))
    text = _KEY_LIKE.sub(r"(\1)", f"{path}\n{passage.text}")
    return f"[{passage.key}] {text}"


def complete_sentences(text: str, *, ended: bool = False) -> list[str]:
    """The sentences of a text that is still being written, without the last one unless it has ended.

    Keys that stand behind a full stop are part of the sentence before it; list marks are no part of a sentence, and a
    line that only announces what follows is none.
    """
    text = _KEY_AFTER_STOP.sub(r"\2\1 ", text)
    found = [text[start:end] for start, end in sentence_spans(text, line_breaks=True)]
    complete = found if ended else found[:-1]
    if not ended and found and found[-1].startswith("["):
        complete = complete[:-1]
    bare = [_LIST_MARK.sub("", one) for one in complete]
    return [one for one in bare if not one.endswith(":") or cited_keys(one)]
