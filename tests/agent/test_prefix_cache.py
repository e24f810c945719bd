"""Remembered prefixes are cropped to what is shared, copied where they are somebody else's, and bounded in memory."""

import pytest
import torch
from transformers import LlamaConfig

from agent.growing_cache import empty_state
from agent.prefix_cache import Prefix, PrefixCache, common_length

BYTES_A_TOKEN = 2 * 4 * 4  # keys and values, 4 numbers of 4 bytes


def prefix(ids):
    state = empty_state(LlamaConfig(num_hidden_layers=1))
    numbers = torch.tensor(ids, dtype=torch.float32).reshape(1, 1, -1, 1).expand(1, 1, len(ids), 4).clone()
    state.update(numbers, numbers.clone(), 0)
    return Prefix(tuple(ids), state)


def remembered(found):
    return found.state.layers[0].keys[0, 0, :, 0].int().tolist()


def test_the_longest_common_beginning_is_handed_out_cropped():
    cache = PrefixCache(10**6)
    cache.put(prefix(range(40)))
    cache.put(prefix(range(100, 140)))
    found = cache.take([*range(30), 999, 1000])
    assert list(found.ids) == list(range(30)) == remembered(found)
    assert len(cache) == 1


def test_at_least_one_token_is_left_to_read():
    cache = PrefixCache(10**6)
    cache.put(prefix(range(40)))
    assert len(cache.take(list(range(40))).ids) == 39


def test_a_prefix_that_shares_less_than_half_stays_for_its_owner():
    cache = PrefixCache(10**6)
    cache.put(prefix(range(100)))
    assert len(cache.take([*range(20), 777, 778]).ids) == 20
    assert len(cache.take([*range(100), 5]).ids) == 100


def test_few_shared_tokens_are_not_worth_a_copy():
    cache = PrefixCache(10**6)
    cache.put(prefix(range(40)))
    assert cache.take([0, 1, 2, 3, 50]) is None


def test_the_prefix_that_was_used_longest_ago_goes_first():
    entry = prefix(range(40)).nbytes
    cache = PrefixCache(2 * entry)
    for start in (0, 1000, 2000):
        cache.put(prefix(range(start, start + 40)))
    assert cache.nbytes == 2 * entry >= 2 * 40 * BYTES_A_TOKEN
    assert cache.take([*range(40), 7]) is None
    assert cache.take([*range(1000, 1040), 7]) is not None


@pytest.mark.parametrize(("a", "b", "length"), [([], [1], 0), ([1, 2], [1, 2], 2), ([1, 2], [1, 3], 1), ([2], [1], 0)])
def test_common_length(a, b, length):
    assert common_length(a, b) == length
