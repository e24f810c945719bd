"""The next tokens of several texts in one pass of the model; on a GPU a pass is recorded once and replayed.

A pass of a large model is bound by reading its weights, so 16 rows cost little more than one. Without the recording
(CUDA graphs, https://pytorch.org/blog/accelerating-pytorch-with-cuda-graphs/) the GPU would wait for Python, which
starts some 500 small computations a pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch

from agent.slot_cache import Place, SlotCache

_SHORTEST: Final = 512
"""Tokens that a recording sees at least; the next longer one sees twice as many."""
_CLOSE: Final = 0.99
"""Cosine between the logits of a slot and those of the plain model; another attention gives less than 0.9."""


@dataclass(slots=True)
class _Pass:
    """One recorded pass: its inputs and outputs stand at fixed addresses.

    Attributes:
        tokens: What is read, (b, q); where q is 1, a pass leaves here what the next one reads.
        starts: Places of the first tokens, (b, 1), and `strides` how far they move on: 1, or 0 for a free slot.
        best: The next token after each token, (b, q).
    """

    tokens: torch.Tensor
    starts: torch.Tensor
    strides: torch.Tensor
    best: torch.Tensor
    graph: Any = None


@dataclass(slots=True)
class Ticket:
    """A pass that was begun; `read` waits for it."""

    _best: torch.Tensor
    _done: Any = None

    def read(self) -> list[list[int]]:
        """The best next token after each token of the pass, (b, q)."""
        if self._done is not None:
            self._done.synchronize()
        best: list[list[int]] = self._best.tolist()
        return best


class SlotSteps:
    """Computes for the slots 0 to b - 1 at once.

    Attributes:
        length: Tokens that a text may have.
        recording: Whether passes are recorded; off where the model cannot be.
    """

    def __init__(self, model: Any, slots: int, length: int, guesses: int, like: Any) -> None:
        """Make room; `like` is the state of any text, `guesses` how many tokens may be guessed at once."""
        self._model = model
        self.cache = SlotCache(slots, length + guesses + 1, like)
        self.length = length
        self.recording = model.device.type == "cuda"
        self._passes: dict[tuple[int, int, int], _Pass] = {}
        self._pool: Any = None
        self._last: tuple[_Pass, int, int] | None = None

    def launch(self, tokens: Sequence[Sequence[int]], starts: Sequence[int | None]) -> Ticket:
        """Begin a pass.

        Args:
            tokens: (b, q): the last token of each text, and guesses.
            starts: Where the first of them stands in its text; None for a slot that is free.
        """
        wide = len(tokens[0])
        sees = max(start for start in starts if start is not None) + wide
        length = _SHORTEST if self.recording else sees
        while length < sees:
            length *= 2
        length = min(length, self.cache.length)
        made = self._pass(len(tokens), wide, length)
        made.tokens.copy_(torch.tensor(tokens))
        made.starts.copy_(torch.tensor([[self.length if start is None else start] for start in starts]))
        made.strides.copy_(torch.tensor([[int(start is not None)] for start in starts]))
        return self._run(made, length, sees)

    def again(self) -> Ticket | None:
        """Begin the pass that follows the last one, with the tokens that it brings; None where it must be told them.

        The last pass may still be computed: nothing has to be known of what it brings.
        """
        if self._last is None:
            return None
        made, length, sees = self._last
        return self._run(made, length, sees + 1) if made.tokens.shape[1] == 1 and sees < length else None

    def _run(self, made: _Pass, length: int, sees: int) -> Ticket:
        self._last = made, length, sees
        if made.graph is None:
            self._compute(made, length)
        else:
            made.graph.replay()
        if made.best.device.type != "cuda":
            return Ticket(made.best.clone())
        best = torch.empty(made.best.shape, dtype=torch.long, pin_memory=True)
        best.copy_(made.best, non_blocking=True)
        done: Any = torch.cuda.Event()  # type: ignore[no-untyped-call]
        done.record()
        return Ticket(best, done)

    def agrees(self, slot: int, state: Any, token: int) -> bool:
        """Whether a slot and the plain model see the same after `token`; `state`, which is in the slot, grows by it."""
        start = state.get_seq_length()
        device = self._model.device
        plain = self._model(input_ids=torch.tensor([[token]], device=device), past_key_values=state, use_cache=True)
        rows = [[token]] * (slot + 1)
        starts = torch.tensor([[start if row == slot else self.length] for row in range(slot + 1)], device=device)
        logits = self._logits(torch.tensor(rows, device=device), starts, self.cache.length)
        pair = logits[slot, -1].float(), plain.logits[0, -1].float()
        return float(torch.nn.functional.cosine_similarity(*pair, dim=0)) > _CLOSE

    def _pass(self, count: int, wide: int, length: int) -> _Pass:
        key = (count, wide, length)
        if key not in self._passes:
            shapes = ((count, wide), (count, 1), (count, 1), (count, wide))
            made = _Pass(*(torch.zeros(shape, dtype=torch.long, device=self._model.device) for shape in shapes))
            made.starts.fill_(self.length)
            if self.recording:
                self._record(made, length)
            self._passes[key] = made
        return self._passes[key]

    def _record(self, made: _Pass, length: int) -> None:
        """Record the pass; free slots are the only ones that it writes to meanwhile."""
        torch.cuda.synchronize()
        aside: Any = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(2):  # libraries choose and load their kernels
                self._compute(made, length)
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, pool=self._pool):
                self._compute(made, length)
        except RuntimeError:  # the model asks the GPU for a number, which no recording can hold
            self.recording = False
            return
        self._pool = graph.pool()
        made.graph = graph

    def _compute(self, made: _Pass, length: int) -> None:
        made.best.copy_(self._logits(made.tokens, made.starts, length).argmax(dim=-1))
        if made.tokens.shape[1] == 1:
            made.tokens.copy_(made.best)
            made.starts.add_(made.strides)

    def _logits(self, tokens: torch.Tensor, starts: torch.Tensor, length: int) -> Any:
        count, wide = tokens.shape
        positions = starts + torch.arange(wide, device=tokens.device)
        self.cache.begin(Place(torch.arange(count, device=tokens.device)[:, None], positions, length))
        seen = torch.arange(length, device=tokens.device) <= positions[:, None, :, None]
        made = self._model(
            input_ids=tokens, position_ids=positions, attention_mask=seen, past_key_values=self.cache, use_cache=True
        )
        return made.logits
