"""What became of one question, as one line of `records.jsonl`.

A record holds what was seen, never what it is worth: measures are computed from records and judgements whenever they
are needed, so that a new measure needs no new run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from evals.spans import Span


@dataclass(frozen=True, slots=True)
class RankedSpan:
    """A passage that the search found."""

    note_id: str
    start: int
    end: int
    score: float

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.note_id, self.start, self.end


@dataclass(frozen=True, slots=True)
class SeenPassage:
    """A passage that the answer was made from.

    Attributes:
        location: Title and heading path, for people.
    """

    note_id: str
    start: int
    end: int
    location: str
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one question.

    Attributes:
        ranking: What the search found for it, best first.
        answer: The document that `footnote ask --json` prints; None when only the search was asked, or after an error.
        passages: What the answer was made from, in the order in which it was found.
        grounding: For each sentence of the answer, level (`L0`, `L1`, ...) → what is wrong with it, empty if nothing.
        error: Why there is no answer; empty when all went well.
        seconds: From the question to the whole answer (or ranking).
        first_seconds: From the question to the first words of the answer.
        cached: Whether an earlier run saw this; the seconds are those of that run.
    """

    question_id: str
    ranking: tuple[RankedSpan, ...] = ()
    answer: Mapping[str, Any] | None = None
    passages: tuple[SeenPassage, ...] = ()
    grounding: tuple[Mapping[str, str], ...] = ()
    error: str = ""
    seconds: float = 0.0
    first_seconds: float | None = None
    cached: bool = False

    @property
    def refused(self) -> bool:
        """Whether the answer says that the notes are silent; an error is no refusal."""
        return bool(self.answer and self.answer["refused"])

    def to_dict(self) -> dict[str, Any]:
        """Fields for JSON; ranked spans are lists, since there are many."""
        fields = asdict(self)
        fields["ranking"] = [[one.note_id, one.start, one.end, round(one.score, 6)] for one in self.ranking]
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """The record that `to_dict` wrote.

        Raises:
            KeyError, TypeError: It is no such record.
        """
        lists = {
            "ranking": tuple(RankedSpan(*one) for one in fields["ranking"]),
            "passages": tuple(SeenPassage(**one) for one in fields["passages"]),
            "grounding": tuple(fields["grounding"]),
        }
        return cls(**{**fields, **lists})
