"""A small Hugging Face hub on this machine: enough of its protocol for `huggingface_hub` to get models from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the hub has, and how it misbehaves.

    Attributes:
        files: Name → content of each file of its one model; `*.safetensors` are large files.
        name: Id of the model.
        cut_after: Bytes of a large file after which the connection breaks, once.
        altered: Names of files that arrive with another first byte.
        status: Of the answer about the model.
        code: The hub's own word for an error.
        asked: Method, path and range of each request.
    """

    files: dict[str, bytes]
    name: str = "org/tiny"
    cut_after: int | None = None
    altered: set[str] = field(default_factory=set)
    status: int = 200
    code: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""

    def described(self, name: str) -> dict[str, Any]:
        """The file as the hub lists it."""
        content = self.files[name]
        git_id = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        told: dict[str, Any] = {"size": len(content), "blobId": git_id, "oid": git_id}
        if name.endswith(".safetensors"):
            told["lfs"] = {"size": len(content), "sha256": sha256(content), "oid": sha256(content), "pointerSize": 134}
        return told


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        hub = self.server.hub
        path = self.path.partition("?")[0]
        hub.asked.append((self.command, path, self.headers.get("Range", "")))
        if hub.status != 200:
            self._json(hub.status, {"error": "refused"})
        elif path.startswith(f"/api/models/{hub.name}/tree/"):
            self._json(200, [{"type": "file", "path": name, **hub.described(name)} for name in hub.files])
        elif path.startswith(f"/api/models/{hub.name}"):
            siblings = [{"rfilename": name, **hub.described(name)} for name in hub.files]
            self._json(200, {"id": hub.name, "sha": COMMIT, "siblings": siblings})
        elif path.startswith(f"/{hub.name}/resolve/") and path.rpartition("/")[2] in hub.files:
            self._file(path.rpartition("/")[2], body=body)
        else:
            hub.code = "RepoNotFound"
            self._json(404, {"error": "not found"})

    def _json(self, status: int, content: Any) -> None:
        told = json.dumps(content).encode()
        self.send_response(status)
        if self.server.hub.code:
            self.send_header("X-Error-Code", self.server.hub.code)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def _file(self, name: str, *, body: bool) -> None:
        hub, told = self.server.hub, self.server.hub.described(name)
        content = hub.files[name]
        if name in hub.altered:
            content = bytes([content[0] ^ 1]) + content[1:]
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        self.send_response(206 if start else 200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{told.get("lfs", {}).get("sha256") or told["blobId"]}"')
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if body and hub.cut_after is not None and name.endswith(".safetensors"):
            self.wfile.write(content[start : hub.cut_after])
            self.close_connection = True
        elif body:
            self.wfile.write(content[start:])


class _Server(ThreadingHTTPServer):
    hub: Hub


@contextmanager
def hub_server(hub: Hub) -> Iterator[Hub]:
    """The hub, with its `url`, while it runs."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.hub = hub
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
