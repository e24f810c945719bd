"""When the notes do not answer: a calibrated rule over what the search and the extractor found.

A note on DETR is near to "What batch size was DETR trained with?", whether it gives the batch size or not. What tells
is whether one sentence, read with its headings, speaks of everything that the question cannot do without: the things
that it names and the attribute that it asks for. A word counts as spoken of by late interaction: the state of its
tokens is compared with those of the sentence, so that `rate` is near to `step size` and `Yogi` to nothing.

The rule is a logistic model over those features, fitted by `evals/fit_refusal.py` on questions of which it is known
whether the notes answer them; `refusal.json` holds its weights and its threshold. A question that shares no word with
the passages found for it is refused whatever the similarities say.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.answer_forms import thing_of
from agent.attribute import attribute_words
from agent.evidence import Evidence
from agent.extractive import ScoredUnit
from agent.question_words import is_empty, subject_of
from agent.unit_readers import UnitReader

RULE_FILE = Path(__file__).with_name("refusal.json")

_PROBED_PASSAGES = 5
"""Passages in which the question's words are looked for."""
_PROBED_SENTENCES = 6
"""Sentences whose token states are compared with the question's."""
_MIDDLING_SENTENCES = 40
"""Sentences of which the middle one says how well any sentence of the notes fits the question."""
_UNASKED = 0.7
"""What a question that names nothing and asks for no attribute gets: the mean of the others."""
_FEW_WORDS, _MANY_WORDS = 3, 12
"""A question of fewer words counts as one of three: a name alone is looked up, whatever one sentence covers of it."""
_MANY_NAMES = 4

_WORD = re.compile(r"[A-Za-z0-9][\w.+#-]*")
_NAME = re.compile(r"\w*[a-z]\w*[A-Z]\w*|[A-Z]{2,}\w*|\d+[A-Za-z]\w*|[A-Za-z]+-?\d[\w.]*")
_NEW_SENTENCE = (".", "?", "!", ":")


@dataclass(frozen=True, slots=True)
class SupportFeatures:
    """What speaks for an answer, each in [0, 1].

    Attributes:
        cosine: Similarity of the question and the sentence that is nearest to it.
        known: Share of the question's rarity (summed idf) that the best passages hold together.
        together: Share of it that one of them holds alone.
        weakest: How much the sentence that does best speaks of the name or the asked word that it speaks of least.
        margin: How far the best sentence's score lies above the middle one of the best forty.
        words: Content words of the question, three at least, of 12: a longer question is covered less by any sentence.
        names: Names in the question, of 4.
    """

    cosine: float
    known: float
    together: float
    weakest: float
    margin: float
    words: float
    names: float


@dataclass(frozen=True, slots=True)
class RefusalRule:
    """Refuse when the probability that the notes answer lies below `threshold`; `weights` are by feature."""

    weights: Mapping[str, float]
    bias: float
    threshold: float

    def probability(self, features: SupportFeatures) -> float:
        """The model's probability that the notes answer the question."""
        known = asdict(features)
        score = self.bias + sum(weight * known[name] for name, weight in self.weights.items())
        return 1.0 / (1.0 + math.exp(-score))

    def refuses(self, features: SupportFeatures) -> bool:
        return features.known == 0.0 or self.probability(features) < self.threshold


@lru_cache(maxsize=1)
def shipped_rule() -> RefusalRule:
    """The rule that was fitted for the shipped encoder."""
    fitted = json.loads(RULE_FILE.read_text("utf-8"))
    return RefusalRule(fitted["weights"], fitted["bias"], fitted["threshold"])


def support_features(
    question: str,
    evidence: Sequence[Evidence],
    scored: Sequence[ScoredUnit],
    reader: UnitReader,
    terms_of: Callable[[str], Collection[str]],
    rarity: Callable[[str], float],
) -> SupportFeatures:
    """The features of a question, given what was found for it.

    Args:
        question: As it was searched for.
        evidence: The passages found, best first.
        scored: Their sentences, best first.
        reader: Compares words by the states of their tokens.
        terms_of: A text's terms, as the lexical index counts them.
        rarity: A term's inverse document frequency, positive.
    """
    rarities = {term: rarity(term) for term in terms_of(subject_of(question))}
    pools = [set(terms_of(_whole(passage))) for passage in evidence[:_PROBED_PASSAGES]]
    together: set[str] = set().union(*pools)
    words = _read_words(question, reader, terms_of)
    shares = _spoken_of(words, scored, reader)
    needed = shares[[word.name or word.asked for word in words]]
    return SupportFeatures(
        cosine=max((one.cosine for one in scored), default=0.0),
        known=_share(rarities, together),
        together=max((_share(rarities, pool) for pool in pools), default=0.0),
        weakest=float(needed.min(axis=0).max()) if needed.size else _UNASKED,
        margin=_margin([one.score for one in scored[:_MIDDLING_SENTENCES]]),
        words=min(1.0, max(_FEW_WORDS, len(words)) / _MANY_WORDS),
        names=min(1.0, sum(word.name for word in words) / _MANY_NAMES),
    )


@dataclass(frozen=True, slots=True)
class _QuestionWord:
    """A content word of a question: the states of its tokens, and what it is there for."""

    states: NDArray[np.float32]
    name: bool
    asked: bool


def _read_words(question: str, reader: UnitReader, terms_of: Callable[[str], Collection[str]]) -> list[_QuestionWord]:
    named = [*names_in(question), *thing_of(question).split()]
    names = {part for name in named if terms_of(name) for part in re.split(r"\W+", name)}
    asked = attribute_words(question)
    return [
        _QuestionWord(states, text in names, text.lower() in asked)
        for text, states in reader.words(question)
        if text[0].isalnum() and terms_of(text) and not is_empty(text)
    ]


def _spoken_of(words: Sequence[_QuestionWord], scored: Sequence[ScoredUnit], reader: UnitReader) -> NDArray[np.float32]:
    """(words, sentences) how much each sentence speaks of each word, in [0, 1]."""
    probed = [one.unit for one in scored[:_PROBED_SENTENCES]]
    sentences = reader.states(probed) if probed and words else []
    shares = np.zeros((len(words), len(sentences)), dtype=np.float32)
    for row, word in enumerate(words):
        for column, states in enumerate(sentences):
            if states.size:
                shares[row, column] = (word.states @ states.T).max(axis=1).mean()
    return np.clip(shares, 0.0, 1.0)


def _margin(scores: Sequence[float]) -> float:
    return float(np.clip(scores[0] - np.median(scores), 0.0, 1.0)) if scores else 0.0


def names_in(question: str) -> list[str]:
    """The words of a question that name one thing: `AlphaFold`, `H100`, `NeurIPS`, a capitalised word within."""
    names = []
    for match in _WORD.finditer(question):
        word = match[0].rstrip(".-")
        before = question[: match.start()].rstrip()
        inside = bool(before) and not before.endswith(_NEW_SENTENCE)
        if word != "I" and (_NAME.fullmatch(word) or (word[0].isupper() and inside)):
            names.append(word)
    return names


def _whole(passage: Evidence) -> str:
    return " ".join((passage.title, *passage.heading, passage.text))


def _share(rarities: Mapping[str, float], pool: Collection[str]) -> float:
    """The share of the question's rarity that is in `pool`."""
    held = sum(weight for term, weight in rarities.items() if term in pool)
    return held / (sum(rarities.values()) or 1.0)
