"""A graph's rows come back in order, whatever the batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import encoder_graph
from retrieval.encoder_graph import EMBEDDING, GraphRunner
from retrieval.encoder_tokens import Tokeniser
from tests.fakes import write_word_tokeniser

WORDS = list("abcdefgh")


class CountingEngine:
    """Counts, for each text of a batch, how often each id occurs; a token's state is its id alone."""

    def __init__(self, batch_tokens):
        self.batch_tokens = batch_tokens
        self.shapes = []

    def run(self, outputs, batches):
        return [[self._one(output, batch) for output in outputs] for batch in batches]

    def _one(self, output, batch):
        self.shapes.append(batch.ids.shape)
        states = np.eye(4 + len(WORDS), dtype=np.float32)[batch.ids] * batch.mask[..., None]
        return states.sum(axis=1) if output == EMBEDDING else states


@pytest.fixture(scope="module")
def tokeniser(tmp_path_factory):
    return Tokeniser(write_word_tokeniser(tmp_path_factory.mktemp("tokeniser") / "tokenizer.json", WORDS), 16)


texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join), min_size=1, max_size=12)


@given(texts, st.integers(1, 64))
def test_each_row_is_that_of_its_text_alone(tokeniser, texts, budget):
    runner = GraphRunner(tokeniser, CountingEngine(budget))
    rows = runner.embed(texts)
    assert rows.dtype == np.float32
    for text, row in zip(texts, rows, strict=True):
        words = text.split()[:14]
        expected = [0, 0, 1, 1, *(words.count(word) for word in WORDS)]
        assert row.tolist() == expected


@given(texts, st.integers(1, 64))
def test_each_token_state_is_that_of_its_token(tokeniser, texts, budget):
    runner = GraphRunner(tokeniser, CountingEngine(budget))
    for text, (tokens, states, embedding) in zip(texts, runner.token_states(texts), strict=True):
        assert embedding.tolist() == states.sum(axis=0).tolist() == runner.embed([text])[0].tolist()
        assert states.shape == (len(text.split()[:14]) + 2, 12)
        assert states.argmax(axis=1).tolist() == tokens.ids.tolist()


def test_the_dimension_is_that_of_the_rows(tokeniser):
    assert GraphRunner(tokeniser, CountingEngine(20)).dimension == 4 + len(WORDS)


def test_batches_keep_to_the_engines_budget(tokeniser):
    engine = CountingEngine(20)
    GraphRunner(tokeniser, engine).embed(["a b c"] * 7 + ["a"])
    assert engine.shapes[1:] == [(4, 5), (4, 5)]


def test_more_texts_than_one_window_are_encoded_window_by_window(tokeniser, monkeypatch):
    monkeypatch.setattr(encoder_graph, "_WINDOW", 3)
    engine = CountingEngine(1000)
    rows = GraphRunner(tokeniser, engine).embed(["a", "b b", "c", "d d d", "e"])
    assert [shape[0] for shape in engine.shapes[1:]] == [3, 2]
    assert rows[:, 4:].argmax(axis=1).tolist() == [0, 1, 2, 3, 4]
