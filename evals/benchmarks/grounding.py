"""How well claims are checked against their passages: `python -m evals.benchmarks.grounding [--wice FILE]`.

Two tables. The first counts, for each kind of pair made from the shipped notes, how many each check of
`agent.grounding` stops, and how many all of them together let through. The second asks of the claims of WiCE (Kamoi et
al., 2023, doi:10.18653/v1/2023.emnlp-main.470) how well each check and score tells those that their page supports from
those that it does not: the area under the ROC curve, where 0.5 is chance. Nothing is fitted to these claims, except in
the last row, which is cross-validated: each claim is scored by a model that was fitted to the other nine tenths.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from agent.grounding import LEVELS, Grounding, Instruments, ground
from agent.support import Encode
from evals.claims import Claim, read_claims
from evals.encoding_ahead import AheadEncoder, encoded_ahead
from evals.grounding_pairs import Bench, Pair
from evals.logistic import Floats, area_under_roc, cross_validated, interval_of_area
from evals.rarity import rarity_in, terms_of

_CHECKS: Final = tuple(check for check in LEVELS if check != "entailment")
_FEATURES: Final = ("coverage", "window", "names", "numbers", "cosine")
_NEGATION_KINDS: Final = ("not put in", "not taken out", "opposite")
_FOLDS: Final = 10

Score = Callable[[Grounding], float]


@dataclass(frozen=True, slots=True)
class Measured:
    """A pair with its verdict and the seconds that it took; what was encoded ahead is not counted."""

    pair: Pair
    grounding: Grounding
    seconds: float

    @property
    def stopped(self) -> bool:
        """Whether the sentence would not be shown."""
        return self.grounding.verdict != "supported"


def check_pairs(pairs: Sequence[Pair], instruments: Instruments) -> list[Measured]:
    """Each pair with its verdict."""
    measured = []
    written = [f"{pair.sentence} {''.join(f'[{evidence.key}]' for evidence in pair.cited)}" for pair in pairs]
    cited = list(zip(written, (pair.cited for pair in pairs), strict=True))
    for pair, (sentence, _) in zip(pairs, encoded_ahead(cited, instruments), strict=True):
        known = {evidence.key: evidence for evidence in pair.known}
        started = time.perf_counter()
        grounding = ground(sentence, (), instruments, known)
        measured.append(Measured(pair, grounding, time.perf_counter() - started))
    return measured


def confusion(measured: Sequence[Measured]) -> Iterator[str]:
    """The lines of a Markdown table: a kind of pair a row, how many each check stops a column."""
    heads = [f"{LEVELS[check]} {check}" for check in _CHECKS]
    yield f"| pair | supported | pairs | {' | '.join(heads)} | stopped | share |"
    yield f"|---|---|--:|{'--:|' * (len(heads) + 2)}"
    kinds = dict.fromkeys(one.pair.kind for one in measured)
    for kind in kinds:
        yield _row(kind, [one for one in measured if one.pair.kind == kind])
    yield _row("all supported", [one for one in measured if one.pair.supported])
    yield _row("all negations", [one for one in measured if one.pair.kind in _NEGATION_KINDS])
    yield _row("all unsupported", [one for one in measured if not one.pair.supported])


def _row(kind: str, rows: Sequence[Measured]) -> str:
    stops = Counter(finding.check for one in rows for finding in one.grounding.findings if not finding.passed)
    stopped = sum(one.stopped for one in rows)
    supported = "yes" if rows[0].pair.supported else "no"
    counts = " | ".join(str(stops[check]) for check in _CHECKS)
    return f"| {kind} | {supported} | {len(rows)} | {counts} | {stopped} | {stopped / len(rows):.1%} |"


def check_claims(claims: Sequence[Claim], encode: Encode | None) -> list[Grounding]:
    """The grounding of each claim in its whole page; terms are weighted by their rarity among all pages' sentences."""
    rarity = rarity_in(sentence for claim in claims for sentence in claim.page.text.split("\n\n"))
    instruments = Instruments(terms_of, rarity, encode)
    cited = [(claim.text, [claim.page]) for claim in claims]
    return [ground(text, pages, instruments) for text, pages in encoded_ahead(cited, instruments)]


def areas(claims: Sequence[Claim], groundings: Sequence[Grounding]) -> Iterator[str]:
    """The lines of a Markdown table: a check or a score a row."""
    yield "| score | supported against not supported | 95 % interval | supported against partially supported |"
    yield "|---|--:|--:|--:|"
    labels = np.array([claim.label for claim in claims])
    for name, scores in _scores(groundings, labels):
        clear = labels != "partially_supported"
        partly = labels != "not_supported"
        area = area_under_roc(scores[clear], labels[clear] == "supported")
        low, high = interval_of_area(scores[clear], labels[clear] == "supported")
        measured = np.isfinite(scores[partly]).all()
        other = f"{area_under_roc(scores[partly], labels[partly] == 'supported'):.3f}" if measured else "not scored"
        yield f"| {name} | {area:.3f} | {low:.3f} to {high:.3f} | {other} |"


def _scores(
    groundings: Sequence[Grounding], labels: np.ndarray[tuple[int], np.dtype[np.str_]]
) -> Iterator[tuple[str, Floats]]:
    """Each check, feature and combination with its scores."""
    for check in _CHECKS[1:]:
        yield f"{LEVELS[check]} {check}, yes or no", _each(groundings, partial(_passed, check=check))
    rows: Floats = np.array([[_feature(one, name) for name in _FEATURES] for one in groundings])
    shown = [column for column, name in enumerate(_FEATURES) if name != "cosine" or np.isfinite(rows[:, column]).all()]
    for column in shown:
        yield _FEATURES[column], rows[:, column]
    yield "verdict, yes or no", _each(groundings, lambda one: float(one.verdict == "supported"))
    yield "support, fitted to the notes", _each(groundings, lambda one: one.support)
    yield (
        "checks passed, then support",
        _each(groundings, lambda one: sum(f.passed for f in one.findings) + one.support),
    )
    fitted = np.full(len(groundings), np.nan)
    clear = labels != "partially_supported"
    kept = rows[:, shown]
    fitted[clear] = cross_validated(kept[clear], labels[clear] == "supported", _FOLDS, seed=0)
    yield f"features, {_FOLDS}-fold cross-validated here", fitted


def _each(groundings: Sequence[Grounding], score: Score) -> Floats:
    return np.array([score(one) for one in groundings], dtype=np.float64)


def _passed(grounding: Grounding, check: str) -> float:
    return float(all(finding.passed for finding in grounding.findings if finding.check == check))


def _feature(grounding: Grounding, name: str) -> float:
    value = asdict(grounding.likeness)[name] if grounding.likeness else None
    return float("nan") if value is None else float(value)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wice", type=Path, help="claims in the form of WiCE, one JSON object a line")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--encoder", action=argparse.BooleanOptionalAction, default=True, help="use the encoder")
    parser.add_argument(
        "--show", default="", metavar="KIND", help="also print the wrong verdicts on pairs of this kind"
    )
    options = parser.parse_args(arguments)
    encode = _encode() if options.encoder else None
    bench = Bench(options.seed)
    instruments = Instruments(terms_of, rarity_in(passage.text for passage in bench.passages), encode)
    measured = check_pairs(bench.pairs(), instruments)
    print("\n".join(confusion(measured)))
    median, slow = np.percentile([one.seconds for one in measured], [50, 95]).tolist()
    print(f"\na sentence without encoding: median {median * 1e3:.1f} ms, p95 {slow * 1e3:.1f} ms")
    for one in measured:
        if one.pair.kind == options.show and one.stopped == one.pair.supported:
            print(f"{one.grounding.reason or 'passed'}\t{' '.join(one.pair.sentence.split())}")
    if options.wice:
        claims = read_claims(options.wice)
        print("\n" + "\n".join(areas(claims, check_claims(claims, encode))))
    if encode:
        print(f"\n{encode.encoded} texts encoded in {encode.seconds:.1f} s")


def _encode() -> AheadEncoder:
    from retrieval.encoder import load_encoder

    return AheadEncoder(load_encoder(purpose="bulk").encode)


if __name__ == "__main__":
    main()
