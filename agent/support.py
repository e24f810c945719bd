"""How much a sentence resembles what it cites: the score that catches off-topic sentences and wrong passages.

The score is a logistic model over five features, all in [0, 1]; `support.json` holds its weights and threshold, with
and without an encoder, and `evals/fit_support.py` fits them.

    coverage    share of the weight of the sentence's words that the passages hold, title and headings included
    window      the same share within the two neighbouring statements that hold most
    names       share of its names that the passages know
    numbers     share of its numbers that the passages have
    cosine      similarity of the sentence and the nearest statement, in the encoder's space

Words are weighted by their rarity in the index. The score says that the subject is the same; it does not tell a changed
number or a `not` from the truth, which the rules of `agent.grounding` look for.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent.cited_text import CitedText, shares
from agent.named_terms import names_of, unknown_names, vocabulary
from agent.numbers import agree, numbers_of

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to (n, d) normalised vectors."""

RULE_FILE: Final = Path(__file__).with_name("support.json")

_ENCODED: Final = 4
"""Statements that are compared in the encoder's space: those that share most words, with their successor."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a sentence and its passages have in common; see the module's docstring."""

    coverage: float
    window: float
    names: float
    numbers: float
    cosine: float | None = None


@dataclass(frozen=True, slots=True)
class SupportRule:
    """Supported at a probability of `threshold` or more."""

    weights: Mapping[str, float]
    bias: float
    threshold: float

    def probability(self, likeness: Likeness) -> float:
        """The model's probability that the passages are what the sentence was made from."""
        known = asdict(likeness)
        return 1.0 / (1.0 + math.exp(-self.bias - sum(weight * known[name] for name, weight in self.weights.items())))


@lru_cache(maxsize=1)
def shipped_rules() -> Mapping[str, SupportRule]:
    """The fitted rules: `words` without an encoder, `encoder` for the shipped one."""
    fitted = json.loads(RULE_FILE.read_text("utf-8"))
    return {name: SupportRule(one["weights"], one["bias"], one["threshold"]) for name, one in fitted.items()}


def rule_for(likeness: Likeness) -> SupportRule:
    """The shipped rule for the features that are there."""
    return shipped_rules()["words" if likeness.cosine is None else "encoder"]


def likeness(sentence: str, terms: Mapping[str, float], passages: Sequence[CitedText]) -> Likeness:
    """The features of a sentence and the passages that it cites together, those of words.

    Args:
        sentence: Without citation keys.
        terms: Its terms with their weights.
        passages: At least one.
    """
    total = sum(terms.values())
    held = frozenset().union(*(passage.terms for passage in passages))
    return Likeness(
        coverage=sum(weight for term, weight in terms.items() if term in held) / total if total else 1.0,
        window=max((_window(terms, passage) for passage in passages), default=0.0) if total else 1.0,
        names=_known_names(sentence, passages),
        numbers=_known_numbers(sentence, passages),
    )


def _window(terms: Mapping[str, float], passage: CitedText) -> float:
    """The largest share of the weight of `terms` in two neighbouring statements."""
    held = [statement.terms for statement in passage.statements]
    pairs = [first | second for first, second in pairwise([*held, frozenset[str]()])]
    best = max((sum(weight for term, weight in terms.items() if term in pair) for pair in pairs), default=0.0)
    return best / sum(terms.values())


def _known_names(sentence: str, passages: Sequence[CitedText]) -> float:
    names = names_of(sentence)
    known = vocabulary(" . ".join(passage.full_text for passage in passages))
    return 1 - len(unknown_names(names, known)) / len(names) if names else 1.0


def _known_numbers(sentence: str, passages: Sequence[CitedText]) -> float:
    said = list(dict.fromkeys(number for number in numbers_of(sentence) if number.claimed))
    known = list(dict.fromkeys(number for passage in passages for number in passage.numbers))
    found = sum(any(agree(number, one) for one in known) for number in said)
    return found / len(said) if said else 1.0


def cosine(
    sentence: str, windows: Sequence[str], encode: Encode, enough: Callable[[float], bool] | None = None
) -> float:
    """Similarity of a sentence and the nearest of the windows; 0 where there are none.

    Args:
        sentence: Without citation keys.
        windows: Those of `windows_of`.
        encode: The encoder.
        enough: Whether a similarity settles what is asked. When that of the first window does, it is returned, though
            another window may be nearer.
    """
    if not windows:
        return 0.0
    first = 1 if enough else len(windows)
    own, *others = encode([sentence, *windows[:first]])
    nearest = _nearest(own, others)
    if first == len(windows) or (enough and enough(nearest)):
        return nearest
    return max(nearest, _nearest(own, encode(windows[first:])))


def _nearest(own: NDArray[np.float32], others: Sequence[NDArray[np.float32]] | NDArray[np.float32]) -> float:
    return float(np.clip(np.asarray(others) @ own, 0.0, 1.0).max())


def windows_of(terms: Mapping[str, float], passages: Sequence[CitedText]) -> list[str]:
    """The statements that share most words with a sentence, best first, alone and with the statement that follows."""
    found = sorted(
        (-share, order, at) for order, passage in enumerate(passages) for share, at in _best_statements(terms, passage)
    )
    pairs = [[one.text for one in passages[order].statements[at : at + 2]] for _, order, at in found]
    return list(dict.fromkeys(text for pair in pairs for text in (pair[0], " ".join(pair))))


def _best_statements(terms: Mapping[str, float], passage: CitedText) -> list[tuple[float, int]]:
    scored = [(share, at) for at, share in enumerate(shares(terms, passage))]
    return sorted(scored, key=lambda one: (-one[0], one[1]))[:_ENCODED]
