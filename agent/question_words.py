"""The words of a question that its answer need not have: they ask, speak of the notes, or say how to answer."""

from __future__ import annotations

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
_MARKS: Final = ".,:;?!\"'()"


def is_empty(word: str) -> bool:
    """Whether an answer need not have this word of its question."""
    return word.strip(_MARKS).lower() in _EMPTY


def subject_of(question: str) -> str:
    """The other words of the question; all of them where none is left."""
    return " ".join(word for word in question.split() if not is_empty(word)) or question
