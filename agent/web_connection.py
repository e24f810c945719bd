"""Connections to public addresses only, and never for longer than a deadline: the one door to `httpcore`.

A host is looked up once, at the moment of the connection; every address that the look-up gives is judged, and the
connection goes to one of them. There is no second look-up that could give something else, whoever follows a redirect.
TLS checks the certificate against the name. Proxies of the environment are not used: they would look names up again.

The clock, the look-up and the network below are arguments, so that tests run all of this against real servers.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

import httpcore
import httpx

from agent.errors import AddressRefused, WebError, WebOffline
from agent.web_addresses import address_problem, host_problem

Resolve = Callable[[str, int], Sequence[str]]
"""Host and port to IP addresses, in the order in which they are tried; raises `OSError` where there are none."""

Clock = Callable[[], float]
"""Seconds that only grow."""

_CONNECTING: Final = 5.0
"""Seconds for one of several addresses, so that a dead one leaves time for the next."""
_TRIED: Final = 3
"""Addresses of a host that are tried."""


class DeadlinePassed(Exception):
    """The time for the whole fetch is over."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on a clock."""

    clock: Clock
    at: float

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> Deadline:
        return cls(clock, clock() + seconds)

    def left(self, most: float | None = None) -> float:
        """Seconds that are left, at most `most`.

        Raises:
            DeadlinePassed: None are.
        """
        left = self.at - self.clock()
        if left <= 0:
            raise DeadlinePassed
        return left if most is None else min(left, most)


def system_resolve(host: str, port: int) -> list[str]:
    """The addresses of a host by the resolver of this machine, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class PinnedNetwork(httpcore.NetworkBackend):
    """Opens connections for `httpcore`; one object serves one fetch, since it knows its deadline.

    Args:
        deadline: When everything on these connections must be over.
        resolve: The look-up.
        network: What really connects; it is given an address, never a name.
    """

    def __init__(self, deadline: Deadline, resolve: Resolve, network: httpcore.NetworkBackend) -> None:
        self._deadline = deadline
        self._resolve = resolve
        self._network = network

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        problem: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in self._addresses(host, port)[:_TRIED]:
            seconds = self._deadline.left(_CONNECTING)
            try:
                stream = self._network.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
            else:
                return _TimedStream(stream, self._deadline)
        assert problem is not None  # a look-up gives an address or raises
        raise problem

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host, once all of them are found to be public."""
        if problem := host_problem(host):
            raise AddressRefused(f"{host!r} is refused: {problem}")
        try:
            addresses = [host] if _is_literal(host) else self._look_up(host, port)
        except (OSError, UnicodeError) as error:
            raise _look_up_failure(host, error) from error
        if not addresses:
            raise WebError(f"{host!r} has no address; check the spelling")
        for address in addresses:
            if problem := address_problem(address):
                raise AddressRefused(f"{host!r} is refused: {problem}")
        return addresses

    def _look_up(self, host: str, port: int) -> Sequence[str]:
        """What the resolver says before the deadline; one that is later is left alone, since it cannot be stopped."""
        answer: Future[Sequence[str]] = Future()

        def ask() -> None:
            try:
                answer.set_result(self._resolve(host, port))
            except Exception as error:
                answer.set_exception(error)

        threading.Thread(target=ask, name="look-up", daemon=True).start()
        try:
            return answer.result(self._deadline.left())
        except TimeoutError:
            raise DeadlinePassed from None


def _is_literal(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdecimal()


def _look_up_failure(host: str, error: Exception) -> WebError:
    if isinstance(error, socket.gaierror) and error.errno in (socket.EAI_NONAME, socket.EAI_NODATA):
        return WebError(f"there is no host {host!r}; check the spelling, or that this machine is online")
    return WebOffline(f"{host!r} cannot be looked up; {OFFLINE}")


OFFLINE: Final = "this machine seems to be offline: check the connection, or ask without --web"


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every operation ends with the deadline, however slowly the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class PinnedTransport(httpx.BaseTransport):
    """What `httpx.HTTPTransport` does, on a network that is given."""

    def __init__(self, network: httpcore.NetworkBackend, tls: ssl.SSLContext) -> None:
        self._pool = httpcore.ConnectionPool(ssl_context=tls, network_backend=network, max_keepalive_connections=0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        response = self._pool.handle_request(
            httpcore.Request(
                request.method,
                url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        assert isinstance(response.stream, Iterable)
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response.stream))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()
