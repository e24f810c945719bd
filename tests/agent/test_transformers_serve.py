"""`openai:MODEL@URL` against a real `transformers serve` on this machine, which is killed in the end."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from agent import Assistant, Settings
from agent.errors import ModelFailed
from agent.local_model import LocalModel
from agent.local_weights import Source
from agent.models import open_model
from agent.server_model import model_names
from corpus import Note
from retrieval import Index
from tests.fakes import HashingEncoder
from tests.tiny_model import save_tiny_model

QUESTION = [{"role": "user", "content": [{"type": "text", "text": "Why are attention scores scaled?"}]}]
SENTENCE = "Dropout sets a random share of the activations to zero during training."
STARTING_SECONDS = 120
"""On a busy machine; 15 on an idle one."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("tiny"), max_position_embeddings=16_384)


class Served:
    """The process of a server, and where it listens."""

    def __init__(self, folder, cache):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
        command = [Path(sys.executable).with_name("transformers"), "serve", folder, "--host", "127.0.0.1"]
        self.process = subprocess.Popen(
            [*command, "--port", str(port), "--device", "cpu"],
            env=os.environ | {"HF_HUB_CACHE": str(cache)},  # without a cache it lists no models and says 500
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.url = f"http://127.0.0.1:{port}/v1"
        self.health = f"http://127.0.0.1:{port}/health"
        self.spec = f"openai:{folder}@{self.url}"

    def wait(self):
        for _ in range(STARTING_SECONDS * 5):
            assert self.process.poll() is None, "the server ended while it started"
            try:
                urllib.request.urlopen(self.health, timeout=5).close()
                return self
            except OSError:
                time.sleep(0.2)
        raise AssertionError("the server did not start in time")


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    served = Served(folder, tmp_path_factory.mktemp("cache"))
    try:
        yield served.wait()
    finally:
        served.process.kill()
        served.process.wait()


def test_its_models_are_listed(server):
    assert model_names(server.url, seconds=30) == []  # those of the cache, which is empty


def test_the_text_is_that_of_the_model_and_usage_comes_with_it(server, folder):
    local = LocalModel.open(Source(str(folder)))
    expected = local.generate(QUESTION, max_tokens=40)
    deltas = list(open_model(server.spec).generate_stream(QUESTION, max_tokens=40))
    assert len(deltas) > 5
    assert "".join(delta.content for delta in deltas) == expected.content
    usage = next(delta.token_usage for delta in deltas if delta.token_usage)
    assert (usage.input_tokens, usage.output_tokens) == (expected.token_usage.input_tokens, 40)
    whole = open_model(server.spec).generate(QUESTION, max_tokens=40)
    assert (whole.content, whole.token_usage.output_tokens) == (expected.content, 40)
    local.engine.close()


def test_a_stop_string_ends_the_text(server):
    whole = open_model(server.spec).generate(QUESTION, max_tokens=40).content
    stop = whole[20:23]
    deltas = open_model(server.spec).generate_stream(QUESTION, [stop], max_tokens=40)
    assert "".join(delta.content for delta in deltas) == whole[: whole.index(stop)]


def test_a_server_that_is_killed_in_the_middle_of_a_text_is_noticed_and_sentences_are_quoted(server, tmp_path):
    stream = open_model(server.spec).generate_stream(QUESTION, max_tokens=10_000)
    assert next(delta.content for delta in stream if delta.content)
    server.process.kill()
    with pytest.raises(ModelFailed, match=f"the server {server.url} broke off in the middle of a text"):
        list(stream)
    with Index.create(tmp_path / "index", HashingEncoder()) as index:
        index.update([Note("dropout.md", "Dropout", f"# Dropout\n\n{SENTENCE}", "dropout.md", "markdown")])
        assistant = Assistant.open(index, server.spec, Settings.from_environment())
        answer = assistant.ask("What does dropout set to zero during training?", mode="quick")
    assert answer.text == f"{SENTENCE} [1]"
    assert "nobody answers at" in answer.notice
    assert "quoted instead" in answer.notice
