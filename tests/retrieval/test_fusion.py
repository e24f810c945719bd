"""Fused scores are the arithmetic of their papers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fusion import convex_combination, min_max, order, reciprocal_rank_fusion


def array(*values):
    return np.array(values, dtype=np.float32)


def test_reciprocal_rank_fusion_is_the_sum_of_reciprocal_ranks():
    fused = reciprocal_rank_fusion([[7, 3], [3, 5]])
    assert fused == {7: 1 / (60 + 1), 3: 1 / (60 + 2) + 1 / (60 + 1), 5: 1 / (60 + 2)}


def test_the_convex_combination_weighs_normalised_scores():
    fused = convex_combination(array(0.2, 0.6, 1.0), array(10, 0, 5), dense_weight=0.6)
    assert fused == pytest.approx([0.6 * 0 + 0.4 * 1, 0.6 * 0.5 + 0.4 * 0, 0.6 * 1 + 0.4 * 0.5])


def test_lexical_scores_that_are_all_low_are_not_stretched_to_one():
    fused = convex_combination(array(0.2, 0.6, 1.0), array(4, 0, 2), dense_weight=0.6, least=10)
    assert fused == pytest.approx([0.6 * 0 + 0.4 * 0.4, 0.6 * 0.5 + 0.4 * 0, 0.6 * 1 + 0.4 * 0.2])
    assert min_max(array(4, 0, 2), least=3).tolist() == [1, 0, 0.5]


def test_scores_that_are_all_alike_say_nothing():
    assert min_max(array(3, 3)).tolist() == [0, 0]
    assert min_max(array()).tolist() == []


def test_equal_scores_are_ordered_by_position():
    assert order(array(1, 2, 1), np.array([9, 5, 4])).tolist() == [1, 2, 0]


scores = st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=20).map(lambda v: np.array(v, dtype=np.float32))


@given(scores, st.floats(0, 1))
def test_fusion_is_symmetric_and_bounded(values, weight):
    other = values[::-1].copy()
    one = convex_combination(values, other, weight)
    assert np.allclose(one, convex_combination(other, values, 1 - weight), atol=1e-6)
    assert float(one.min()) >= -1e-6
    assert float(one.max()) <= 1 + 1e-6


@given(st.lists(st.permutations(range(6)), min_size=1, max_size=3))
def test_reciprocal_rank_fusion_does_not_depend_on_the_order_of_rankings(rankings):
    forward, backward = reciprocal_rank_fusion(rankings), reciprocal_rank_fusion(rankings[::-1])
    assert forward.keys() == backward.keys()
    assert all(forward[key] == pytest.approx(backward[key]) for key in forward)
