"""What a misspelt word of a question was meant to be.

Only words whose stem no chunk has are looked at, and among them none that is an English word or name, or a symbol such
as `dLN`: a question without mistakes is searched for as it is. Words are compared as people write them, by the optimal
string alignment distance: insertions, deletions, substitutions and swaps of neighbours (Damerau 1964,
doi:10.1145/363958.363994).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from retrieval.vocabulary import Vocabulary

_ONE_EDIT_FROM = 4
"""Characters of a word in which one edit is looked for; in a shorter one every edit makes another word."""
_OTHER_INITIAL_FROM = 6
"""Characters of a word that can be meant as one with another first letter; `qlora` is not `lora`."""
_TWO_EDITS_FROM = 8
"""Characters of a word in which two edits are looked for."""
_LONGEST_SYMBOL = 6
"""Letters of a word with a capital inside that is nothing but itself (`dLN`, `ORPO`); a longer one can be misspelt."""
_UNATTESTED = 50
"""Uses that the list of English words gives to what it knows from dictionaries alone; short ones are rather slips."""
_LETTERS = re.compile(r"[^\W\d_]+")
_SAME_INITIAL = 1.5
"""What the right first letter is worth beside the logarithm of a frequency: people seldom mistype it."""
_SWAP = 2.0
"""What two swapped letters are worth: the most frequent slip of a fast hand."""
_SIGNATURE_BITS = 32
_REMEMBERED = 10_000
"""Words whose suggestion is kept: a question is looked at several times in a search."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A word of a question and the word that is searched for in its place."""

    typed: str
    meant: str


@dataclass(frozen=True, slots=True)
class WordList:
    """The words of a corpus that a misspelt word can be meant as: three letters or more, no digits.

    Attributes:
        words: The words.
        chunk_counts: (words,) how many chunks have each.
        sizes: (words,) characters of each.
        signatures: (words,) the set of each one's letters, as bits.
    """

    words: Vocabulary
    chunk_counts: NDArray[np.int32]
    sizes: NDArray[np.uint8]
    signatures: NDArray[np.uint32]

    @classmethod
    def build(cls, words: Sequence[str], chunk_counts: NDArray[np.integer]) -> Self:
        """The list of those of `words`, all different, that qualify."""
        kept = [at for at, word in enumerate(words) if len(word) >= _ONE_EDIT_FROM - 1 and word.isalpha()]
        chosen = [words[at] for at in kept]
        vocabulary, numbers = Vocabulary.build(chosen)
        order = np.empty(len(chosen), dtype=np.int64)
        order[numbers] = np.arange(len(chosen))
        sizes = np.fromiter(map(len, chosen), dtype=np.uint8, count=len(chosen))
        signatures = np.fromiter(map(_signature, chosen), dtype=np.uint32, count=len(chosen))
        counts = chunk_counts[kept].astype(np.int32)
        return cls(vocabulary, counts[order], sizes[order], signatures[order])


class Speller:
    """Corrects words from a word list; safe to use from many threads."""

    def __init__(self, word_list: WordList) -> None:
        self._list = word_list
        self._remembered: dict[str, str | None] = {}

    def suggest(self, word: str) -> str | None:
        """What `word`, which is in no chunk, can be meant as; None where no word is near enough."""
        if len(word) < _ONE_EDIT_FROM or not word.isalpha():
            return None
        suggestion = self._remembered.get(word, "")
        if suggestion == "":
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            suggestion = self._remembered[word] = self._nearest(word)
        return suggestion

    def _nearest(self, word: str) -> str | None:
        candidates = self._candidates(word, 1)
        if len(word) < _OTHER_INITIAL_FROM:
            candidates = self._same_initial(word, candidates)
        found = self._best(word, candidates, 1)
        if found is None and len(word) >= _TWO_EDITS_FROM:
            found = self._best(word, self._same_initial(word, self._candidates(word, 2)), 2)
        spared = found and _is_english(word) and _american(word) != _american(found)
        return None if spared else found

    def _same_initial(self, word: str, candidates: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those that begin as `word` does."""
        initials = self._list.words.letters[self._list.words.starts[candidates]]
        kept: NDArray[np.intp] = candidates[initials == word[0].encode()[0]]
        return kept

    def _candidates(self, word: str, edits: int) -> NDArray[np.intp]:
        """Numbers of all words within so many edits, and of some that are farther."""
        different = np.bitwise_count(self._list.signatures ^ np.uint32(_signature(word)))
        longer = self._list.sizes.astype(np.int16) - len(word)
        return np.flatnonzero((different <= 2 * edits) & (np.abs(longer) <= edits))

    def _best(self, word: str, candidates: NDArray[np.intp], edits: int) -> str | None:
        """The most probable of `candidates` within so many edits."""
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import cdist

        if not len(candidates):
            return None
        words = [self._list.words[number] for number in candidates.tolist()]
        counts = self._list.chunk_counts[candidates].tolist()
        distances = cdist([word], words, scorer=OSA.distance, score_cutoff=edits)[0]
        near = np.flatnonzero(distances <= edits).tolist()
        return max(((_likelihood(word, words[at], counts[at]), words[at]) for at in near), default=(0.0, None))[1]


def symbols_in(query: str) -> set[str]:
    """The short words of `query` with a capital after the first letter, in lower case, also without a plural's s.

    Where all of it is in capitals, they say nothing, and there are none.
    """
    if query.isupper():
        return set()
    words = [word for word in _LETTERS.findall(query) if word[1:] != word[1:].lower()]
    forms = {form.casefold() for word in words for form in (word, word.removesuffix("s"))}
    return {form for form in forms if len(form) <= _LONGEST_SYMBOL}


def is_swap(typed: str, meant: str) -> bool:
    """Whether two words have the same letters in another order: of all slips the one that nobody takes for a name."""
    return sorted(typed) == sorted(meant)


def _american(word: str) -> str:
    """A word as Americans write it, nearly: `quantization` for both spellings, `color`."""
    return word.replace("s", "z").replace("our", "or")


def _is_english(word: str) -> bool:
    uses: int = _english()[word]
    return uses > _UNATTESTED or (uses > 0 and len(word) >= _OTHER_INITIAL_FROM)


@cache
def _english() -> Any:
    """160,000 English words and names; 0.2 s, so they are read when the first word has something near it."""
    from spellchecker import SpellChecker

    return SpellChecker(language="en")


def _likelihood(typed: str, meant: str, chunk_count: int) -> float:
    """How probable it is that somebody who typed `typed` meant the near word `meant`, on a logarithmic scale."""
    return math.log(chunk_count) + _SAME_INITIAL * (typed[0] == meant[0]) + _SWAP * is_swap(typed, meant)


def _signature(word: str) -> int:
    """The set of the letters of a word, as bits; letters of other scripts share bits."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % _SIGNATURE_BITS)
    return bits
