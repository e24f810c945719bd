"""Names are told from words, and known by any of their usual spellings."""

import pytest

from agent.named_terms import names_of, unknown_names, vocabulary


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("The encoder of BERT uses GELU.", ["BERT", "GELU"]),
        ("Training with PyTorch on CIFAR-10 takes long.", ["PyTorch", "CIFAR-10"]),
        ("In 2017 Vaswani et al. proposed it.", ["Vaswani"]),
        ("Adam keeps two averages.", ["Adam"]),
        ("Larger models need more data.", []),
        ("However, the loss falls.", []),
        ("Call `torch.compile` or `model.eval()` first.", ["torch", "compile", "model", "eval"]),
        ("An L2 penalty and float16 sums.", ["L2", "float16"]),
        ("It has 28M parameters in 12 layers.", []),
    ],
)
def test_names_of_a_sentence(sentence, names):
    assert names_of(sentence) == names


@pytest.mark.parametrize(
    ("name", "passage"),
    [
        ("LSTMs", "An LSTM has gates."),
        ("BatchNorm", "Batch norm uses the batch."),
        ("K-Means", "kmeans is fast"),
        ("Normalization", "Layer normalisation is used."),
        ("SGD", "Stochastic gradient descent is noisy."),
        ("KV", "The key-value cache grows."),
        ("GPT", "GPT-2 and GPT-3 differ."),
        ("ResNet50", "ResNet-50 has 25.6 million parameters."),
        ("transformer", "Transformers are large."),
        ("Vaswani's", "Vaswani and others, 2017."),
    ],
)
def test_a_passage_knows_a_name_in_another_spelling(name, passage):
    assert unknown_names([name], vocabulary(passage)) == []


@pytest.mark.parametrize(
    ("name", "passage"),
    [
        ("LSTM", "The GRU has two gates."),
        ("GPT-4", "GPT-2 and GPT-3 differ."),
        ("RoBERTa", "BERT is pre-trained."),
        ("KV", "keys are kept for values of very many tokens"),
        ("AdamW", "Adam keeps averages."),
    ],
)
def test_a_passage_does_not_know_another_name(name, passage):
    assert unknown_names([name], vocabulary(passage)) == [name]


def test_a_name_written_out_is_known_by_its_acronym():
    assert unknown_names(["Stochastic", "Gradient", "Descent"], vocabulary("SGD is noisy.")) == []
