"""One loaded model and the thread that generates with it: one text at a time, its users in turn.

A text can be cancelled at any moment. Between two tokens a stopping criterion looks; while a long prompt is read, or a
large model computes one token, every layer of the model looks before it starts.
"""

from __future__ import annotations

from collections.abc import Generator, Hashable, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event, Thread, current_thread
from typing import Any, Final
from weakref import WeakSet, finalize

import torch
from transformers import StoppingCriteria

from agent.errors import GenerationCancelled, ModelFailed, first_line
from agent.fair_queue import FairQueue
from agent.grammar import Grammars, grammar_is_there
from agent.growing_cache import empty_state
from agent.local_weights import Weights, is_memory
from agent.prefix_cache import Prefix, PrefixCache
from agent.prompt_lookup import write_with_lookup
from agent.settings import LocalModelSettings
from agent.visible_text import VisibleText
from agent.writing_time import ReadingSpeed


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a text: tokens of the prompt, how many of them were remembered, and tokens that were generated."""

    prompt: int
    remembered: int
    generated: int


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Request:
    """One text that is wanted. `outlet` gets its pieces (empty ones as signs of life), then `Finished` or an error."""

    owner: Hashable
    ids: Sequence[int]
    new_tokens: int
    stops: Sequence[str] = ()
    lookup: bool = False
    processors: Sequence[Any] = ()
    outlet: SimpleQueue[str | Finished | Exception] = field(default_factory=SimpleQueue)
    cancelled: Event = field(default_factory=Event)
    begun: Event = field(default_factory=Event)

    def cancel(self) -> None:
        """Stop the text, or do not begin it; whoever reads the outlet learns of it at once."""
        self.cancelled.set()
        self.outlet.put(GenerationCancelled("the text was cancelled"))


class Engine:
    """Generates greedily, with the prefixes of earlier prompts at hand."""

    def __init__(self, weights: Weights, settings: LocalModelSettings) -> None:
        self.weights = weights
        self.settings = settings
        self.prefixes = PrefixCache(settings.prefix_bytes)
        self.speed = ReadingSpeed()
        wanted = settings.grammar and grammar_is_there()
        self.grammars = Grammars(weights.tokenizer, weights.model) if wanted else None
        self._stateful = bool(getattr(weights.model, "_is_stateful", False))
        self._queue: FairQueue[Request | None] = FairQueue()
        self._current: Request | None = None
        self._watch_layers()
        self._unfinished: WeakSet[Request] = WeakSet()
        thread = Thread(target=self._work, name="footnote-model", daemon=True)
        thread.start()
        finalize(self, _leave, thread, self._queue, self._unfinished)

    def submit(self, request: Request) -> None:
        """Queue `request`; its pieces come through its outlet."""
        self._unfinished.add(request)
        self._queue.put(request.owner, request)

    @property
    def busy(self) -> bool:
        """Whether a text is being written."""
        return self._current is not None

    def close(self) -> None:
        """End the thread once what is queued before is done."""
        self._queue.put(self, None)

    def _work(self) -> None:
        while (request := self._queue.take()) is not None:
            if request.cancelled.is_set():
                continue
            self._serve(request)

    def _serve(self, request: Request) -> None:
        """Write the whole text of `request`."""
        self._current = request
        request.begun.set()
        try:
            request.outlet.put(self._generate(request))
        except GenerationCancelled:
            pass  # its outlet was told by whoever cancelled
        except Exception as error:
            request.outlet.put(self._failure(error, request))
        finally:
            self._current = None

    @torch.inference_mode()
    def _generate(self, request: Request) -> Finished:
        prefix = None if self._stateful else _end_of(self._reading(request))
        progress = Progress(request, self.weights.tokenizer)
        written = self._write(request, prefix, progress)
        if request.cancelled.is_set():
            raise GenerationCancelled("the text was cancelled")
        if prefix:
            self.prefixes.put(Prefix(tuple(written[: prefix.state.get_seq_length()]), prefix.state))
        request.outlet.put(progress.text.finish())
        return Finished(len(request.ids), len(prefix.ids) if prefix else 0, len(written) - len(request.ids))

    def _write(self, request: Request, prefix: Prefix | None, progress: Progress) -> list[int]:
        """The ids of the prompt and of the text."""
        model = self.weights.model
        if request.lookup and prefix and prefix.can_go_back and not request.processors:
            guesses = self.settings.lookup_tokens
            return write_with_lookup(model, prefix.state, request.ids, request.new_tokens, guesses, progress.wants_more)
        ids = torch.tensor([list(request.ids)], device=model.device)
        written = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=request.new_tokens,
            stopping_criteria=[progress],
            logits_processor=list(request.processors),
            **({"past_key_values": prefix.state} if prefix else {}),
        )
        return [int(token) for token in written[0].tolist()]

    def _reading(self, request: Request) -> Generator[None, None, Prefix]:
        """Reads all tokens but the last, piece by piece; returns the state, whose `ids` are those remembered before."""
        model = self.weights.model
        known = self.prefixes.take(request.ids) or Prefix((), empty_state(model.config))
        start, end = len(known.ids), len(request.ids) - 1
        while start < end:
            chunk = list(request.ids[start : min(start + self.speed.piece, end)])
            start += len(chunk)
            read = torch.tensor([chunk], device=model.device)
            with self.speed.reading(len(chunk)):
                model.base_model(input_ids=read, past_key_values=known.state, use_cache=True)
            request.outlet.put("")
            yield
        return known

    def _watch_layers(self) -> None:
        """Let every layer look whether its text is still wanted."""
        names = set(getattr(self.weights.model, "_no_split_modules", None) or ())
        for module in self.weights.model.modules():
            if type(module).__name__ in names:
                module.register_forward_pre_hook(self._look)

    def _look(self, *_: Any) -> None:
        if self._current is not None and self._current.cancelled.is_set():
            raise GenerationCancelled("the text was cancelled")

    def _failure(self, error: Exception, request: Request) -> ModelFailed:
        """The error for the reader of the outlet; memory is freed where it ran out."""
        name = self.weights.source
        if is_memory(error):
            self.prefixes.clear()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            failed = ModelFailed(
                f"{name} ran out of memory at a prompt of {len(request.ids):,} tokens; choose a smaller model"
            )
        else:
            failed = ModelFailed(f"{name} failed while generating: {type(error).__name__}: {first_line(error)}")
        failed.__cause__ = error
        return failed


class Progress(StoppingCriteria):
    """Sees every token, passes its text on, and says when to stop."""

    def __init__(self, request: Request, tokenizer: Any) -> None:
        self._request = request
        self._seen = len(request.ids)
        self.text = VisibleText(lambda ids: str(tokenizer.decode(ids, skip_special_tokens=True)), request.stops)

    def wants_more(self, new: list[int]) -> bool:
        """Pass the tokens on; returns whether the text goes on after them."""
        self._seen += len(new)
        self._request.outlet.put(self.text.push(new))
        return not (self.text.stopped or self._request.cancelled.is_set())

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        done = not self.wants_more(input_ids[0, self._seen :].tolist())
        return torch.full((input_ids.shape[0],), done, device=input_ids.device, dtype=torch.bool)


def _end_of(steps: Generator[None, None, Prefix]) -> Prefix:
    """What `steps` returns once all are done."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            prefix: Prefix = end.value
            return prefix


_LEAVING_SECONDS: Final = 5.0
"""What the end of the program waits for a layer of a model that was being computed."""


def _leave(thread: Thread, queued: FairQueue[Request | None], unfinished: WeakSet[Request]) -> None:
    """End the thread with the program: one that is cut off inside PyTorch aborts the whole process."""
    for request in list(unfinished):
        request.cancel()
    queued.put(thread, None)
    if thread is not current_thread():
        thread.join(_LEAVING_SECONDS)
