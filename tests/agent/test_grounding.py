"""One sentence and its passages give one verdict, from levels that are reported on their own."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.entailment import Judgement
from agent.evidence import Evidence
from agent.grounding import Instruments, ground
from agent.keys import cited_keys, without_keys
from agent.support import SupportRule
from retrieval.tokens import analyse

DROPOUT = Evidence(
    "n1",
    "note",
    "dropout.md",
    "Dropout",
    "dropout.md",
    ("Dropout", "Where it is used"),
    0,
    0,
    "Dropout sets each activation to zero with probability $p$ during training and does nothing at inference. "
    "The original Transformer uses a rate of 0.1, and fully connected layers use 0.5.\n\n"
    "- **Monte Carlo dropout** keeps it active at inference.\n- DropBlock drops squares.\n",
)
ATTENTION = Evidence(
    "n2",
    "note",
    "attention.md",
    "Attention",
    "attention.md",
    ("Attention",),
    0,
    0,
    r"Scores are divided by $\sqrt{d_k}$. For $d_k = 64$ they have a standard deviation of 8. The cache takes 512 KiB.",
)
LEDGER = {one.key: one for one in (DROPOUT, ATTENTION)}


def terms_of(text):
    return analyse(text).terms


INSTRUMENTS = Instruments(terms_of, lambda term: 1.0)


def verdict_of(sentence, **named):
    return ground(sentence, (), INSTRUMENTS, LEDGER, **named)


@pytest.mark.parametrize(
    "sentence",
    [
        "During training, dropout sets activations to zero with probability p [n1].",
        "Fully connected layers use a dropout rate of 0.5, the Transformer uses 0.1 [n1].",
        "The note says that dropout “does nothing at inference” [n1].",
        "Attention scores are divided by √d_k [n2].",
        "With d_k = 64, the scores have a standard deviation of 8 [n2].",
        "Dropout does nothing at inference [n1], and the cache takes 512 KiB [n2].",
        "There are two kinds: Monte Carlo dropout keeps it active at inference, DropBlock drops squares [n1].",
    ],
)
def test_what_the_passages_say_is_supported(sentence):
    found = verdict_of(sentence)
    assert (found.verdict, found.reason) == ("supported", "")


@pytest.mark.parametrize(
    ("sentence", "check", "reason"),
    [
        (
            "Dropout does nothing at inference [n9].",
            "cites",
            "[n9] was never given out; cite only keys of the passages",
        ),
        (
            'The note says "does nothing at training time" [n1].',
            "verbatim",
            "'does nothing at training time' is not verbatim",
        ),
        ("The original Transformer uses a dropout rate of 0.3 [n1].", "numbers", "the number 0.3 is not in [n1]"),
        ("The cache takes 512 MiB [n2].", "numbers", "another unit than 512 MiB"),
        ("Dropout, as used in ResNet, sets activations to zero [n1].", "names", "'ResNet' is not in [n1]"),
        ("Dropout does not set each activation to zero with probability p [n1].", "negation", "[n1]"),
        ("The violin has strings that are tuned in fifths [n1].", "support", "[n1] hardly speaks of this"),
        ("Does dropout set each activation to zero with probability p? [n1]", "support", "it asks, and says nothing"),
    ],
)
def test_each_check_stops_its_own_fault_and_says_what_to_do(sentence, check, reason):
    found = verdict_of(sentence)
    assert found.verdict in ("unsupported", "uncited")
    assert reason in found.reason
    assert "\n" not in found.reason
    assert check in {finding.check for finding in found.findings if not finding.passed}


def test_a_sentence_without_a_citation_is_uncited():
    found = verdict_of("Dropout does nothing at inference.")
    assert found.verdict == "uncited"
    assert found.reason.startswith("the sentence cites nothing")
    assert [finding.level for finding in found.findings] == ["L0"]


def test_an_invented_key_beside_a_real_one_is_reported_and_fails():
    found = verdict_of("Dropout does nothing at inference [n1, n7].")
    assert (found.verdict, found.keys, found.unknown_keys) == ("unsupported", ("n1",), ("n7",))
    assert not found.passed("L0")
    assert found.passed("L2")


def test_without_a_ledger_the_cited_evidence_is_what_is_known():
    assert ground("Dropout does nothing at inference.", [DROPOUT], INSTRUMENTS).verdict == "supported"
    assert ground("Dropout does nothing at inference [n2].", [DROPOUT], INSTRUMENTS).unknown_keys == ("n2",)


def test_a_number_that_stands_in_another_passage_only_is_not_supported():
    assert verdict_of("Dropout uses a rate of 64 [n1].").verdict == "unsupported"
    assert verdict_of("Scores have a standard deviation of 8 [n1].").verdict == "unsupported"


def test_title_and_headings_count_as_text_of_the_passage():
    passage = Evidence("n1", "note", "a", "LoRA adapters", "", ("Rank",), 0, 0, "It trains a low-rank correction.")
    assert ground("LoRA trains a low-rank correction.", [passage], INSTRUMENTS).verdict == "supported"


def test_a_sentence_shown_as_a_quotation_must_be_verbatim_as_a_whole():
    quote = "**Monte Carlo dropout** keeps it active at inference."
    assert ground(quote, [DROPOUT], INSTRUMENTS, quoted=True).verdict == "supported"
    assert ground(f"Where it is used: {quote}", [DROPOUT], INSTRUMENTS, quoted=True).verdict == "supported"
    denied = "Why not elsewhere: The original Transformer uses a rate of 0.1, and fully connected layers use 0.5."
    assert ground(denied, [replace(DROPOUT, heading=("Why not elsewhere",))], INSTRUMENTS, quoted=True).reason == ""
    changed = ground("Monte Carlo dropout keeps it inactive at inference.", [DROPOUT], INSTRUMENTS, quoted=True)
    assert changed.verdict == "unsupported"
    assert not changed.passed("L1")


def test_keys_in_a_quoted_note_are_text_and_no_citation():
    passage = Evidence("n1", "note", "a", "Prompts", "", (), 0, 0, "Models cite like this [n7] in their answers.")
    found = ground("Models cite like this [n7] in their answers.", [passage], INSTRUMENTS, quoted=True)
    assert (found.verdict, found.unknown_keys) == ("supported", ())


def test_keys_are_read_singly_and_in_lists():
    assert cited_keys("One [n1] and two [n2; w3][n1].") == ("n1", "n2", "w3")
    assert without_keys("One [n1] and two [n2, w3].") == "One and two."
    sentence = "A place a[0], a link [n1](x) and a number [1] are no keys."
    assert (cited_keys(sentence), without_keys(sentence)) == ((), sentence)


class Oracle:
    """An entailment model with a fixed opinion that records what it was asked."""

    def __init__(self, entailment, contradiction):
        self.judgement = Judgement(entailment, contradiction)
        self.asked = []

    def judge(self, pairs):
        self.asked += pairs
        return [self.judgement] * len(pairs)


@pytest.mark.parametrize(
    ("entailment", "contradiction", "reason"),
    [(0.9, 0.05, ""), (0.1, 0.8, "contradicts"), (0.2, 0.1, "does not say this"), (0.9, 0.85, "")],
)
def test_an_entailment_model_has_its_own_level(entailment, contradiction, reason):
    model = Oracle(entailment, contradiction)
    instruments = Instruments(terms_of, lambda term: 1.0, entailment=model)
    found = ground("Dropout does nothing at inference [n1].", (), instruments, LEDGER)
    assert found.passed("L3") == (not reason)
    assert reason in found.reason
    assert model.asked[0][1] == "Dropout does nothing at inference."
    assert DROPOUT.text in model.asked[0][0]


def test_an_encoder_adds_the_cosine_of_the_nearest_statement():
    def encode(texts):
        rows = [[1.0, 0.0] if "zero" in text else [0.6, 0.8] for text in texts]
        return np.array(rows, dtype=np.float32)

    rule = SupportRule({"cosine": 10.0}, bias=-9.0, threshold=0.5)
    instruments = Instruments(terms_of, lambda term: 1.0, encode, rule=rule)
    near = ground("Dropout sets activations to zero [n1].", (), instruments, LEDGER)
    far = ground("Scores are divided by √d_k, which is not zero [n2].", (), instruments, LEDGER)
    assert near.likeness.cosine == pytest.approx(1.0)
    assert far.likeness.cosine == pytest.approx(0.6)
    assert near.support == pytest.approx(1 / (1 + np.exp(-1.0)))
    assert [f.passed for f in far.findings if f.check == "support"] == [False]


class CountingEncoder:
    """Texts that share words with the sentence are near it; `asked` holds what was encoded."""

    def __init__(self):
        self.asked = []

    def __call__(self, texts):
        self.asked.extend(texts)
        rows = [[sum(word in text.lower() for word in ("zero", "inference", "rate")), 1.0] for text in texts]
        return np.array([row / np.linalg.norm(row) for row in rows], dtype=np.float32)


@pytest.mark.parametrize(
    ("sentence", "fewest"),
    [
        ("Dropout sets activations to zero with probability p [n1].", 2),
        ("The original Transformer uses a dropout rate of 0.3 [n1].", 0),
        ("The violin has strings that are tuned in fifths [n1].", None),
    ],
)
def test_a_sparing_verdict_is_the_same_and_encodes_what_it_needs(sentence, fewest):
    exact, sparing = CountingEncoder(), CountingEncoder()
    whole = ground(sentence, (), replace(INSTRUMENTS, encode=exact), LEDGER)
    quick = ground(sentence, (), replace(INSTRUMENTS, encode=sparing, sparing=True), LEDGER)
    assert (quick.verdict, quick.reason) == (whole.verdict, whole.reason)
    assert len(sparing.asked) == (len(exact.asked) if fewest is None else fewest)
    assert sparing.asked == exact.asked[: len(sparing.asked)]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.text(max_size=200))
def test_any_text_gets_a_verdict(sentence, text):
    passage = Evidence("n1", "note", "a", "A note", "", (), 0, len(text), text)
    found = ground(sentence, [passage], INSTRUMENTS)
    assert found.verdict in ("supported", "unsupported", "uncited")
    assert (found.reason == "") == (found.verdict == "supported")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6).filter(lambda n: n not in (0, 1, 5, 10, 50)))
def test_a_number_that_the_passage_lacks_is_never_supported(number):
    found = ground(f"The original Transformer uses a rate of {number:,}.", [DROPOUT], INSTRUMENTS)
    assert found.verdict == "unsupported"
