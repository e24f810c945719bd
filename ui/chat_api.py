"""`POST /v1/chat/completions` and `GET /v1/models`, as programs for OpenAI's API know them.

The last message is the question, the messages before it are the conversation. Only verified sentences are sent. What
OpenAI's form has no place for, the citations, stands in `footnotes`: in the message, or in the last piece of a stream.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import secrets
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from agent import Assistant, Conversation
from agent.answer import Answer
from agent.errors import AgentError, InvalidQuestion
from agent.events import AnswerReady, Event, TextDelta
from retrieval.errors import RetrievalError

DEFAULT_MODEL = "footnote"
"""The name that stands for whatever model the page was opened with."""
_LONGEST_REQUEST = 2**20
"""Bytes; a conversation of 20 long turns has a tenth of it."""
_AT_ONCE, _WAITING = 4, 100
"""Requests that are answered side by side, and that may wait."""


class Refused(Exception):
    """A request that cannot be answered, in the words of OpenAI's API."""

    def __init__(self, status: int, message: str, kind: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"error": {"message": message, "type": kind, "param": param, "code": code}}


class OpenAssistants(Protocol):
    """The assistants whose models are loaded."""

    def usual(self) -> Assistant:
        """The one that answers unless somebody chooses another."""

    def opened(self) -> Mapping[str, Assistant]:
        """All of them, by the specs of their models."""


def chat_routes(assistants: OpenAssistants) -> list[Any]:
    """The two routes, for a Starlette application."""
    from starlette.routing import Route

    api = _ChatApi(assistants)
    return [
        Route("/v1/chat/completions", api.complete, methods=["POST"]),
        Route("/v1/models", api.list_models, methods=["GET"]),
        Route("/v1/models/{name:path}", api.show_model, methods=["GET"]),
    ]


class _ChatApi:
    def __init__(self, assistants: OpenAssistants) -> None:
        self._assistants = assistants
        self._started = int(time.time())
        self._places = _Places(_AT_ONCE, _WAITING)

    async def complete(self, request: Any) -> Any:
        from starlette.responses import JSONResponse, StreamingResponse

        try:
            body = await _body(request)
            conversation, question = self._conversation(body)
            cancel = threading.Event()
            events = _checked(conversation, question, cancel)
            self._places.refuse_when_full()
        except Refused as refusal:
            return JSONResponse(refusal.error, refusal.status)
        shape = _Shape(body["model"])
        if body.get("stream"):
            usage = bool((body.get("stream_options") or {}).get("include_usage"))
            pieces = self._pieces(events, shape, cancel, usage)
            return StreamingResponse(pieces, media_type="text/event-stream", headers={"cache-control": "no-store"})
        return await self._whole(events, shape)

    async def list_models(self, _request: Any) -> Any:
        from starlette.responses import JSONResponse

        return JSONResponse({"object": "list", "data": [self._model(name) for name in self._models()]})

    async def show_model(self, request: Any) -> Any:
        from starlette.responses import JSONResponse

        name = request.path_params["name"]
        if name not in self._models():
            refusal = self._unknown(name)
            return JSONResponse(refusal.error, refusal.status)
        return JSONResponse(self._model(name))

    def _models(self) -> dict[str, Assistant]:
        return {DEFAULT_MODEL: self._assistants.usual(), **self._assistants.opened()}

    def _model(self, name: str) -> dict[str, Any]:
        return {"id": name, "object": "model", "created": self._started, "owned_by": "footnote"}

    def _unknown(self, name: Any) -> Refused:
        known = ", ".join(self._models())
        message = f"there is no model {name!r} here; these are open: {known}"
        return Refused(404, message, "invalid_request_error", "model", "model_not_found")

    def _conversation(self, body: Mapping[str, Any]) -> tuple[Conversation, str]:
        name = body.get("model")
        assistant = self._models().get(name) if isinstance(name, str) else None
        if assistant is None:
            raise self._unknown(name)
        if body.get("n") not in (None, 1):
            raise _invalid("there is one answer to a question; leave `n` out", "n")
        *earlier, last = _messages(body.get("messages"))
        if last[0] != "user":
            raise _invalid("the last message must be the user's", "messages")
        turns = _turns(earlier, assistant.model)
        return Conversation(assistant, turns, len(turns)), last[1]

    async def _whole(self, events: Iterator[Event], shape: _Shape) -> Any:
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import JSONResponse

        try:
            async with self._places.one():
                answer = await run_in_threadpool(_last_answer, events)
        except (AgentError, RetrievalError, ValueError) as error:
            refusal = _failed(error)
            return JSONResponse(refusal.error, refusal.status)
        return JSONResponse(shape.whole(answer))

    async def _pieces(
        self, events: Iterator[Event], shape: _Shape, cancel: threading.Event, usage: bool
    ) -> AsyncIterator[str]:
        """The stream; whoever hangs up ends the work, too."""
        from starlette.concurrency import iterate_in_threadpool

        yield _line(shape.piece({"role": "assistant", "content": ""}))
        said = ""
        try:
            async with self._places.one():
                async for event in iterate_in_threadpool(events):
                    if isinstance(event, TextDelta):
                        said += event.text
                        yield _line(shape.piece({"content": event.text}))
                    elif isinstance(event, AnswerReady):
                        for piece in shape.end(event.answer, said, usage):
                            yield _line(piece)
        except (AgentError, RetrievalError, ValueError) as error:
            yield _line(_failed(error).error)
        finally:
            cancel.set()
        yield "data: [DONE]\n\n"


class _Shape:
    """The fields that are the same in every piece of one answer."""

    def __init__(self, model: str) -> None:
        self._head = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": model}

    def whole(self, answer: Answer) -> dict[str, Any]:
        message = {"role": "assistant", "content": answer.text, "refusal": None, **_extras(answer)}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": _usage(answer)}

    def piece(self, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice]}

    def end(self, answer: Answer, said: str, usage: bool) -> Iterator[dict[str, Any]]:
        """What is left to say, the end with the citations, and what it took."""
        if answer.text.startswith(said) and (rest := answer.text[len(said) :]):
            yield self.piece({"content": rest})
        yield self.piece(_extras(answer), "stop")
        if usage:
            yield {**self._head, "object": "chat.completion.chunk", "choices": [], "usage": _usage(answer)}


class _Places:
    """Places for requests that are answered, and a queue of bounded length before them."""

    def __init__(self, places: int, waiting: int) -> None:
        self._places = asyncio.Semaphore(places)
        self._waiting = 0
        self._most = waiting

    def refuse_when_full(self) -> None:
        """Nothing, where one more may wait.

        Raises:
            Refused: Too many wait already.
        """
        if self._waiting >= self._most:
            message = f"{self._waiting} questions wait already; ask again soon"
            raise Refused(429, message, "rate_limit_error", code="busy")

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A place, as soon as one is free."""
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()


async def _body(request: Any) -> dict[str, Any]:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > _LONGEST_REQUEST:
            raise Refused(413, f"the request is longer than {_LONGEST_REQUEST:,} bytes", "invalid_request_error")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise _invalid("the body is not JSON", None) from None
    if not isinstance(body, dict):
        raise _invalid("the body is not a JSON object", None)
    return body


def _messages(messages: Any) -> list[tuple[str, str]]:
    """Roles and texts of the messages of user and assistant, in order; others set no tone here."""
    if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
        raise _invalid("`messages` must be a list of objects", "messages")
    kept = [(one["role"], _text(one.get("content"))) for one in messages if one.get("role") in ("user", "assistant")]
    if not kept:
        raise _invalid("`messages` has no message of the user", "messages")
    return kept


def _text(content: Any) -> str:
    """The text of a message; of one in parts, those that are text."""
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text")
        return "\n".join(part for part in parts if isinstance(part, str))
    if not isinstance(content, str):
        raise _invalid("the content of a message must be text", "messages")
    return content


def _turns(messages: Sequence[tuple[str, str]], model: str) -> list[Answer]:
    """Questions with the answers that follow them; a question without one counts as asked."""
    turns: list[Answer] = []
    for role, text in messages:
        if role == "user":
            turns.append(Answer(text, "", False, model, "quick"))
        elif turns:
            turns[-1] = dataclasses.replace(turns[-1], text=text)
    return turns


def _checked(conversation: Conversation, question: str, cancel: threading.Event) -> Iterator[Event]:
    from agent.assistant import checked_question

    try:
        return conversation.stream(checked_question(question), cancel=cancel)
    except InvalidQuestion as error:
        raise _invalid(str(error), "messages") from error


def _last_answer(events: Iterator[Event]) -> Answer:
    for event in events:
        if isinstance(event, AnswerReady):
            return event.answer
    raise AssertionError("a stream ends with its answer")


def _extras(answer: Answer) -> dict[str, Any]:
    """What OpenAI's form has no place for."""
    extras: dict[str, Any] = {
        "footnotes": [dataclasses.asdict(citation) for citation in answer.citations],
        "refused": answer.refused,
    }
    return {**extras, "notice": answer.notice} if answer.notice else extras


def _usage(answer: Answer) -> dict[str, int]:
    """Tokens of the model; none where nothing but quotes was written."""
    read, written = answer.usage.get("prompt_tokens", 0), answer.usage.get("completion_tokens", 0)
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _invalid(message: str, param: str | None) -> Refused:
    return Refused(400, message, "invalid_request_error", param)


def _failed(error: Exception) -> Refused:
    return Refused(500, str(error), "server_error", code=type(error).__name__)


def _line(piece: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(piece, ensure_ascii=False)}\n\n"
