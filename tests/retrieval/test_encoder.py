"""The seam itself: loaded late and once, and run in the way that suits the purpose."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from retrieval import encoder_torch
from retrieval.encoder import LocalEncoder, load_encoder
from retrieval.encoder_graph import GraphUnavailable
from retrieval.encoder_tokens import Tokens
from retrieval.encoder_weights import Weights
from retrieval.errors import EncoderUnavailable
from tests.fakes import HashingEncoder

WEIGHTS = Weights(Path("model"), "abc", 256, query_prefix="query: ", text_prefix="passage: ")


class RecordingRunner:
    """Remembers what it was given."""

    dimension = 3

    def __init__(self, path="recording"):
        self.path = path
        self.texts = []

    def embed(self, texts):
        self.texts += texts
        return np.ones((len(texts), 3), dtype=np.float32)

    def token_states(self, texts):
        self.texts += texts
        tokens = Tokens(np.array([2, 9, 3]), np.array([-1, 0, -1]), np.array([[0, 0], [0, 1], [0, 0]]))
        return [(tokens, np.eye(3, dtype=np.float32), np.ones(3, dtype=np.float32)) for _ in texts]


@pytest.fixture
def runner():
    return RecordingRunner()


@pytest.fixture
def encoder(runner):
    return LocalEncoder(WEIGHTS, lambda: runner)


def test_the_fingerprint_needs_no_weights_in_memory():
    assert LocalEncoder(WEIGHTS, pytest.fail).fingerprint == "abc-256"


def test_queries_and_passages_get_their_own_prefix(encoder, runner):
    assert encoder.encode_query("why").shape == (3,)
    assert encoder.encode(["because", ""]).shape == (2, 3)
    assert runner.texts == ["query: why", "passage: because", "passage: "]


def test_no_texts_make_no_rows(encoder, runner):
    assert encoder.encode([]).shape == (0, 3)
    assert encoder.encode([]).dtype == np.float32
    assert encoder.encode_tokens([]) == []
    assert runner.texts == []


def test_lone_surrogates_never_reach_a_tokeniser(encoder, runner):
    encoder.encode(["a\ud800b"])
    encoder.encode_query("\udfff")
    encoder.encode_tokens(["\udc80"])
    assert runner.texts == ["passage: a\ufffdb", "query: \ufffd", "passage: \ufffd"]


def test_one_text_instead_of_a_list_is_a_mistake(encoder):
    with pytest.raises(TypeError, match="list of texts"):
        encoder.encode("why")


def test_tokens_of_a_prefix_do_not_stand_in_the_text():
    class TwoTokens(RecordingRunner):
        def token_states(self, texts):
            self.texts += texts
            tokens = Tokens(np.array([7, 9]), np.array([0, 1]), np.array([[0, 6], [7, 9]]))
            return [(tokens, np.eye(2, 3, dtype=np.float32), np.ones(3, dtype=np.float32)) for _ in texts]

    runner = TwoTokens()
    (encoded,) = LocalEncoder(WEIGHTS, lambda: runner).encode_tokens(["xy"], query=True)
    assert runner.texts == ["query: xy"]
    assert encoded.words.tolist() == [-1, 1]
    assert encoded.offsets[1].tolist() == [0, 2]


def test_many_threads_load_the_weights_once():
    opened, everyone = [], threading.Barrier(8)

    def open_runner():
        opened.append(threading.get_ident())
        return RecordingRunner()

    encoder = LocalEncoder(WEIGHTS, open_runner)

    def ask(number):
        everyone.wait()
        return encoder.encode_query(str(number))

    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(ask, range(8)))) == 8
    assert len(opened) == 1


@pytest.fixture
def ways(monkeypatch, tmp_path):
    """Each way to run a model replaced by one that tells its name; `ways.broken` names those that fail."""
    broken = set()

    def open_torch(weights, device):
        if "torch" in broken:
            raise OSError("no weights")
        return RecordingRunner(f"torch {device}")

    def open_graph(weights, cache, open_engine):
        if "graph" in broken:
            raise GraphUnavailable("no exporter")
        return RecordingRunner(open_engine(tmp_path / "graph.onnx"))

    def open_openvino(graph):
        if "openvino" in broken:
            raise RuntimeError("unknown operator")
        return "openvino"

    monkeypatch.setattr("retrieval.encoder_torch.TorchRunner", open_torch)
    monkeypatch.setattr("retrieval.encoder.open_graph", open_graph)
    monkeypatch.setattr("retrieval.encoder_openvino.OpenVinoEngine", open_openvino)
    monkeypatch.setattr("retrieval.encoder_openvino.pays_off", lambda: "no openvino" not in broken)
    monkeypatch.setattr("retrieval.encoder_onnx.OnnxEngine", lambda graph, threads=None: f"onnx {threads}")
    monkeypatch.setattr("retrieval.cores.physical_cores", lambda: 16)
    monkeypatch.setattr("retrieval.encoder.find_weights", lambda spec, digests, max_tokens: WEIGHTS)
    return SimpleNamespace(broken=broken)


@pytest.mark.parametrize(
    ("purpose", "gpu", "broken", "expected"),
    [
        ("query", "cuda", set(), "onnx 4"),
        ("query", None, {"graph"}, "torch cpu"),
        ("bulk", "cuda", set(), "torch cuda"),
        ("bulk", "mps", {"graph"}, "torch mps"),
        ("bulk", None, set(), "openvino"),
        ("bulk", None, {"no openvino"}, "onnx None"),
        ("bulk", None, {"openvino"}, "onnx None"),
        ("bulk", None, {"graph"}, "torch cpu"),
    ],
)
def test_the_way_suits_purpose_and_machine(ways, tmp_path, purpose, gpu, broken, expected):
    ways.broken |= broken
    encoder = load_encoder(purpose=purpose, cache_dir=tmp_path, find_accelerator=lambda: gpu)
    assert encoder.path == expected


@pytest.mark.parametrize(("broken", "said"), [({"graph"}, "no exporter"), ({"openvino"}, "unknown operator")])
def test_a_slower_way_is_taken_aloud(ways, tmp_path, caplog, broken, said):
    ways.broken |= broken
    load_encoder(purpose="bulk", cache_dir=tmp_path, find_accelerator=lambda: None).encode([""])
    assert said in caplog.text


def test_when_no_way_is_left_the_reason_is_told(ways, tmp_path):
    ways.broken |= {"graph", "torch"}
    encoder = load_encoder(cache_dir=tmp_path)
    with pytest.raises(EncoderUnavailable, match="no weights"):
        encoder.encode_query("why")


@pytest.mark.parametrize(
    ("driver", "cuda", "mps", "expected"),
    [
        (True, True, False, "cuda"),
        (True, False, True, "mps"),
        (True, False, False, None),
        (False, True, True, None),
    ],
)
def test_pytorch_is_asked_for_a_gpu_only_where_a_driver_is(monkeypatch, tmp_path, driver, cuda, mps, expected):
    torch = SimpleNamespace(
        cuda=SimpleNamespace(is_available=lambda: cuda),
        backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)),
    )
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr(encoder_torch, "_GPU_DEVICES", (str(tmp_path if driver else tmp_path / "none"),))
    assert encoder_torch.find_accelerator() == expected


def test_similar_words_are_near_for_the_fake_encoder():
    fake = HashingEncoder()
    near, far = fake.encode(["regularisation of weights", "cats"]) @ fake.encode_query("regularization weight")
    assert near > 0.6 > far + 0.2
    assert np.allclose(np.linalg.norm(fake.encode(["", "a b"]), axis=1), 1)
    (states,) = fake.encode_tokens(["a bc"])
    assert states.states.shape == (2, fake.dimension)
    assert states.offsets.tolist() == [[0, 1], [2, 4]]
