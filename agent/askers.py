"""In notes that are questions with answers: the one who asks is near to every question, and answers none."""

from __future__ import annotations

import re
from typing import Final

_COST: Final = 0.3
"""What a unit of the one who asked loses. 0.2 leaves twice as many."""
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


def asker_cost(question: str) -> float:
    """What a unit of the one who asked loses when `question` is answered."""
    if _ABOUT_THE_ASKER.search(question):
        return 0.0
    return _COST if _ASKS.search(question) else _SEARCH_COST


def is_talk(text: str) -> bool:
    """Whether people say this when they answer, without answering anything."""
    return bool(_TALK.search(text))
