"""A sentence may not deny what its passage affirms, nor the other way round."""

import pytest

from agent.alignment import differences
from agent.cited_text import read_evidence
from agent.evidence import Evidence
from agent.negation import negation_problem
from retrieval.tokens import analyse


def terms_of(text):
    return analyse(text).terms


def contradiction(sentence, text):
    passage = read_evidence(Evidence("n1", "note", "a.md", "A note", "", (), 0, len(text), text), terms_of)
    terms = dict.fromkeys(terms_of(sentence), 1.0)
    found = differences(sentence, terms, [passage])
    return found.number or found.polarity or negation_problem(sentence, terms, [passage])


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("Queries are cached.", "Queries are not cached, since they are used once."),
        ("Queries are not cached.", "Queries are cached with their keys."),
        ("Dropout never helps convolutional layers.", "Dropout helps convolutional layers."),
        ("BM25 works without training.", "BM25 works with training."),
        ("The method needs no labels.", "The method needs labels for every class."),
        ("bfloat16 doesn't need loss scaling.", "bfloat16 needs loss scaling, as float16 does."),
        ("A higher learning rate stabilises training.", "A lower learning rate stabilises training."),
        ("The loss increases with depth.", "The loss decreases with depth."),
        ("Normalisation comes after the convolution.", "Normalisation comes before the convolution."),
        ("Training is unstable at this rate.", "Training is stable at this rate."),
        ("The generator minimises the loss.", "The generator maximises the loss."),
        ("The model has eight layers and six heads.", "The model has six layers and six heads."),
    ],
)
def test_a_turned_statement_is_found(sentence, passage):
    assert contradiction(sentence, passage)


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("Queries are not cached.", "Queries are never cached, since they are used once."),
        ("BM25 does not need training.", "BM25 needs no training and no GPU."),
        ("The cache avoids computing keys again.", "With the cache, keys are not computed again."),
        ("Weights aren't updated.", "The weights stay unchanged."),
        ("RMSProp is slower than Adam.", "Adam is faster than RMSProp."),
        ("The scores are not larger.", "The scores are smaller."),
        ("It not only helps training, it also saves memory.", "It helps training and saves memory."),
        ("Interpolation needs no more than 1,000 steps.", "Interpolation needs at most 1,000 steps."),
        ("Without scaling the weights are 0.9 and 0.1.", "Unscaled, the weights are 0.9 and 0.1."),
        ("Batch norm works in training.", "Batch norm works in training. It does not work with one image."),
        ("Something else entirely is not said here.", "The cache grows with every token."),
    ],
)
def test_the_same_statement_in_other_words_is_let_through(sentence, passage):
    assert contradiction(sentence, passage) is None or contradiction(sentence, passage) == ""
