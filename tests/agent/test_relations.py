"""A sentence says of each thing what its passage says of that thing."""

import pytest

from agent.aligned_lines import align, read_line
from agent.evidence import Evidence
from agent.grounding import Instruments, ground
from retrieval.tokens import analyse

OPTIMISERS = """Adam keeps two moments for every weight. SGD with momentum keeps one velocity, and plain SGD keeps
nothing. AdamW subtracts the decay from the weights themselves. The learning rate of Adam is usually 0.001, while SGD
often
starts at 0.1. In the test of the authors Adam outperforms RMSProp on sparse gradients."""
NETWORKS = """DenseNet-121 has 8.0 million parameters and DenseNet-201 has 20.0 million. VGG-16 needs 15.5 billion
multiply-adds for one image, four times as many as ResNet-50. The generator turns noise into a picture and is trained
through the gradient of its rival. The discriminator sees pictures of both kinds and returns the probability of a real
one."""
REGIONS = """RoI pooling rounds the borders of a region to the grid of the feature map and takes the maximum of each
cell. RoIAlign samples four points in each cell by bilinear interpolation and rounds nothing. Mask R-CNN gains most from
RoIAlign when the overlap has to be exact. Greedy decoding takes the likeliest token at each step. Beam search keeps the
k best beginnings and returns the best of them at the end."""


def verdict_of(sentence, text):
    passage = Evidence("n1", "note", "n.md", "Notes", "n.md", (), 0, len(text), text)
    found = ground(f"{sentence} [n1]", [passage], Instruments(lambda text: analyse(text).terms, lambda term: 1.0))
    return next(one.problem for one in found.findings if one.check == "relations")


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("For every weight Adam keeps 2 moments.", OPTIMISERS),
        ("Two moments are kept for every weight by Adam.", OPTIMISERS),
        ("In the test of the authors RMSProp is outperformed by Adam on sparse gradients.", OPTIMISERS),
        ("SGD often starts at a learning rate of 0.1, Adam usually at 0.001.", OPTIMISERS),
        ("It keeps two moments for every weight.", OPTIMISERS),
        ("DenseNet-201 has 20.0 million parameters and DenseNet-121 has 8.0 million.", NETWORKS),
        ("ResNet-50 needs a quarter of the multiply-adds of VGG-16 for one image.", NETWORKS),
        ("Noise is turned into a picture by the generator.", NETWORKS),
        (
            "RoIAlign samples four points per cell by bilinear interpolation, while RoI pooling takes the maximum.",
            REGIONS,
        ),
        ("The k best beginnings are kept by beam search, which returns the best of them.", REGIONS),
    ],
)
def test_a_true_rewording_passes(sentence, text):
    assert verdict_of(sentence, text) == ""


@pytest.mark.parametrize(
    ("sentence", "text", "reason"),
    [
        ("SGD keeps two moments for every weight.", OPTIMISERS, "[n1] says this of 'Adam', not of 'SGD'"),
        ("RMSProp subtracts the decay from the weights directly.", OPTIMISERS, "of 'AdamW', not of 'RMSProp'"),
        (
            "In the test of the authors RMSProp outperforms Adam on sparse gradients.",
            OPTIMISERS,
            "'RMSProp' and 'Adam' the other way round",
        ),
        (
            "The learning rate of Adam is usually 0.1, while SGD often starts at 0.001.",
            OPTIMISERS,
            "'0.1' and '0.001' the other way round",
        ),
        (
            "DenseNet-121 has 20.0 million parameters and DenseNet-201 has 8.0 million.",
            NETWORKS,
            "'20.0' and '8.0' the other way round",
        ),
        (
            "ResNet-50 needs 15.5 billion multiply-adds for one image, four times as many as VGG-16.",
            NETWORKS,
            "'ResNet-50' and 'VGG-16' the other way round",
        ),
        (
            "The discriminator turns noise into a picture and is trained through the gradient of its rival.",
            NETWORKS,
            "of 'generator', not of 'discriminator'",
        ),
        ("Greedy decoding keeps the k best beginnings and returns the best of them.", REGIONS, "of 'Beam search'"),
        (
            "Mask R-CNN samples four points in each cell by bilinear interpolation.",
            REGIONS,
            "says this of 'RoIAlign'",
        ),
        (
            "RoI pooling combines pooling and max pooling, while RoIAlign combines pooling and max pooling.",
            REGIONS,
            "the same of both sides",
        ),
    ],
)
def test_what_the_passage_says_of_another_thing_is_stopped(sentence, text, reason):
    assert reason in verdict_of(sentence, text)


def test_two_things_that_are_only_listed_may_change_places():
    text = "BERT and GPT are pretrained on large collections of plain text."
    assert verdict_of("GPT and BERT are pretrained on large collections of plain text.", text) == ""


def test_a_long_form_is_the_name_that_it_stands_for():
    text = "Direct Preference Optimisation trains on pairs of answers without a reward model."
    assert verdict_of("DPO trains on pairs of answers without a reward model.", text) == ""


def test_any_name_lies_on_any_other_between_words_that_agree():
    said, known = (read_line(text, frozenset()) for text in ("AdamW keeps 2 moments.", "RMSProp keeps 1 moment."))
    laid = align(said, known)
    assert [(here, there) for here, there, _ in laid.places] == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert laid.alike == 1.0
