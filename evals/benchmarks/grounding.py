"""How well claims are checked against their passages: `python -m evals.benchmarks.grounding [--wice FILE]`.

Two tables. The first counts, for each kind of pair made from the shipped notes, how many each check of
`agent.grounding` lets through and stops, and what all of them together do. The second asks of the claims of WiCE (Kamoi
et al., 2023, doi:10.18653/v1/2023.emnlp-main.470) how well each score tells those that their page supports from those
that it does not: the area under the ROC curve. Nothing is fitted to these claims, unless a row says so; then it is
cross-validated, each claim being scored by a model that was fitted without it.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.evidence import Evidence, Ledger
from agent.grounding import LEVELS, Grounding, Instruments, ground
from agent.support import Encode
from evals.claims import Claim, read_claims
from evals.grounding_pairs import Bench, Pair
from evals.logistic import cross_validated
from evals.rarity import rarity_of
from retrieval.tokens import analyse

_FEATURES = ("coverage", "window", "names", "numbers", "cosine")


@dataclass(frozen=True, slots=True)
class Measured:
    """A pair with its verdict and the seconds that it took."""

    pair: Pair
    grounding: Grounding
    seconds: float


def terms_of(text: str) -> tuple[str, ...]:
    """The terms of a text, as the lexical index counts them."""
    return analyse(text).terms


def check_pairs(pairs: Sequence[Pair], instruments: Instruments) -> list[Measured]:
    """Each pair with its verdict."""
    measured = []
    for pair in pairs:
        keys = "".join(f"[{evidence.key}]" for evidence in pair.cited)
        ledger = Ledger.of(pair.known)
        started = time.perf_counter()
        grounding = ground(f"{pair.sentence} {keys}", (), instruments, ledger)
        measured.append(Measured(pair, grounding, time.perf_counter() - started))
    return measured
