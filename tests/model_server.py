"""A small server on this machine that speaks OpenAI's protocol and does what a test tells it to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class _Handler(BaseHTTPRequestHandler):
    """Answers as its server was told to."""

    server: _Server

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._json(200, {"data": [{"id": "tiny"}]})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(asked)
        words = self.server.words
        usage = {"prompt_tokens": 7, "completion_tokens": len(words), "total_tokens": 7 + len(words)}
        if self.server.status != 200:
            self._json(self.server.status, {"error": {"message": "no such thing"}})
        elif asked.get("stream"):
            self._stream(words, usage)
        else:
            choice = {"index": 0, "message": {"role": "assistant", "content": "".join(words)}}
            self._json(200, {"id": "1", "object": "chat.completion", "choices": [choice], "usage": usage})

    def _json(self, code: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, words: list[str], usage: dict[str, int]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for word in words[: self.server.dies_after]:
            self._event({"choices": [{"index": 0, "delta": {"content": word}}]})
        if self.server.dies_after is None:
            self._event({"choices": [], "usage": usage})
            self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, content: Any) -> None:
        line = json.dumps({"id": "1", "object": "chat.completion.chunk", **content})
        self.wfile.write(f"data: {line}\n\n".encode())


class _Server(ThreadingHTTPServer):
    words: list[str]
    dies_after: int | None
    status: int
    requests: list[dict[str, Any]]


@contextmanager
def model_server(words: list[str], *, dies_after: int | None = None, status: int = 200) -> Iterator[tuple[str, list]]:
    """The URL of a server that writes `words`, and the requests that it got.

    With `dies_after` it closes the connection after so many words; with another status it answers with that error.
    """
    server = _Server(("127.0.0.1", 0), _Handler)
    server.words, server.dies_after, server.status, server.requests = words, dies_after, status, []
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", server.requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
