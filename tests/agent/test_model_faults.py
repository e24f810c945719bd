"""Whatever goes wrong with a model, the reader gets one clear line and an answer, and can ask again."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from agent import Assistant, Settings
from agent.errors import ModelUnavailable
from agent.local_model import LocalModel
from agent.local_weights import Source
from agent.models import open_model
from corpus import Note
from retrieval import Index
from tests.fakes import HashingEncoder
from tests.model_server import model_server
from tests.tiny_model import save_tiny_model

ROOT = Path(__file__).parents[2]
QUESTION = "What does dropout set to zero during training?"
SENTENCE = "Dropout sets a random share of the activations to zero during training."


@pytest.fixture
def index(tmp_path):
    made = Index.create(tmp_path / "index", HashingEncoder())
    made.update([Note("dropout.md", "Dropout", f"# Dropout\n\n{SENTENCE}", "dropout.md", "markdown")])
    yield made
    made.close()


def ask(index, model):
    answer = Assistant.open(index, model, Settings.from_environment()).ask(QUESTION, mode="quick")
    assert "\n" not in answer.notice
    return answer


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    model = LocalModel.open(Source(str(save_tiny_model(tmp_path_factory.mktemp("tiny"), max_position_embeddings=4096))))
    yield model
    model.engine.close()


@contextmanager
def failing(model, error):
    """The model fails whenever it computes a token."""

    def fail(*_):
        raise error

    hook = model.engine.weights.model.lm_head.register_forward_pre_hook(fail)
    yield
    hook.remove()


def too_much():
    """What PyTorch really raises on this machine when memory runs out."""
    try:
        torch.empty(2**55, dtype=torch.uint8)
    except RuntimeError as error:
        return error
    raise AssertionError("32 PiB were there")


@pytest.mark.parametrize("error", [too_much(), torch.OutOfMemoryError("CUDA out of memory")], ids=["cpu", "gpu"])
def test_out_of_memory_while_writing(index, local, error):
    with failing(local, error):
        answer = ask(index, local)
    assert (answer.text, answer.model) == (f"{SENTENCE} [1]", "extractive")
    assert "ran out of memory at a prompt of" in answer.notice
    assert "choose a smaller model); these sentences are quoted instead" in answer.notice
    assert "ran out" not in ask(index, local).notice  # the model lives on


def test_a_server_that_dies_in_the_middle_of_a_text(index):
    with model_server(["Dropout ", "sets ", "a "], dies_after=2) as (url, _):
        answer = ask(index, f"openai:tiny@{url}")
    assert (answer.text, answer.model) == (f"{SENTENCE} [1]", "extractive")
    assert "broke off in the middle of a text" in answer.notice or "failed" in answer.notice


def test_a_server_that_dies_behind_a_sentence_keeps_the_sentence(index):
    with model_server([f"{SENTENCE[:-1]} [n1]. ", "And ", "more"], dies_after=2) as (url, _):
        answer = ask(index, f"openai:tiny@{url}")
    assert answer.text == f"{SENTENCE} [1]"
    assert "the answer may be incomplete" in answer.notice


def test_a_model_that_does_not_fit_the_memory(tmp_path):
    import json

    folder = save_tiny_model(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config |= {"vocab_size": 2**44}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelUnavailable) as raised:
        open_model(f"transformers:{folder}")
    assert "\n" not in str(raised.value)


HUB_FOLDER = "models--Qwen--Qwen3-0.6B/snapshots/1"


def cut_the_weights(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])


def lose_the_template(folder):
    (folder / "chat_template.jinja").unlink()


@pytest.mark.parametrize(
    ("damage", "rows", "line"),
    [
        (cut_the_weights, None, "cannot be loaded: SafetensorError"),
        (lose_the_template, None, "has no chat template"),
        (lambda _: None, 64, "they do not belong together"),
    ],
)
def test_a_model_that_was_not_asked_for_by_name_is_replaced_by_quoting(
    index, tmp_path, monkeypatch, caplog, damage, rows, line
):
    folder = tmp_path / "hub" / HUB_FOLDER
    damage(save_tiny_model(folder, rows=rows))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(ModelUnavailable, match=line):
        Assistant.open(index, f"transformers:{folder}", Settings.from_environment())
    monkeypatch.setattr("agent.models.best_downloaded", lambda _: type("Found", (), {"id": str(folder)}))
    answer = ask(index, None)
    assert (answer.text, answer.model) == (f"{SENTENCE} [1]", "extractive")
    assert line in caplog.text
    assert "until then sentences are quoted" in caplog.text


LEAVING = """
import sys, threading
from smolagents import ChatMessage
from smolagents.models import MessageRole
from agent.models import open_model

model = open_model(f"transformers:{sys.argv[1]}")
texts = model.generate_stream([ChatMessage(MessageRole.USER, "Go on.")], max_new_tokens=400)
begun = threading.Event()
threading.Thread(target=lambda: [begun.set() for _ in texts], daemon=True).start()
begun.wait(60)
"""


def test_a_program_may_end_while_a_text_is_written(tmp_path):
    folder = save_tiny_model(tmp_path / "tiny", num_hidden_layers=16, hidden_size=256, intermediate_size=2048)
    left = subprocess.run(
        [sys.executable, "-c", LEAVING, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert left.returncode == 0, left.stderr
