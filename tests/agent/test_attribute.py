"""What a question asks for is found where a rule is sure."""

import pytest

from agent.attribute import attribute_words


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("What batch size did BigGAN train with?", "batch size"),
        ("What is the default window size of gensim's Word2Vec?", "default window size"),
        ("Which loss does FCOS use?", "loss"),
        ("How many attention heads does BERT have?", "attention heads"),
        ("How many people labelled the images?", "people"),
        ("How many layers has the net, and which optimiser was used?", "layers"),
        ("Why does BYOL not collapse?", ""),
        ("dropout", ""),
    ],
)
def test_attribute_words(question, asked):
    assert attribute_words(question) == set(asked.split())
