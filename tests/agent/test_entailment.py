"""The entailment model is loaded when it is first asked, and only a model of entailment will do."""

import subprocess
import sys

import pytest

from agent.entailment import CrossEncoderEntailment, label_places
from agent.errors import ModelUnavailable


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory):
    """A folder with an untrained entailment model of a few hundred weights."""
    pytest.importorskip("sentence_transformers")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("nli")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "dropout", "zero", "is", "not"]
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    transformers.BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    labels = {0: "contradiction", 1: "entailment", 2: "neutral"}
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=64,
        num_labels=3,
        id2label=labels,
        label2id={name: number for number, name in labels.items()},
    )
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def test_a_cross_encoder_from_a_folder_gives_probabilities(tiny_model):
    model = CrossEncoderEntailment(tiny_model)
    assert model.judge([]) == []
    first, second = model.judge([("dropout is zero", "dropout is zero"), ("dropout is zero", "dropout is not zero")])
    for judgement in (first, second):
        assert 0 < judgement.entailment < 1
        assert 0 < judgement.contradiction < 1
        assert judgement.entailment + judgement.contradiction < 1


def test_a_folder_without_a_model_is_reported_by_name(tmp_path):
    pytest.importorskip("sentence_transformers")
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        CrossEncoderEntailment(tmp_path).judge([("a", "b")])


@pytest.mark.parametrize(
    ("labels", "places"),
    [
        ({0: "contradiction", 1: "entailment", 2: "neutral"}, {"contradiction": 0, "entailment": 1, "neutral": 2}),
        ({0: "ENTAILMENT", 1: "NEUTRAL", 2: "CONTRADICTION"}, {"entailment": 0, "neutral": 1, "contradiction": 2}),
        ({0: "entailment", 1: "not_entailment"}, {"entailment": 0, "neutral": 1}),
    ],
)
def test_labels_are_found_by_name(labels, places):
    assert label_places(labels, "m") == places


def test_a_model_of_something_else_is_refused():
    with pytest.raises(ModelUnavailable, match="LABEL_0"):
        label_places({0: "LABEL_0"}, "a-reranker")


def test_importing_grounding_loads_no_model_library():
    heavy = ["torch", "transformers", "sentence_transformers"]
    code = f"import sys, agent.grounding; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
