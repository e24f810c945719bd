"""Token states: what is kept of them, and how they are compared."""

import numpy as np
import pytest

from corpus import Note
from retrieval import Index, SearchSettings
from retrieval.encoder import EncodedText
from retrieval.late_interaction import (
    DIRECTIONS,
    LateInteraction,
    TokenArrays,
    compress,
    content_tokens,
    fit_projection,
    sample_texts,
    write_tokens,
)
from tests.fakes import HashingEncoder

IDENTITY = np.eye(4, dtype=np.float32)


def encoded(text, states, words=None):
    spans = [(at, at + 1) for at in range(len(text))]
    return EncodedText(
        np.ones(4, dtype=np.float32),
        np.array(states, dtype=np.float32),
        np.array(range(len(text)) if words is None else words, dtype=np.int32),
        np.array(spans, dtype=np.int32),
    )


def rarity(term):
    return {"x": 3.0, "y": 1.0}[term]


def test_stop_words_punctuation_and_special_tokens_do_not_count():
    text = "the Loss, why"
    places, words = content_tokens(
        EncodedText(
            np.ones(4),
            np.eye(6, 4),
            np.array([-1, 0, 1, 1, 2, 3], dtype=np.int32),
            np.array([[0, 0], [0, 3], [4, 6], [6, 8], [8, 9], [10, 13]], dtype=np.int32),
        ),
        text,
    )
    assert places.tolist() == [2, 3]
    assert words == ["loss", "loss"]


def test_a_score_is_the_mean_of_the_largest_cosines_weighted_by_rarity():
    codes = np.array([[127, 0, 0, 0], [0, 127, 0, 0], [76, 101, 0, 0]], dtype=np.int8)
    late = LateInteraction(TokenArrays(IDENTITY, np.array([0, 2, 2, 3]), codes))
    query = late.prepare(encoded("xy", [[1, 0, 0, 0], [0, 0, 1, 0]]), "xy", rarity)
    assert query.weights.tolist() == [3 / 4, 1 / 4]
    scores = late.scores(query, np.array([2, 1, 0]))
    assert scores == pytest.approx([3 / 4 * 76 / 127 + 1 / 4 * 0, 0, 3 / 4 * 1 + 1 / 4 * 0], abs=1e-6)


def test_a_query_without_words_that_count_scores_nothing():
    late = LateInteraction(TokenArrays(IDENTITY, np.array([0, 1]), np.array([[127, 0, 0, 0]], dtype=np.int8)))
    assert late.scores(late.prepare(encoded("?", [[1, 0, 0, 0]]), "?", rarity), np.array([0])).tolist() == [0]


def test_what_is_kept_of_a_state_has_nearly_the_same_cosines():
    encoder = HashingEncoder()
    projection = fit_projection(encoder.encode_tokens(sample_texts()))
    assert projection.shape == (encoder.dimension, DIRECTIONS)
    text = "gradients attention regularisation transformer"
    (own,) = encoder.encode_tokens([text])
    kept = compress(own, text, projection).astype(np.float32) / 127
    assert np.abs(kept @ kept.T - own.states @ own.states.T).max() < 0.15


def test_states_are_written_where_their_chunks_are(tmp_path):
    first, second = np.full((2, 4), 1, dtype=np.int8), np.full((1, 4), 2, dtype=np.int8)
    write_tokens(
        tmp_path / "tokens", IDENTITY, np.array([2, 0, 1, 2]), [([2], second), ([0, 3], first), ([1], first[:0])]
    )
    late = LateInteraction.load(tmp_path / "tokens")
    assert late._arrays.codes[:, 0].tolist() == [1, 1, 2, 1, 1]
    assert LateInteraction.load(tmp_path / "nothing") is None


NOTES = [
    Note("order", "N", "warmup steps come first, the learning rate decays later in one cosine", "s"),
    Note("mixed", "N", "cosine similarity and learning, and one steep rate of decay", "s"),
    Note("other", "N", "tokenisers split rare words", "s"),
]


def test_an_index_reranks_with_the_states_of_its_own_encoder(tmp_path):
    with Index.create(tmp_path / "index", HashingEncoder()) as index:
        index.update(NOTES)
    scores = {}
    for weight in (0.0, 0.5):
        with Index.open(tmp_path / "index", HashingEncoder(), settings=SearchSettings(late_weight=weight)) as index:
            scores[weight] = {hit.chunk.note_id: hit.score for hit in index.search("learning rates decay")}
    late = {name: 2 * scores[0.5][name] - scores[0.0][name] for name in scores[0.0]}
    assert late["order"] > 0.7  # each word of the query has its like
    assert 0 <= late["other"] < 0.5


def test_candidates_beyond_the_reranked_ones_stay_behind_them(tmp_path):
    with Index.create(tmp_path / "index", HashingEncoder()) as index:
        index.update(NOTES)
    plain = SearchSettings(late_weight=0)
    with Index.open(tmp_path / "index", HashingEncoder(), settings=plain) as index:
        before = [hit.chunk.note_id for hit in index.search("learning rates decay")]
    one = SearchSettings(reranked=1, late_weight=0.9)
    with Index.open(tmp_path / "index", HashingEncoder(), settings=one) as index:
        assert [hit.chunk.note_id for hit in index.search("learning rates decay")] == before


def test_an_index_can_do_without_token_states(tmp_path):
    with Index.create(tmp_path / "index", HashingEncoder(), token_states=False) as index:
        index.update(NOTES)
        assert index.search("learning rates decay")[0].chunk.note_id in ("order", "mixed")
    assert not list((tmp_path / "index").rglob("codes.npy"))


def test_an_index_that_grows_too_large_drops_its_token_states(tmp_path, monkeypatch):
    monkeypatch.setattr("retrieval.updating.TOKEN_STATES_UP_TO", 2)
    with Index.create(tmp_path / "index", HashingEncoder()) as index:
        index.update(NOTES[:2])
        assert list((tmp_path / "index").rglob("codes.npy"))
        index.update(NOTES)
        assert not list((tmp_path / "index").rglob("codes.npy"))
        index.update(NOTES[1:])
        assert list((tmp_path / "index").rglob("codes.npy"))
        assert index.search("rare words")[0].chunk.note_id == "other"
