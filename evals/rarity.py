"""How rare terms are in a collection, for measurements that have no index at hand."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from retrieval.tokens import analyse

_REMEMBERED: Final = 2**16
"""Texts: the sentences whose words are counted are those that are read again as statements."""


@lru_cache(maxsize=_REMEMBERED)
def terms_of(text: str) -> tuple[str, ...]:
    """The terms of a text, as the lexical index counts them."""
    return analyse(text).terms


def rarity_in(texts: Iterable[str]) -> Callable[[str], float]:
    """The inverse document frequency of terms in `texts`: ln(1 + (n - df + 0.5) / (df + 0.5)), never negative."""
    term_sets = [set(terms_of(text)) for text in texts]
    frequency = Counter(term for terms in term_sets for term in terms)
    count = len(term_sets)
    return lambda term: math.log(1 + (count - frequency[term] + 0.5) / (frequency[term] + 0.5))
