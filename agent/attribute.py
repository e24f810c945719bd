"""What a question asks for, by rule: the `batch size` of `What batch size did BigGAN use?`."""

from __future__ import annotations

import re
from typing import Final

_WORD: Final = r"[\w./@'-]+"
_VERB: Final = (
    r"did|does|do|is|was|were|are|has|have|had|can|could|will|would|should|might|may|must|used|needed|stand|works"
)
_ARTICLE: Final = r"the|a|an|its|their"
_LINK: Final = (
    r"of|for|on|in|to|at|that|by|with|from|between|when|after|before|as|there|each|per|you|i|we|they|it|its|one"
)
_COUNTED: Final = re.compile(
    rf"\bhow (?:many|much)\s+(?P<words>(?:{_WORD}\s+){{0,2}}?{_WORD})"
    rf"\s+(?:(?:{_VERB}|{_LINK})\b|(?P<article>{_ARTICLE})\b)",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(
    rf"\b(?:what|which)(?:'s)?\s+(?:(?:is|was|are|were)\s+)?(?:(?:{_ARTICLE})\s+)?"
    rf"(?P<words>(?:{_WORD}\s+){{0,3}}?{_WORD})\s+(?:{_VERB}|{_LINK}|{_ARTICLE})\b",
    re.IGNORECASE,
)


def attribute_words(question: str) -> set[str]:
    """The words of what is asked for, in lower case; none where no rule is sure."""
    counted = [_noun(match) for match in _COUNTED.finditer(question)]
    if not counted and (named := _NAMED.search(question)):
        counted = [named["words"]]
    return {word for words in counted for word in re.findall(r"\w+", words.lower())}


def _noun(match: re.Match[str]) -> str:
    """What is counted; before an article the last word is a verb, as in `how many people labelled the images`."""
    words: list[str] = match["words"].split()
    return " ".join(words[:-1] if match["article"] and len(words) > 1 else words)
