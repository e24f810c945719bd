"""Text from a language model, piece by piece. The model runs in a thread of its own, so that a reader can stop at once.

Closing the iterator ends the reading at once and the writing with its next piece: a model without `generate_stream`
finishes its text unheard.
"""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from smolagents import ChatMessage, Model

HEARTBEAT: Final = 0.1
"""Seconds after which an empty piece is handed out, so that whoever reads can look around."""
_THOUGHT: Final = re.compile(r"<(think|thinking)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_OPENING: Final = re.compile(r"<[a-z]{0,8}\Z", re.IGNORECASE)
_ORPHAN_END: Final = re.compile(r"\A.*</think(?:ing)?>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """What came since the last piece; empty where the model was still at work."""

    text: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0


def stream_text(llm: Model, messages: Sequence[ChatMessage], **options: Any) -> Generator[Piece, None, None]:
    """The pieces of one answer of the model, which gets the options; what the model raises is raised here."""
    pieces: queue.SimpleQueue[Piece | Exception | None] = queue.SimpleQueue()
    unheard = threading.Event()
    threading.Thread(target=_write, args=(llm, list(messages), options, pieces, unheard), daemon=True).start()
    try:
        while True:
            try:
                piece = pieces.get(timeout=HEARTBEAT)
            except queue.Empty:
                piece = Piece()
            if piece is None:
                return
            if isinstance(piece, Exception):
                raise piece
            yield piece
    finally:
        unheard.set()


def _write(
    llm: Model, messages: list[ChatMessage], options: dict[str, Any], pieces: Any, unheard: threading.Event
) -> None:
    """Hand each piece over, then None; an exception in its place."""
    try:
        with closing(_pieces(llm, messages, options)) as written:
            for piece in written:
                if unheard.is_set():
                    return
                pieces.put(piece)
        pieces.put(None)
    except Exception as error:  # a model may raise anything; who reads decides what becomes of it
        pieces.put(error)


def _pieces(llm: Model, messages: list[ChatMessage], options: dict[str, Any]) -> Generator[Piece, None, None]:
    if not hasattr(llm, "generate_stream"):
        yield _piece(llm.generate(messages, **options))
        return
    with closing(llm.generate_stream(messages, **options)) as deltas:
        for delta in deltas:
            yield _piece(delta)


def _piece(said: Any) -> Piece:
    content = said.content
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content)
    usage = said.token_usage
    return Piece(content or "", usage.input_tokens if usage else 0, usage.output_tokens if usage else 0)


def without_thoughts(text: str) -> str:
    """The text without think blocks; one that has not ended yet, or a tag that may open one, hides the rest."""
    return _OPENING.sub("", _ORPHAN_END.sub("", _THOUGHT.sub("", text)))


def message(role: str, text: str) -> ChatMessage:
    """A message for a model; `role` is `system`, `user` or `assistant`."""
    from smolagents.models import ChatMessage, MessageRole

    return ChatMessage(role=MessageRole(role), content=[{"type": "text", "text": text}])


@lru_cache
def instructions(name: str) -> str:
    """The prompt of that name."""
    return (Path(__file__).parent / "instructions" / f"{name}.md").read_text("utf-8").strip()
