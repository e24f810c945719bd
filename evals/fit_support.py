"""Fits the support score of `agent.support` and writes its weights: `python -m evals.fit_support`.

Positives are the supported pairs of the bench, negatives its sentences that are off topic or cite another passage;
pairs in which only a number, a name or a `not` was changed are left out, since the score is not meant to see them. The
threshold is the highest one that no more than one in fifty of the paraphrases written by hand misses, and never above
one half. The bench is drawn with a seed of its own, so that the benchmark, which uses another one, draws other
sentences of the notes; the paraphrases are the same.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from agent.grounding import Instruments, ground
from agent.support import RULE_FILE, Likeness
from evals.grounding_pairs import Bench, Pair
from evals.logistic import Floats, fit
from evals.rarity import rarity_in, terms_of

SEED: Final = 1000
_MISSED: Final = 0.02
"""Share of the paraphrases that may fall below the threshold."""
_NEGATIVE: Final = frozenset({"off topic", "other note", "other passage of the note"})


def rule_of(pairs: Sequence[Pair], features: Sequence[Likeness], names: Sequence[str]) -> dict[str, Any]:
    """Weights, bias and threshold over the features with those names."""
    rows: Floats = np.array([[asdict(one)[name] for name in names] for one in features], dtype=np.float64)
    model = fit(rows, np.array([pair.supported for pair in pairs]))
    chances = 1 / (1 + np.exp(-model.scores(rows)))
    paraphrased = np.array([pair.kind == "paraphrase" for pair in pairs])
    threshold = float(np.quantile(chances[paraphrased], _MISSED, method="lower"))
    weights = {name: round(float(weight), 4) for name, weight in zip(names, model.weights, strict=True)}
    return {"weights": weights, "bias": round(model.bias, 4), "threshold": round(min(threshold, 0.5), 4)}


def training_pairs(seed: int) -> list[Pair]:
    """The pairs that the score is fitted to."""
    return [pair for pair in Bench(seed).pairs() if pair.supported or pair.kind in _NEGATIVE]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the rules and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args(arguments)
    from retrieval.encoder import load_encoder

    rarity = rarity_in([passage.text for passage in Bench(SEED).passages])
    instruments = Instruments(terms_of, rarity, load_encoder().encode)
    pairs = training_pairs(SEED)
    found = [ground(pair.sentence, pair.cited, instruments).likeness for pair in pairs]
    features = [one for one in found if one is not None]
    words = ("coverage", "window", "names", "numbers")
    rules = {
        "words": rule_of(pairs, features, words),
        "encoder": rule_of(pairs, features, (*words, "cosine")),
    }
    text = json.dumps(rules, indent=2)
    RULE_FILE.write_text(f"{text}\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main()
