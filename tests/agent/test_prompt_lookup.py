"""Guesses from the prompt never change the text, and stop where they do not pay."""

from types import SimpleNamespace

import pytest
import torch

from agent.prompt_lookup import guess_next, write_with_lookup


class Counting:
    """A model that writes what it was told to, and remembers how many tokens it read at once."""

    device = "cpu"
    generation_config = SimpleNamespace(eos_token_id=99)

    def __init__(self, text):
        self._rest = list(text)
        self.read = []

    def __call__(self, input_ids, past_key_values, use_cache):
        guess = input_ids[0, 1:].tolist()
        self.read.append(1 + len(guess))
        best = [*self._rest, 0, 0, 0, 0, 0, 0, 0, 0][: 1 + len(guess)]
        agreed = next((n for n, (g, b) in enumerate(zip(guess, best, strict=False)) if g != b), len(guess))
        del self._rest[: agreed + 1]
        return SimpleNamespace(logits=torch.nn.functional.one_hot(torch.tensor([best]), 100).float())


class State:
    def crop(self, count):
        assert count < 0


def write(model, ids, new_tokens=60):
    return write_with_lookup(model, State(), ids, new_tokens, 8, lambda _: True)[len(ids) :]


COPIED = [*range(30), *range(30)]
MISLEADING = [token for n in range(20) for token in (1, 2, 20 + n)]
"""What followed `1, 2` is guessed each time, and never follows again."""


@pytest.mark.parametrize("text", [COPIED, MISLEADING])
def test_the_text_is_what_the_model_writes(text):
    assert write(Counting(text), [*range(30), 1, 2, 98, 28, 29]) == text


def test_right_guesses_save_passes():
    model = Counting(COPIED)
    write(model, [*range(30), 28, 29])
    assert len(model.read) <= 60 / 4


def test_wrong_guesses_become_rare():
    model = Counting(MISLEADING)
    write(model, [1, 2, 97, 98])
    assert len(model.read) == 60
    assert sum(count > 1 for count in model.read) < 8  # of 20 that are possible


def test_an_end_token_ends_the_text():
    assert write(Counting([5, 6, 99, 7]), [1, 2]) == [5, 6, 99]


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ([1, 2, 3, 4, 9, 2, 3], [4, 9, 2]),
        ([7, 2, 3, 5, 8, 2, 3, 6, 8, 2, 3], [6, 8, 2]),  # three tokens that agree, the last time before
        ([1, 2, 3], []),
    ],
)
def test_a_guess_is_what_followed_the_last_time(text, guess):
    assert guess_next(text, 3) == guess
