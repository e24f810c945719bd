"""Greedy decoding that guesses the next tokens from the text so far: an answer quotes its passages.

Several guessed tokens are checked in one pass; the accepted ones are those that greedy decoding writes anyway
(prompt lookup decoding, https://github.com/apoorvumang/prompt-lookup-decoding). Transformers 5.23 has the same as
`prompt_lookup_num_tokens`, but feeds the whole prompt again on top of a state that has already read it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import torch

_LONGEST_MATCH, _SHORTEST_MATCH = 3, 2
"""Tokens that must agree before what follows is a guess; one alone is too often followed by something else."""
_LONGEST_PAUSE = 16
"""Tokens that are written one by one at most after guesses that were wrong."""
_WORTH = 2
"""Guessed tokens that must be right: a pass over two to nine tokens costs a CPU more than two passes over one."""


def write_with_lookup(
    model: Any, state: Any, ids: Sequence[int], new_tokens: int, guesses: int, wants_more: Callable[[list[int]], bool]
) -> list[int]:
    """`ids` and what greedy decoding adds to them, at most `new_tokens`.

    Args:
        model: A causal language model of transformers.
        state: Its cache after all of `ids` but the last; it is behind by one token in the end, too.
        ids: The prompt.
        new_tokens: Tokens that are added at most.
        guesses: Tokens that are guessed at once.
        wants_more: Gets the new tokens of each pass, and says whether to go on.
    """
    text, end = list(ids), len(ids) + new_tokens
    ends = end_tokens(model)
    trust = _Trust()
    while len(text) < end:
        guess = guess_next(text, min(guesses, end - len(text) - 1)) if trust.allows() else []
        read = torch.tensor([[text[-1], *guess]], device=model.device)
        best = model(input_ids=read, past_key_values=state, use_cache=True).logits[0].argmax(dim=-1).tolist()
        new = agreed_tokens(guess, best, ends)
        if guess:
            trust.learn(len(new) - 1)
        text.extend(new)
        if unused := len(guess) + 1 - len(new):
            state.crop(-unused)
        if not wants_more(new) or new[-1] in ends:
            break
    return text


def agreed_tokens(guess: Sequence[int], best: Sequence[int], ends: Collection[int]) -> list[int]:
    """The tokens that greedy decoding writes: the guesses up to the first wrong one, then the model's own.

    Args:
        guess: What was read after the last token of the text.
        best: The model's next token after that last token and after each guess.
        ends: Tokens that end a text; nothing follows one of them.
    """
    agreed = next((n for n, (g, b) in enumerate(zip(guess, best, strict=False)) if g != b), len(guess))
    new = list(best[: agreed + 1])
    return next((new[: n + 1] for n, token in enumerate(new) if token in ends), new)


class _Trust:
    """Whether guessing pays: after each guess that did not it pauses twice as long, after one that did not at all."""

    def __init__(self) -> None:
        self._pause = 0
        self._left = 0

    def allows(self) -> bool:
        """Whether the next token may be guessed; counts as one token of a pause."""
        self._left -= 1
        return self._left < 0

    def learn(self, agreed: int) -> None:
        """Take in how many guessed tokens were right."""
        self._pause = 0 if agreed >= _WORTH else min(max(1, 2 * self._pause), _LONGEST_PAUSE)
        self._left = self._pause


def guess_next(text: Sequence[int], count: int) -> list[int]:
    """What followed the last tokens of `text` where they stood together the last time before; often nothing."""
    for length in range(_LONGEST_MATCH, _SHORTEST_MATCH - 1, -1):
        tail = list(text[-length:])
        for start in range(len(text) - length - 1, -1, -1):
            if text[start] == tail[0] and list(text[start : start + length]) == tail:
                return list(text[start + length : start + length + count])
    return []


def end_tokens(model: Any) -> set[int]:
    """The tokens that end a text of `model`."""
    ends = model.generation_config.eos_token_id
    return set(ends) if isinstance(ends, list) else {ends}
