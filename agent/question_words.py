"""The words of a question that its answer need not have: they ask, speak of the notes, or say how to answer."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

_EMPTY: Final = frozenset(
    """
    a an and are as at author authors be been best by called can could define definition describe describes did do does
    equation equations exactly explain explains expression for formula formulae formulas from get gets had happen
    happens has have he her his how i in is it its listed long many mean mentioned much my name named not notes of
    often on one-liner or original paper please pls s she should snippet snippets tell than that the their them then
    there they this to use used uses using value was were what when where which who why with work works would you
    your
    """.split()
)
_NOUNS_TOO: Final = frozenset(("use", "uses"))
_BEFORE_NOUNS: Final = frozenset(("its", "the", "a", "their", "any", "no", "of"))
_MARKS: Final = ".,:;?!\"'()"


def is_empty(word: str) -> bool:
    """Whether an answer need not have this word of its question."""
    return word.strip(_MARKS).lower() in _EMPTY


def subject_of(question: str) -> str:
    """The other words of the question; all of them where none is left.

    `use` is one of them where it is a thing (`what is its use?`), and none where somebody uses something.
    """
    words = question.split()
    kept = (word for before, word in pairwise(["", *words]) if not is_empty(word) or _is_a_thing(word, before))
    return " ".join(kept) or question


def _is_a_thing(word: str, before: str) -> bool:
    return word.strip(_MARKS).lower() in _NOUNS_TOO and before.lower() in _BEFORE_NOUNS
