"""Where in its passages a written sentence is quoted from: the places that a reader opens and checks it by.

The place is the sentence of the passage that holds most of the claim's words. Where the claim has a name or a number
that this sentence lacks and the passage has elsewhere, the sentence with that is quoted as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from agent.evidence import Evidence
from agent.grounding import Instruments
from agent.named_terms import names_of, unknown_names, vocabulary
from agent.numbers import agree, numbers_of
from agent.sheet import Quoted
from corpus.sentences import sentence_spans

_WIDER: Final = 0.15
"""Share of a claim's words that a second quoted sentence must add."""
_FURTHER: Final = 2
"""Places that are quoted for names and numbers, at most."""


def places_of(claim: str, keys: Sequence[str], shown: Sequence[Evidence], instruments: Instruments) -> list[Quoted]:
    """In each passage that a claim stands on, the place to quote, then those of its other names and numbers."""
    known = {one.key: one for one in shown}
    passages = [known[key] for key in keys]
    terms = {term: instruments.rarity(term) for term in instruments.analyse(claim)}
    places = [_quoted(passage, terms, instruments) for passage in passages]
    return [*places, *_further(claim, places, passages)]


def share(terms: Mapping[str, float], held: Iterable[str]) -> float:
    """The share of the terms' weight that `held` has."""
    pool = set(held)
    return sum(weight for term, weight in terms.items() if term in pool) / (sum(terms.values()) or 1.0)


def _quoted(passage: Evidence, terms: Mapping[str, float], instruments: Instruments) -> Quoted:
    """The sentence of the passage that holds most of the claim's words, or two neighbours that hold more."""
    spans = _sentences(passage)
    windows = [*spans, *((first[0], second[1]) for first, second in pairwise(spans))]
    held = {
        window: share(terms, instruments.analyse(passage.text[slice(*window)])) - _WIDER * (window not in spans)
        for window in windows
    }
    return _place(passage, max(windows, key=held.__getitem__))


def _further(claim: str, places: Sequence[Quoted], passages: Sequence[Evidence]) -> Iterator[Quoted]:
    """Sentences with names and numbers of the claim that the places and the headings above them lack."""
    told = [" . ".join((one.evidence.title, *one.heading, _text(one))) for one in places]
    lacking, found = _lacking(claim, told), 0
    for passage in passages:
        for span in _sentences(passage):
            if not lacking or found == _FURTHER:
                return
            more = [*told, passage.text[slice(*span)]]
            if len(rest := _lacking(claim, more)) < len(lacking):
                lacking, told, found = rest, more, found + 1
                yield _place(passage, span)


def _lacking(claim: str, told: Sequence[str]) -> list[str]:
    """The names and numbers of a claim that these texts do not have."""
    text = " . ".join(told)
    names = unknown_names(names_of(claim), vocabulary(text))
    known = numbers_of(text)
    return [*names, *(str(said) for said in numbers_of(claim) if not any(agree(said, one) for one in known))]


def _sentences(passage: Evidence) -> list[tuple[int, int]]:
    return sentence_spans(passage.text) or [(0, len(passage.text))]


def _place(passage: Evidence, span: tuple[int, int]) -> Quoted:
    return Quoted(passage, passage.start + span[0], passage.start + span[1], passage.heading)


def _text(place: Quoted) -> str:
    return place.evidence.text[place.start - place.evidence.start : place.end - place.evidence.start]
