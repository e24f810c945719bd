"""A state that grows in place holds what one that is copied for every token holds."""

import copy

import pytest
import torch
from transformers import DynamicCache, LlamaConfig, MistralConfig

from agent.growing_cache import GrowingLayer, empty_state

CONFIG = LlamaConfig(num_hidden_layers=1)


def states(tokens):
    return torch.randn(1, 2, tokens, 4), torch.randn(1, 2, tokens, 6)


def grow(state, tokens):
    """Both states one step further; what the layer then sees."""
    return state.update(*tokens, 0)


@pytest.mark.parametrize("steps", [[3, 1, 1], [700, 1, 600, 1], [1] * 5])
def test_what_is_seen_is_what_transformers_sees(steps):
    ours, theirs = empty_state(CONFIG), DynamicCache(config=CONFIG)
    for step in steps:
        new = states(step)
        for one, other in zip(grow(ours, new), grow(theirs, new), strict=True):
            assert torch.equal(one, other)
        ours.crop(-1)
        theirs.crop(-1)
        assert ours.get_seq_length() == theirs.get_seq_length()


def test_a_token_more_copies_nothing():
    state = empty_state(CONFIG)
    before = grow(state, states(50))[0].data_ptr()
    assert grow(state, states(1))[0].data_ptr() == before


def test_a_copy_goes_its_own_way():
    state = empty_state(CONFIG)
    held = grow(state, states(5))[0].clone()
    other = copy.deepcopy(state)
    other.crop(-3)
    grow(other, states(3))
    assert torch.equal(state.layers[0].keys, held)


def test_a_window_stays_one_of_transformers():
    windows = MistralConfig(num_hidden_layers=1, sliding_window=4)
    assert not any(isinstance(layer, GrowingLayer) for layer in empty_state(windows).layers)
