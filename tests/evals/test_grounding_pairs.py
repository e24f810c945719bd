"""The bench of pairs is what it says it is, and the checks reach their targets on it."""

from collections import Counter
from functools import cache
from random import Random

import numpy as np
import pytest

from agent.grounding import Instruments
from evals import grounding_changes as changes
from evals import grounding_exchanges as exchanges
from evals.benchmarks.grounding import check_pairs, confusion
from evals.claims import read_claims
from evals.encoding_ahead import AheadEncoder
from evals.grounding_pairs import Bench
from evals.logistic import area_under_roc, cross_validated, fit
from evals.rarity import rarity_in, terms_of

NEGATIONS = ("not put in", "not taken out", "opposite")


@cache
def bench():
    return Bench(seed=0)


@cache
def measured():
    instruments = Instruments(terms_of, rarity_in(passage.text for passage in bench().passages))
    return check_pairs(bench().pairs(), instruments)


def pairs():
    return [one.pair for one in measured()]


def share_stopped(*kinds, supported=False):
    rows = [one for one in measured() if one.pair.supported == supported and (not kinds or one.pair.kind in kinds)]
    return sum(one.stopped for one in rows) / len(rows)


def test_the_bench_holds_enough_pairs_of_every_kind():
    counts = Counter(pair.kind for pair in pairs())
    assert sum(counts.values()) >= 300
    assert min(counts.values()) >= 40


def test_the_same_seed_makes_the_same_pairs():
    assert bench().pairs() == pairs()
    assert Bench(seed=1).pairs() != bench().pairs()


def test_a_changed_sentence_is_not_in_its_passage():
    folded = (("".join(pair.sentence.split()), "".join(pair.cited[0].text.split()), pair) for pair in pairs())
    assert not [pair for sentence, text, pair in folded if "changed" in pair.kind and sentence in text]


def test_supported_sentences_are_seldom_stopped():
    assert share_stopped(supported=True) <= 0.03


@pytest.mark.parametrize(
    ("kinds", "least"),
    [
        (("number changed",), 0.98),
        (("unit changed",), 0.98),
        (NEGATIONS, 0.80),
        (("name swapped",), 0.90),
        (("off topic",), 1.0),
        (("other note",), 0.95),
        (("key invented",), 1.0),
        (("name from elsewhere",), 0.75),
        (("names exchanged",), 0.80),
        (("numbers exchanged",), 0.80),
        (("subject recombined",), 0.70),
    ],
)
def test_what_the_passage_does_not_say_is_stopped(kinds, least):
    assert share_stopped(*kinds) >= least


def test_the_table_counts_every_pair_once():
    lines = list(confusion(measured()))
    kinds = {pair.kind for pair in pairs()}
    assert len(lines) == 2 + len(kinds) + 3


def test_each_text_is_encoded_once_and_before_its_verdict():
    asked = []

    def encode(texts):
        asked.append(list(texts))
        return np.ones((len(texts), 2), dtype=np.float32)

    some = [pair for pair in pairs() if pair.kind == "paraphrase"]
    instruments = Instruments(terms_of, lambda term: 1.0, AheadEncoder(encode))
    found = check_pairs(some, instruments)
    assert all(one.grounding.likeness.cosine is not None for one in found)
    assert len(asked) == 1
    assert len(asked[0]) == len(set(asked[0])) > len(some)


LSTM = "A GRU has two gates. An LSTM has 3 gates and BERT has 12 layers."


@pytest.mark.parametrize(
    ("change", "sentence", "expected"),
    [
        (
            exchanges.exchange_names(["GRU", "LSTM"]),
            "An LSTM has more gates than a GRU.",
            "An GRU has more gates than a LSTM.",
        ),
        (exchanges.exchange_names(["GRU", "LSTM"]), "A GRU and an LSTM have gates.", None),
        (exchanges.take_name_from_elsewhere(["GRU", "LSTM"]), "A GRU has two gates.", "A LSTM has two gates."),
        (exchanges.exchange_numbers, "It has 3 gates and 12 layers.", "It has 12 gates and 3 layers."),
        (exchanges.exchange_numbers, "It has 3 to 12 gates.", None),
        (exchanges.recombine, "BERT has 12 layers.", "A GRU has 12 layers."),
        (exchanges.recombine, "BERT has no layers.", None),
    ],
)
def test_exchanges_do_what_their_name_says(change, sentence, expected):
    assert change(sentence, LSTM.partition(" An")[0] if "BERT" in sentence else LSTM, Random(0)) == expected


@pytest.mark.parametrize(
    ("change", "sentence", "expected"),
    [
        (changes.negate, "BM25 is fast.", "BM25 is not fast."),
        (changes.negate, "BM25 is not slow.", None),
        (changes.affirm, "BM25 cannot read.", "BM25 can read."),
        (changes.swap_opposite, "Rates are higher.", "Rates are lower."),
        (changes.change_unit, "It takes 5 GB.", "It takes 5 MB."),
        (changes.rewrite_notation, "It has 28 million weights.", "It has 28M weights."),
        (
            changes.drop_aside,
            "The original network (from 2015) has many layers in it.",
            "The original network has many layers in it.",
        ),
    ],
)
def test_changes_do_what_their_name_says(change, sentence, expected):
    assert change(sentence, sentence, Random(0)) == expected


def test_a_changed_number_differs():
    random = Random(0)
    assert all(changes.change_number(f"It has {n} layers.", "", random) != f"It has {n} layers." for n in range(1, 200))


def test_claims_are_read_with_their_page(tmp_path):
    path = tmp_path / "claims.jsonl"
    path.write_text(
        '{"claim": "A is B.", "label": "supported", "evidence": ["(meta data) TITLE: Page", "A is B.", "", "C."]}\n',
        "utf-8",
    )
    (claim,) = read_claims(path)
    assert (claim.text, claim.label, claim.page.title) == ("A is B.", "supported", "Page")
    assert claim.page.text.split("\n\n")[1:] == ["A is B.", "C."]


def test_the_area_is_the_share_of_pairs_in_the_right_order():
    scores = np.array([0.9, 0.5, 0.5, 0.1])
    labels = np.array([True, True, False, False])
    assert area_under_roc(scores, labels) == (1 + 1 + 0.5 + 1) / 4


def test_the_fitted_model_has_no_slope_left():
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(200, 2))
    labels = rows[:, 0] + 0.5 * generator.normal(size=200) > 0
    model = fit(rows, labels, penalty=1.0)
    chances = 1 / (1 + np.exp(-model.scores(rows)))
    assert rows.T @ (chances - labels) + model.weights == pytest.approx(np.zeros(2), abs=1e-6)
    assert (chances - labels).sum() == pytest.approx(0, abs=1e-6)


def test_cross_validation_learns_nothing_from_noise():
    generator = np.random.default_rng(1)
    rows, labels = generator.normal(size=(400, 3)), generator.random(400) < 0.5
    assert area_under_roc(cross_validated(rows, labels, 10, 0), labels) < 0.6
