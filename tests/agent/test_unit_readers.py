"""Sentences are read from the token states of the index, and encoded only where it keeps none."""

import numpy as np
import pytest

from agent import Assistant, Settings
from agent.evidence import Evidence, Ledger
from agent.unit_readers import StoredReader
from corpus import Note
from retrieval import Index
from tests.fakes import HashingEncoder

TABLE = "| rate | layer |\n|---|---|\n| half | dense |"
TEXT = f"# Dropout\n\nDropout zeroes activations at random. Bananas are yellow.\n\n{TABLE}"
QUESTION = "Which activations does dropout zero?"


class CountingEncoder(HashingEncoder):
    def __init__(self):
        self.passages = []

    def encode_tokens(self, texts, *, query=False):
        self.passages += [] if query else texts
        return super().encode_tokens(texts, query=query)

    def tokens(self, texts):
        before = list(self.passages)
        made = super().tokens(texts)
        self.passages = before
        return made


def make(folder, **options):
    encoder = CountingEncoder()
    index = Index.create(folder / "index", encoder, **options)
    index.update([Note("dropout.md", "Dropout", TEXT, "dropout.md", "markdown")])
    encoder.passages.clear()
    return Assistant.open(index, "extractive", Settings.from_environment({})), encoder


def read(assistant):
    evidence = Ledger().enter_hits(assistant.index.search(QUESTION, 3))
    return evidence, *assistant.extract(QUESTION, evidence)


def test_no_sentence_is_encoded_where_token_states_are_kept(tmp_path):
    assistant, encoder = make(tmp_path)
    with assistant:
        evidence, _, scored = read(assistant)
        assistant.features(QUESTION, evidence, scored)
    assert scored[0].unit.text == "Dropout zeroes activations at random."
    assert encoder.passages == []


def test_sentences_are_encoded_where_no_token_states_are_kept(tmp_path):
    assistant, encoder = make(tmp_path, token_states=False)
    with assistant:
        _, _, scored = read(assistant)
    assert scored[0].unit.text == "Dropout zeroes activations at random."
    assert "Dropout: Bananas are yellow." in encoder.passages


def test_a_unit_has_the_tokens_of_its_words_and_of_what_stands_above_it(tmp_path):
    assistant, _ = make(tmp_path)
    with assistant:
        reader = StoredReader(assistant.index)
        _, units, _ = read(assistant)
        first, row = units[0], units[-1]
        sentence, cells = reader.states([first, row])
        _, projected = assistant.index.query_tokens("dropout zeroes activations random rate layer half dense")
    assert row.text == "| half | dense |"
    near = np.round(projected @ sentence.T, 1).max(axis=1)
    assert near[:4].min() > 0.8  # "dropout" is the title, too
    assert np.round(projected @ cells.T, 1).max(axis=1)[4:].min() > 0.9


@pytest.mark.parametrize("place", [("dropout.md", 1, 5), ("gone.md", 0, 5)])
def test_what_is_no_passage_of_the_index_is_not_known(tmp_path, place):
    assistant, _ = make(tmp_path)
    with assistant:
        note_id, start, end = place
        assert assistant.index.passage_tokens(*place) is None
        odd = Evidence("n1", "note", note_id, "T", "s", (), start, end, "x" * (end - start))
        assert not StoredReader(assistant.index).knows([odd])
        assert not StoredReader(assistant.index).knows([Evidence("w1", "web", "http://a", "T", "s", (), 0, 1, "x")])


def test_tokens_of_another_tokeniser_are_not_taken_for_those_that_were_kept(tmp_path, monkeypatch):
    assistant, encoder = make(tmp_path)
    monkeypatch.setattr(
        encoder, "tokens", lambda texts: HashingEncoder().tokens([text.replace("yellow", "yel low") for text in texts])
    )
    with assistant:
        evidence = Ledger().enter_hits(assistant.index.search(QUESTION, 3))
        assert not StoredReader(assistant.index).knows(evidence)
