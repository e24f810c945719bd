"""When the notes do not answer: a calibrated rule over what the search and the extractor found.

The rule is a logistic model over a few features, fitted by `evals/fit_refusal.py` on questions of which it is known
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

from agent.evidence import Evidence

RULE_FILE = Path(__file__).with_name("refusal.json")

_PROBED_PASSAGES = 5
"""Passages in which the question's words are looked for."""

_WORD = re.compile(r"[A-Za-z0-9][\w.+#-]*")
_NAME = re.compile(r"\w*[a-z]\w*[A-Z]\w*|[A-Z]{2,}\w*|\d+[A-Za-z]\w*|[A-Za-z]+-?\d[\w.]*")
_NEW_SENTENCE = (".", "?", "!", ":")


@dataclass(frozen=True, slots=True)
class SupportFeatures:
    """What speaks for an answer, each in [0, 1].

    Attributes:
        cosine: Similarity of the question and the sentence that is nearest to it.
        passage: Similarity of the question and the nearest passage.
        lead: How much nearer the nearest passage is than the last one found: a topic that the notes treat stands out.
        known: Share of the question's rarity (summed idf) that the best passages hold together.
        together: Share of it that one of them holds alone.
        rarest_missing: Rarity of the rarest word of the question that they lack, as a share of the greatest rarity.
        name_missing: 1 where the question names something (`AlphaFold`, `H100`) that they never mention, else 0.
    """

    cosine: float
    passage: float
    lead: float
    known: float
    together: float
    rarest_missing: float
    name_missing: float


@dataclass(frozen=True, slots=True)
class RefusalRule:
    """Refuse when the probability that the notes answer lies below `threshold`."""

    weights: Mapping[str, float]
    bias: float
    threshold: float

    def probability(self, features: SupportFeatures) -> float:
        """The model's probability that the notes answer the question."""
        score = self.bias + sum(self.weights[name] * value for name, value in asdict(features).items())
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
    best_cosine: float,
    terms_of: Callable[[str], Collection[str]],
    rarity: Callable[[str], float],
) -> SupportFeatures:
    """The features of a question, given what was found for it.

    Args:
        question: As it was searched for.
        evidence: The passages found, best first.
        best_cosine: Similarity of the question and the nearest sentence.
        terms_of: A text's terms, as the lexical index counts them.
        rarity: A term's inverse document frequency, positive.
    """
    rarities = {term: rarity(term) for term in terms_of(question)}
    pools = [set(terms_of(_whole(passage))) for passage in evidence[:_PROBED_PASSAGES]]
    together: set[str] = set().union(*pools)
    total = sum(rarities.values()) or 1.0
    cosines = sorted((passage.cosine or 0.0 for passage in evidence), reverse=True) or [0.0]
    missing = [weight for term, weight in rarities.items() if term not in together]
    return SupportFeatures(
        cosine=best_cosine,
        passage=cosines[0],
        lead=cosines[0] - cosines[-1],
        known=_share(rarities, together, total),
        together=max((_share(rarities, pool, total) for pool in pools), default=0.0),
        rarest_missing=max(missing, default=0.0) / rarity("\x00"),
        name_missing=float(any(not set(terms_of(name)) & together for name in names_in(question))),
    )


def names_in(question: str) -> list[str]:
    """The words of a question that name one thing: `AlphaFold`, `H100`, `NeurIPS`, a capitalised word within."""
    names = []
    for match in _WORD.finditer(question):
        word = match[0].rstrip(".-")
        before = question[: match.start()].rstrip()
        inside = bool(before) and not before.endswith(_NEW_SENTENCE)
        if _NAME.fullmatch(word) or (word[0].isupper() and inside):
            names.append(word)
    return names


def _whole(passage: Evidence) -> str:
    return " ".join((passage.title, *passage.heading, passage.text))


def _share(rarities: Mapping[str, float], pool: Collection[str], total: float) -> float:
    return sum(weight for term, weight in rarities.items() if term in pool) / total
