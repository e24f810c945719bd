"""A language model on this machine, as a smolagents `Model` that agents can trust.

Greedy, so that equal prompts get equal texts. Stop strings are found inside tokens and never shown. Errors reach the
caller. Handles share the weights, the queue and the remembered prefixes; each cancels only what it asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from queue import Empty
from threading import Lock
from typing import Any

from smolagents import ChatMessage, Model
from smolagents.models import ChatMessageStreamDelta, MessageRole, TokenUsage, get_tool_json_schema

from agent.batched_engine import engine_for
from agent.chat_prompt import prompt_ids, turns_of
from agent.errors import ModelFailed, PromptTooLong
from agent.grammar import LONGEST_CALL
from agent.local_engine import Engine, Finished, Request
from agent.local_weights import Source, load_weights
from agent.mended_actions import MendedActions
from agent.settings import LocalModelSettings


class LocalModel(MendedActions, Model):  # type: ignore[misc]  # smolagents is not typed
    """One user's handle on a loaded model; make another one with `share` for every conversation."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(flatten_messages_as_text=True, model_id=str(engine.weights.source))
        self.engine = engine
        self._running: set[Request] = set()
        self._lock = Lock()

    @classmethod
    def open(cls, source: Source, settings: LocalModelSettings | None = None) -> LocalModel:
        """Load the model at `source`.

        Raises:
            ModelUnavailable: It is not there, damaged, no instruct model, or too large.
        """
        settings = settings or LocalModelSettings()
        return cls(engine_for(load_weights(source, settings.bits), settings))

    def share(self) -> LocalModel:
        """A handle for another conversation on the same weights: its own turn in the queue, cancelled on its own."""
        return LocalModel(self.engine)

    @property
    def supports_stop_parameter(self) -> bool:
        return True

    @property
    def reading_speed(self) -> float | None:
        """Tokens of a prompt that are read in a second; None before the first prompt."""
        return self.engine.speed.tokens_a_second

    @property
    def window(self) -> int:
        """Tokens of a prompt and its text together."""
        return self.engine.weights.window

    def generate(
        self,
        messages: Sequence[Any],
        stop_sequences: Sequence[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **options: Any,
    ) -> ChatMessage:
        """The whole text at once; arguments and errors are those of `generate_stream`."""
        deltas = list(self.generate_stream(messages, stop_sequences, response_format, tools_to_call_from, **options))
        return ChatMessage(
            role=MessageRole.ASSISTANT,
            content=self.mended_text("".join(delta.content for delta in deltas), stop_sequences),
            token_usage=deltas[-1].token_usage,
        )

    def generate_stream(
        self,
        messages: Sequence[Any],
        stop_sequences: Sequence[str] | None = None,
        response_format: dict[str, Any] | None = None,
        tools_to_call_from: Sequence[Any] | None = None,
        **options: Any,
    ) -> Iterator[ChatMessageStreamDelta]:
        """The text piece by piece; the last piece is empty and carries the usage. Closing the stream stops the model.

        Args:
            messages: `ChatMessage`s or dictionaries like them.
            stop_sequences: Strings that end the text and are not part of it.
            response_format: Not supported without a grammar.
            tools_to_call_from: smolagents tools, handed to the chat template.
            **options: `max_tokens` (or `max_new_tokens`); `prompt_lookup=False` guesses nothing from the prompt, for
                comparison. Sampling options have no effect.

        Raises:
            PromptTooLong: The prompt does not fit the window.
            GenerationCancelled: `cancel` was called.
            ModelFailed: The model ran out of memory, was silent for too long, or raised.
        """
        if response_format is not None:
            raise ModelFailed("this model cannot follow a response format; ask for the format in the prompt")
        request = self._request(messages, stop_sequences or (), tools_to_call_from or (), options)
        with self._lock:
            self._running.add(request)
        self.engine.submit(request)
        try:
            yield from self._pieces(request)
        finally:
            request.cancelled.set()
            with self._lock:
                self._running.discard(request)

    def cancel(self) -> None:
        """Stop all texts of this handle, also those that wait for their turn."""
        with self._lock:
            for request in self._running:
                request.cancel()

    def _request(
        self, messages: Sequence[Any], stops: Sequence[str], tools: Sequence[Any], options: dict[str, Any]
    ) -> Request:
        weights = self.engine.weights
        described = [get_tool_json_schema(tool) for tool in tools]
        ids = prompt_ids(weights.tokenizer, turns_of(messages), described)
        room = weights.window - len(ids)
        if room < 1:
            raise PromptTooLong(
                f"the prompt has {len(ids):,} tokens and the window of {weights.source} {weights.window:,}; "
                "ask for fewer passages or begin a new conversation"
            )
        wanted = options.get("max_tokens") or options.get("max_new_tokens") or self.engine.settings.new_tokens
        grammars = self.engine.grammars
        processors = grammars.processors(described, stops) if grammars else ()
        if processors and described:
            wanted = min(int(wanted), LONGEST_CALL)
        return Request(
            owner=self,
            ids=tuple(ids),
            new_tokens=min(int(wanted), room),
            stops=tuple(stops),
            lookup=bool(options.get("prompt_lookup", True)),
            processors=processors,
        )

    def _pieces(self, request: Request) -> Iterator[ChatMessageStreamDelta]:
        while not isinstance(piece := self._next_piece(request), Finished):
            yield ChatMessageStreamDelta(content=piece)  # an empty one lets the reader look around
        yield ChatMessageStreamDelta(content="", token_usage=TokenUsage(piece.prompt, piece.generated))

    def _next_piece(self, request: Request) -> str | Finished:
        """What comes next out of the outlet; waiting for the turn of others is not silence."""
        while True:
            try:
                piece = request.outlet.get(timeout=self.engine.settings.silence)
            except Empty:
                if not request.begun.is_set():
                    continue
                raise ModelFailed(
                    f"{self.model_id} gave no token for {self.engine.settings.silence:g} s; choose a smaller model"
                ) from None
            if isinstance(piece, Exception):
                raise piece
            return piece
