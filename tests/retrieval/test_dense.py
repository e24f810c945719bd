"""The nearest embeddings, exact and grouped, with and without a filter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.dense import DenseIndex, write_dense
from retrieval.errors import IndexDamaged

N, D = 3000, 32


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


@pytest.fixture(scope="module")
def vectors():
    random = np.random.default_rng(0)
    centres = random.normal(size=(40, D))
    return unit(centres[random.integers(0, 40, N)] + 0.4 * random.normal(size=(N, D)))


@pytest.fixture(scope="module", params=["exact", "grouped"])
def index(request, vectors, tmp_path_factory):
    path = tmp_path_factory.mktemp("dense") / "dense.faiss"
    write_dense(path, vectors, exact_up_to=N if request.param == "exact" else 0)
    index = DenseIndex(path)
    assert index.exact == (request.param == "exact")
    return index


def brute_force(vectors, query, k, mask):
    scores = vectors.astype(np.float32) @ query
    allowed = np.flatnonzero(mask)
    return allowed[np.lexsort((allowed, -scores[allowed]))][:k]


def test_ten_nearest_are_found(index, vectors):
    everything = np.ones(N, dtype=bool)
    shares = []
    for query in vectors[::100].astype(np.float32):
        found, scores = index.search(query, 10)
        assert scores.tolist() == sorted(scores, reverse=True)
        shares.append(len(set(found) & set(brute_force(vectors, query, 10, everything))) / 10)
    assert np.mean(shares) >= (1.0 if index.exact else 0.95)


@given(st.integers(0, N - 1), st.sampled_from([0, 1, 3, 30, 300, N]), st.sampled_from([1, 10, 200]))
def test_k_come_back_wherever_the_filter_allows_k(index, vectors, place, allowed, k):
    mask = np.zeros(N, dtype=bool)
    mask[np.random.default_rng(place).choice(N, allowed, replace=False)] = True
    found, _ = index.search(vectors[place].astype(np.float32), k, mask)
    assert len(found) == len(set(found.tolist())) == min(k, allowed)
    assert mask[found].all()


@pytest.mark.parametrize("allowed", [3, 30])
def test_a_narrow_filter_is_searched_exactly(index, vectors, allowed):
    mask = np.zeros(N, dtype=bool)
    mask[:: N // allowed] = True
    for query in vectors[7::500].astype(np.float32):
        assert index.search(query, 10, mask)[0].tolist() == brute_force(vectors, query, 10, mask).tolist()


def test_scores_at_are_the_cosines(index, vectors):
    query, places = vectors[5].astype(np.float32), np.array([2999, 5, 0], dtype=np.int64)
    assert np.allclose(index.scores_at(query, places), vectors[places].astype(np.float32) @ query, atol=1e-6)


def test_equal_embeddings_are_ordered_by_position(tmp_path):
    write_dense(tmp_path / "dense.faiss", np.repeat(np.eye(1, D, dtype=np.float16), 20, axis=0))
    positions, _ = DenseIndex(tmp_path / "dense.faiss").search(np.eye(1, D, dtype=np.float32)[0], 20)
    assert positions.tolist() == list(range(20))


def test_an_empty_index_finds_nothing(tmp_path):
    write_dense(tmp_path / "dense.faiss", np.empty((0, D), dtype=np.float16))
    assert DenseIndex(tmp_path / "dense.faiss").search(np.ones(D, dtype=np.float32), 5)[0].tolist() == []


def test_a_file_that_is_no_index_is_named(tmp_path):
    (tmp_path / "dense.faiss").write_bytes(b"not an index")
    with pytest.raises(IndexDamaged, match=r"dense\.faiss cannot be read"):
        DenseIndex(tmp_path / "dense.faiss")
