"""The form of answer that a question asks for, by rule: a figure, a date, a reason, a definition, a formula, code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from agent.passage_units import Unit


@dataclass(frozen=True, slots=True)
class Form:
    """One form of answer.

    Attributes:
        asked: How a question asks for it.
        shown: How such an answer looks.
        kind: The kind of unit that has this form whatever it looks like.
    """

    asked: re.Pattern[str]
    shown: re.Pattern[str]
    kind: str = ""

    def has(self, unit: Unit) -> bool:
        """Whether the unit has this form."""
        return unit.kind == self.kind or bool(self.shown.search(unit.text))


def asked_form(question: str) -> Form | None:
    """The form that `question` asks for; None where it can be any."""
    return next((form for form in _FORMS if form.asked.search(question[:_LONGEST])), None)


def thing_of(question: str) -> str:
    """The X of "what is X?", "how does X work?" or "X?", where it is the name of one thing; else empty."""
    if len(question) > _LONGEST:
        return ""
    asked = next(filter(None, (pattern.fullmatch(question) for pattern in (_WHAT_IS, _HOW_IT_WORKS, _ALONE))), None)
    thing = next(filter(None, asked.groups()), "") if asked else ""
    return "" if _LINKED.search(thing) else thing


def definition_of(question: str) -> re.Pattern[str] | None:
    """How a sentence begins that answers "what is X?"; None for other questions."""
    asked = _WHAT_IS.fullmatch(question) if len(question) <= _LONGEST else None
    if asked is None:
        return None
    thing = re.escape(re.sub(r"e?s$", "", (asked["thing"] or asked["named"]).strip()))
    named = rf"(?:an? |the )?{thing}(?:e?s)?\b(?: \([^)]*\))? {_DEFINES}"
    return re.compile(rf"\W*(?:{named}|[\w ,-]{{3,60}} \({thing}(?:e?s)?\))", re.I)


_LONGEST: Final = 300
"""Characters in which a question says what it asks for; a longer one names no single thing, and would cost time."""
_ASKS: Final = "what|which|who|why|how|when|where|does|do|is|are"
_LIBRARIES: Final = "python|pytorch|numpy|torch"
_FORMS: Final = (
    Form(
        re.compile(
            r"\b(?:formulas?|formulae|equations?|expression|closed[ -]form|as a function of|write (?:down|out))\b"
            rf"|^(?!.*\b(?:{_ASKS})\b).*\b(?:loss|objective|target|update(?: rule)?)\W*$",
            re.I,
        ),
        re.compile(r"\$[^$]*(?:[=≈≤≥∝<>]|\\(?:approx|leq?|geq?|propto)\b)[^$]*\$"),
        "math",
    ),
    Form(
        re.compile(
            rf"\b(?:code|snippets?|one-liner|script|in (?:{_LIBRARIES}))\b|\b(?:{_LIBRARIES}) (?:for|to)\b", re.I
        ),
        re.compile(r"`[^`]*[(=\[][^`]*`"),
        "fence",
    ),
    Form(
        re.compile(
            r"\bhow (?:many|much|large|big|long|often|fast|deep)\b"
            r"|\bwhat (?:number|percentage|size|rate|ratio|fraction)\b",
            re.I,
        ),
        re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twice|half|million|billion)\b", re.I),
    ),
    Form(
        re.compile(r"\bwhen\b|\b(?:what|which) (?:year|date)\b", re.I),
        re.compile(
            r"\b(?:19|20)\d\d\b|\b(?:january|february|march|april|may|june|july|august|september|october"
            r"|november|december)\b",
            re.I,
        ),
    ),
    Form(
        re.compile(r"\bwhy\b", re.I),
        re.compile(r"\b(?:because|since|so that|due to|reason|in order to|therefore|to avoid|to prevent)\b", re.I),
    ),
    Form(
        re.compile(
            r"\bwhat (?:is|are|does)\b.*\b(?:mean|stand for)\b|\bwhat (?:is|are) (?:a |an |the )?[\w\s-]{2,40}\?*$"
            r"|\bdefinition\b",
            re.I,
        ),
        re.compile(r"\b(?:is|are|means|refers to|stands for|called|defined)\b", re.I),
    ),
)
_WHAT_IS: Final = re.compile(
    r"\W*(?:(?:what (?:is|are)|define|definition of) (?:an? |the )?(?P<thing>[\w .+-]{2,40}?)"
    r"|(?P<named>[\w .+-]{2,40}?),? (?:definition|meaning))\W*",
    re.I,
)
_HOW_IT_WORKS: Final = re.compile(
    r"\W*(?:(?:how (?:does|do)|what does) (?:an? |the )?([\w .+-]{2,40}?) (?:works?|means?|do|stand for)"
    r"|(?:explain|describe|tell me about) (?:an? |the )?([\w .+-]{2,40}?))\W*",
    re.I,
)
_ALONE: Final = re.compile(rf"\W*((?!(?:{_ASKS}|can|should|did|was|were)\b)[\w+.-]+(?: [\w+.-]+){{0,2}})\W*", re.I)
_LINKED: Final = re.compile(r"\b(?:of|for|in|on|to|at|by|with|from|between|behind|about|and|or|used|called)\b", re.I)
_DEFINES: Final = (
    r"(?:(?:is|are|was|were|means?|refers?|stands?)"
    r"|[a-z]+ (?:an?|the|each|every|one|two|three|several|many|how|what))\b"
)
"""What follows the name of a thing in a sentence that says what it is, or what it does with something."""
