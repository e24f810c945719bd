"""What the page asks for, read from what a browser sent: nothing of it is trusted, everything has its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.assistant import LONGEST_QUESTION
from agent.modes import ASK_MODES, AskMode
from retrieval.filters import Where

MOST_PASSAGES = 30
"""Passages that a visitor may ask for: more do not fit a prompt, and nobody reads them."""
_MOST_LEFT_OUT = 50
_LONGEST_WORD = 300
"""Characters of an id or a model's name; longer ones are none of ours."""


@dataclass(frozen=True, slots=True)
class Order:
    """One question, and how a visitor wants it answered.

    Attributes:
        ask_id: Chosen by the browser, to tell the messages of its questions apart and to stop one.
        talk_id: The conversation that it belongs to; empty for a new one.
        turn: Its number in that conversation, for a visitor whose talks are not kept.
        model: Spec of the model; empty is the one of the server.
        passages: How many are searched for.
        dense_weight: Share of the embeddings in the ranking, in tenths.
        web: Whether the web may be searched, too.
        without: Ids of notes that are left out.
    """

    question: str
    ask_id: str = ""
    talk_id: str = ""
    turn: int = 1
    model: str = ""
    mode: AskMode = "auto"
    passages: int = 8
    dense_weight: float = 0.5
    web: bool = False
    without: tuple[str, ...] = ()

    @classmethod
    def of(cls, sent: Mapping[str, Any], passages: int, dense_weight: float) -> Order:
        """The order in `sent`; the other two are what holds where nothing, or nonsense, was sent."""
        mode = next((one for one in ASK_MODES if one == sent.get("mode")), ASK_MODES[0])
        left_out = sent.get("without")
        return cls(
            question=str(sent.get("question", ""))[: LONGEST_QUESTION + 1],
            ask_id=word(sent.get("ask")),
            talk_id=word(sent.get("talk")),
            turn=round(_number(sent.get("turn"), 1, 1, 10_000)),
            model=word(sent.get("model")),
            mode=mode,
            passages=round(_number(sent.get("passages"), passages, 1, MOST_PASSAGES)),
            dense_weight=round(_number(sent.get("weight"), dense_weight, 0, 1), 1),
            web=sent.get("web") is True,
            without=tuple(word(one) for one in left_out[:_MOST_LEFT_OUT]) if isinstance(left_out, list) else (),
        )

    @property
    def where(self) -> Where | None:
        """The filter that leaves out what is to be left out."""
        return {"must_not": [{"field": "note_id", "any": list(self.without)}]} if self.without else None


def word(value: Any) -> str:
    """A short text that was sent; empty where it is none."""
    return value if isinstance(value, str) and len(value) <= _LONGEST_WORD else ""


def _number(value: Any, otherwise: float, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return otherwise
    return min(max(value, least), most)
