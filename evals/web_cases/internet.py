"""A small internet on this machine: hosts with public addresses, whose servers really listen on loopback."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import httpcore

PUBLIC = "93.184.215.14"
"""A public address that the tests give to their hosts; nothing is ever sent to it."""


@dataclass(slots=True)
class Served:
    """What a server answers: a status, headers, and a body or a function that writes to the connection itself."""

    body: bytes | str | Callable[[BaseHTTPRequestHandler], None] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def page(text: str, title: str = "A page") -> Served:
    """A page of HTML around `text`."""
    body = f"<!doctype html><html><head><title>{title}</title></head><body><article>{text}</article></body></html>"
    return Served(body, headers={"Content-Type": "text/html; charset=utf-8"})


def redirect(target: str, status: int = 302) -> Served:
    """An answer that sends the visitor elsewhere."""
    return Served(status=status, headers={"Location": target})


@dataclass(slots=True)
class Request:
    """What a server was asked."""

    host: str
    path: str
    headers: dict[str, str]


class Internet:
    """Hosts by name, each with its pages; use it as a context manager.

    Attributes:
        sites: Host → path → what is served, or a list that is served one after the other, the last one for ever;
            `*` stands for all other paths but robots.txt.
        addresses: Host → what the look-up gives, call by call, the last one for ever; others have the one `PUBLIC`.
        requests: All that was asked, in order.
        looked_up: The hosts that were looked up, in order.
        connected: The addresses that were connected to, in order.
    """

    def __init__(self, sites: dict[str, dict[str, Served | list[Served]]]) -> None:
        self.sites = sites
        self.addresses: dict[str, list[Sequence[str]]] = {}
        self.requests: list[Request] = []
        self.looked_up: list[str] = []
        self.connected: list[tuple[str, int]] = []

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def serve_tls(self, certificate: str, key: str) -> None:
        """Speak TLS from now on."""
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def resolve(self, host: str, port: int) -> Sequence[str]:
        """The look-up of this internet."""
        self.looked_up.append(host)
        if host in self.addresses:
            answers = self.addresses[host]
            return answers.pop(0) if len(answers) > 1 else answers[0]
        if host in self.sites:
            return [PUBLIC]
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    @property
    def network(self) -> httpcore.NetworkBackend:
        """What connects to the addresses of this internet."""
        return _Loopback(self)

    def paths(self, host: str) -> list[str]:
        """What a host was asked for, robots.txt left out."""
        return [one.path for one in self.requests if one.host == host and one.path != "/robots.txt"]

    def answer(self, host: str, path: str) -> Served:
        pages = self.sites.get(host, {})
        served = pages.get(path) or pages.get(path.partition("?")[0])
        if served is None:
            served = Served("nothing here", 404) if path == "/robots.txt" else pages.get("*", Served("nothing", 404))
        if isinstance(served, list):
            return served.pop(0) if len(served) > 1 else served[0]
        return served


class _Loopback(httpcore.SyncBackend):
    """Connects to the one server of the internet, whatever address is asked for, and writes that address down."""

    def __init__(self, internet: Internet) -> None:
        self._internet = internet

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self._internet.connected.append((host, port))
        return super().connect_tcp("127.0.0.1", self._internet.port, timeout, local_address, socket_options)


def _handler_of(internet: Internet) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = re.sub(r":\d+$", "", self.headers.get("Host", ""))
            internet.requests.append(Request(host, self.path, dict(self.headers.items())))
            served = internet.answer(host, self.path)
            if callable(served.body):
                served.body(self)
                return
            body = served.body.encode("utf-8") if isinstance(served.body, str) else served.body
            self.send_response(served.status)
            usual = {"Content-Type": "text/plain", "Content-Length": str(len(body))}
            for name, value in {**usual, **served.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
