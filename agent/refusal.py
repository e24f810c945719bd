"""When the notes do not answer: a calibrated rule over what the search and the extractor found.

The rule is a logistic model over four features, fitted by `evals/fit_refusal.py` on questions whose answers are known to be
in or out of a corpus; `refusal.json` holds its weights and the threshold. Features, all in [0, 1]:

    cosine      similarity of the question and the best unit (a sentence with its heading)
    passage     similarity of the question and the best passage
    coverage    share of the question's rarity that the best unit and its headings hold
    known       share of the question's rarity that occurs anywhere in the best passages

A question that shares no word with its passages is refused whatever the similarities say.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

RULE_FILE = Path(__file__).with_name("refusal.json")


@dataclass(frozen=True, slots=True)
class SupportFeatures:
    """What speaks for an answer; see the module's docstring."""

    cosine: float
    passage: float
    coverage: float
    known: float


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
