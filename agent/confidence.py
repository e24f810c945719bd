"""How sure it is that quoted sentences answer the question.

A question that the notes speak about is not refused, and yet the nearest sentences may not answer it: mostly because it
is put in other words than theirs, and the passage that answers was not found. What tells is how much of the question's
rare words the best sentence holds, with its headings. `confidence.json` holds the logistic model of that share, which
`evals/fit_confidence.py` fits to which answers were right.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from agent.extractive import ScoredUnit

MODEL_FILE: Final = Path(__file__).with_name("confidence.json")
_SURE: Final = 0.5
"""Below, an answer is more likely not what was asked for."""
UNSURE: Final = "These sentences are the nearest in your notes; they may not answer the question."


@dataclass(frozen=True, slots=True)
class ConfidenceModel:
    """The chance of a right answer is `1 / (1 + exp(-(bias + weight * coverage)))`."""

    weight: float
    bias: float

    def chance(self, coverage: float) -> float:
        """The chance that the answer is right.

        Args:
            coverage: The share of the question's rarity that the best sentence holds, in [0, 1].
        """
        return 1.0 / (1.0 + math.exp(-(self.bias + self.weight * coverage)))


@lru_cache(maxsize=1)
def shipped_model() -> ConfidenceModel:
    """The model that was fitted to the shipped questions."""
    return ConfidenceModel(**json.loads(MODEL_FILE.read_text("utf-8")))


def confidence(scored: Sequence[ScoredUnit]) -> float:
    """The chance that the best of these sentences answer the question, in [0, 1]; at least one, best first."""
    return round(shipped_model().chance(scored[0].coverage), 3)


def is_sure(chance: float | None) -> bool:
    """Whether a reader need not be told that the answer may be none; where no chance is known, as of an LLM's text."""
    return chance is None or chance >= _SURE
