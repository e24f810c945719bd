"""The parts of a question, by rule: several questions in one, or two things that are compared.

Every part can be asked on its own: one that leans on the first is asked together with it. Where no rule is sure, the
question has one part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.followups import content_words, leans_on_earlier

_PREPOSITION = re.compile(r"(?:for|in|on|by|with|at|to|from|of|under)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=\?)\s+(?=\S)")
_JOINED = re.compile(
    r"\s*[,;]?\s+(?:and|but|or|also|and also)\s+"
    rf"(?=(?:{_PREPOSITION.pattern}\s+)?(?:what|why|how|which|when|where|who|whose)\b)",
    re.IGNORECASE,
)
_THING = r"(?P<{}>[^,;?]{{2,80}}?)"
_END = r"(?P<aspect>\s+(?:in|for|on|when|with|as|regarding|terms)\b[^?]*)?\s*\?*\s*$"
_ONE, _OTHER = _THING.format("one"), _THING.format("other")
_COMPARISONS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bdifferences?\s+between\s+{_ONE}\s+and\s+{_OTHER}{_END}",
        rf"^\W*compare\s+{_ONE}\s+(?:and|with|to|against|vs\.?|versus)\s+{_OTHER}{_END}",
        rf"\bhow\s+(?:does|do|is|are)\s+{_ONE}\s+(?:differ|different)\s+from\s+{_OTHER}{_END}",
        rf"\bhow\s+do\s+{_ONE}\s+and\s+{_OTHER}\s+(?:differ|compare){_END}",
        rf"^\W*(?:what\s+(?:is|are)\s+)?{_ONE}\s+(?:vs\.?|versus|compared\s+(?:to|with))\s+{_OTHER}{_END}",
    )
)
_FEW_WORDS = 2
"""Content words; a part with fewer does not name its own subject."""
_MOST_PARTS = 6
"""A longer list is a text that was pasted, not a question."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a question asks for.

    Attributes:
        questions: Its parts, each as a question that stands alone.
        sides: The two things that it compares, if it does.
        said: Its parts in the words of the question; none where it has only one.
        aspect: In what respect the sides are compared; empty where in any.
    """

    questions: tuple[str, ...]
    sides: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    aspect: str = ""

    @property
    def several(self) -> bool:
        return len(self.questions) > 1 or bool(self.sides)

    @property
    def tasks(self) -> tuple[str, ...]:
        """What has to be looked up: every question, and each side of a comparison."""
        return (*self.questions, *(f"What is {side}?" for side in self.sides))


def split_question(question: str) -> Parts:
    """The parts of a question, in its own words."""
    text = " ".join(question.split())
    for comparison in _COMPARISONS:
        if match := comparison.search(text):
            return Parts(
                (text,), (_thing(match["one"]), _thing(match["other"])), aspect=(match["aspect"] or "").strip()
            )
    pieces = [piece for sentence in _SENTENCE.split(text) for piece in _JOINED.split(sentence) if piece.strip()]
    if not 1 < len(pieces) <= _MOST_PARTS or _lacks_its_subject(pieces[0]):
        return Parts((text,))
    first = pieces[0].strip(" ,;?")
    questions = tuple(_complete(piece, first if number else "") for number, piece in enumerate(pieces))
    return Parts(questions, said=tuple(piece.strip(" ,;") for piece in pieces))


def _lacks_its_subject(piece: str) -> bool:
    """Whether it is only how a question begins: `On which GPUs` of `On which GPUs and for how long was it trained?`."""
    return bool(_PREPOSITION.match(piece)) and len(content_words(piece)) < _FEW_WORDS


def _complete(piece: str, first: str) -> str:
    """The piece as a question that stands alone."""
    asked = piece.strip(" ,;")
    asked = asked if asked.endswith("?") else f"{asked}?"
    leans = len(content_words(asked)) < _FEW_WORDS or leans_on_earlier(asked) or _PREPOSITION.match(asked)
    return f"{first}, {asked}" if first and leans else asked[0].upper() + asked[1:]


def _thing(text: str) -> str:
    return re.sub(r"^(?:the|a|an|using)\s+", "", text.strip(), flags=re.IGNORECASE)
