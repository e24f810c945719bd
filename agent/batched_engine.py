"""An engine that writes several texts side by side, one token of each at a pass. It pays on a GPU.

Prompts are read one after the other, a piece between two passes, so that a long one holds nobody up for long.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import torch

from agent.errors import GenerationCancelled
from agent.local_engine import Engine, Finished, Progress, Request
from agent.local_weights import Weights
from agent.prefix_cache import Prefix
from agent.prompt_lookup import agreed_tokens, end_tokens, guess_next
from agent.settings import LocalModelSettings
from agent.slot_cache import bytes_a_token
from agent.slot_steps import SlotSteps, Ticket

_GUESSING: Final = 2
"""Texts up to which tokens are guessed: with more, checking the guesses takes longer than they save."""
_MEMORY_OF_A_CPU: Final = 2**30
"""Bytes for the states of texts where there is no GPU, which is in tests."""


@dataclass(slots=True, eq=False)
class _Text:
    """A text that is being written. `guess` was read with the last token; `new` is what came of it."""

    request: Request
    progress: Progress
    remembered: int
    ids: list[int]
    guess: list[int] = field(default_factory=list)
    new: list[int] = field(default_factory=list)
    over: bool = False

    @property
    def end(self) -> int:
        """Tokens that prompt and text have at most."""
        return len(self.request.ids) + self.request.new_tokens


def can_batch(weights: Weights) -> bool:
    """Whether texts can be written side by side: one device, an attention that takes a mask, and no other states."""
    model = weights.model
    config = model.config.get_text_config()
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    return (
        kinds == {"full_attention"}
        and not getattr(model, "_is_stateful", False)
        and model.config._attn_implementation == "sdpa"
        and len({weight.device for weight in model.parameters()}) == 1
    )


def engine_for(weights: Weights, settings: LocalModelSettings) -> Engine:
    """The engine that is fastest for the model on this machine."""
    on_gpu = weights.model.device.type == "cuda" and settings.side_by_side > 1
    return BatchedEngine(weights, settings) if on_gpu and can_batch(weights) else Engine(weights, settings)


class BatchedEngine(Engine):
    """Texts have slots; what fits none (too long, or with a grammar) is written alone, as `Engine` does it."""

    def __init__(self, weights: Weights, settings: LocalModelSettings) -> None:
        self._texts: list[_Text | None] = [None] * settings.side_by_side
        self._reader: tuple[Request, Generator[None, None, Prefix]] | None = None
        self._steps: SlotSteps | None = None
        self._passes: deque[tuple[list[_Text], Ticket]] = deque()
        self._alone = False
        self._ends = end_tokens(weights.model)
        super().__init__(weights, settings)

    @property
    def busy(self) -> bool:
        return self._current is not None or self._reader is not None or any(self._texts)

    @torch.inference_mode()
    def _work(self) -> None:
        closing = False
        while not closing or self.busy:
            if not closing and (not self.busy or (self._has_room() and self._queue.waiting)):
                request = self._queue.take()
                closing = request is None
                if request is not None and not request.cancelled.is_set():
                    self._begin(request)
            self._read_on()
            self._write_on()

    def _has_room(self) -> bool:
        return self._reader is None and None in self._texts

    def _begin(self, request: Request) -> None:
        longest = self._steps.length if self._steps else self.weights.window
        if self._alone or request.processors or len(request.ids) + request.new_tokens > longest:
            self._serve(request)
            return
        request.begun.set()
        self._reader = request, self._reading(request)

    def _read_on(self) -> None:
        """Read a piece of the prompt; after the last one, the text gets a slot."""
        if self._reader is None:
            return
        request, pieces = self._reader
        self._current = request
        try:
            next(pieces)
        except StopIteration as end:
            self._reader = None
            self._seat(request, end.value)
        except GenerationCancelled:
            self._reader = None
        except Exception as error:
            self._reader = None
            request.outlet.put(self._failure(error, request))
        finally:
            self._current = None

    def _seat(self, request: Request, prefix: Prefix) -> None:
        if not len(prefix.state.layers) or not prefix.state.get_seq_length():
            self._serve(request)  # a prompt of one token: nothing was read that could be copied
            return
        if self._steps is None:
            self._steps = self._make_steps(prefix, request)
        if self._alone or len(request.ids) + request.new_tokens > self._steps.length:
            self.prefixes.put(Prefix(tuple(request.ids[: prefix.state.get_seq_length()]), prefix.state))
            self._serve(request)
            return
        slot = self._texts.index(None)
        self._steps.cache.put(slot, prefix.state)
        self._texts[slot] = _Text(
            request, Progress(request, self.weights.tokenizer), len(prefix.ids), list(request.ids)
        )

    def _make_steps(self, prefix: Prefix, request: Request) -> SlotSteps:
        """Room for the texts; where the model sees something else in a slot than alone, texts are written alone."""
        settings, model = self.settings, self.weights.model
        free = torch.cuda.mem_get_info(model.device)[0] if model.device.type == "cuda" else _MEMORY_OF_A_CPU
        tokens = int(free * settings.slot_memory) // (settings.side_by_side * bytes_a_token(prefix.state))
        length = min(self.weights.window, tokens)
        steps = SlotSteps(model, settings.side_by_side, length, settings.lookup_tokens, prefix.state)
        if prefix.state.get_seq_length() < length:
            steps.cache.put(0, prefix.state)
            self._current = None  # the layers' look-out is for reading
            self._alone = not steps.agrees(0, prefix.state, request.ids[prefix.state.get_seq_length()])
            prefix.state.crop(-1)
        return steps

    def _write_on(self) -> None:
        """Begin the next pass, hand out what the last one brought while the GPU computes, and read the oldest."""
        if self._steps is None:
            return
        try:
            self._drop_cancelled()
            self._launch(self._steps)
            self._pass_on()
            self._collect()
        except Exception as error:
            for lost in filter(None, self._texts):
                lost.request.outlet.put(self._failure(error, lost.request))
            self._texts = [None] * len(self._texts)
            self._passes.clear()

    def _drop_cancelled(self) -> None:
        for slot, text in enumerate(self._texts):
            if text and text.request.cancelled.is_set():
                self._texts[slot] = None

    def _launch(self, steps: SlotSteps) -> None:
        """Begin passes: one that is told its tokens, and one after it that takes them from there."""
        going = [text for text in self._texts if text and not text.over]
        if not self._passes and going:
            self._passes.append((going, self._begin_pass(steps, going)))
        follows = len(self._passes) == 1 and self._passes[0][0] == going
        if follows and not any(self._guess(text, going) for text in going) and (ticket := steps.again()):
            self._passes.append((going, ticket))

    def _begin_pass(self, steps: SlotSteps, going: Sequence[_Text]) -> Ticket:
        for text in going:
            text.guess = self._guess(text, going)
        wide = 1 + (self.settings.lookup_tokens if any(text.guess for text in going) else 0)
        rows: list[list[int]] = []
        starts: list[int | None] = []
        for seated in self._texts[: _rows(self._texts)]:
            on = seated if seated and not seated.over else None
            tokens = [on.ids[-1], *on.guess] if on else [0]
            rows.append(tokens + [tokens[-1]] * (wide - len(tokens)))
            starts.append(len(on.ids) - 1 if on else None)
        return steps.launch(rows, starts)

    def _guess(self, text: _Text, going: Sequence[_Text]) -> list[int]:
        """What may follow the tokens of `text` that are known; nothing where checking it costs more than it saves."""
        if not text.request.lookup or len(going) > _GUESSING:
            return []
        return guess_next(text.ids, min(self.settings.lookup_tokens, text.end - len(text.ids) - 1))

    def _pass_on(self) -> None:
        """Hand out what was read before; a text that a stop string ends is over."""
        for slot, text in enumerate(self._texts):
            if text is None or not text.new:
                continue
            stopped = not text.progress.wants_more(text.new)
            text.new = []
            if stopped or text.over:
                self._finish(slot, text)

    def _collect(self) -> None:
        """Read the oldest pass; what it brought for a text that is over is not part of it."""
        if not self._passes:
            return
        read, ticket = self._passes.popleft()
        best = ticket.read()
        for text in read:
            if text.over or text not in self._texts:
                continue
            text.new = agreed_tokens(text.guess, best[self._texts.index(text)], self._ends)
            text.guess = []
            text.ids.extend(text.new)
            text.over = text.new[-1] in self._ends or len(text.ids) >= text.end

    def _finish(self, slot: int, text: _Text) -> None:
        assert self._steps is not None, "a text that ends was in a slot"
        self._texts[slot] = None
        read = len(text.ids) - 1
        state = self._steps.cache.take(slot, read, self.weights.model.config)
        self.prefixes.put(Prefix(tuple(text.ids[:read]), state))
        text.request.outlet.put(text.progress.text.finish())
        text.request.outlet.put(Finished(len(text.request.ids), text.remembered, len(text.ids) - len(text.request.ids)))


def _rows(texts: list[Any]) -> int:
    """Rows of a pass: up to the last text, in powers of two, so that few passes have to be recorded."""
    last = max(slot for slot, text in enumerate(texts) if text)
    return min(1 << last.bit_length(), len(texts))
