"""No test reaches beyond this machine, or touches the user's own data."""

import ipaddress
import os
import socket

import pytest

from agent.settings import keep_quiet

keep_quiet()


class OffTheMachine(AssertionError):
    """Something tried to connect to another machine."""


def _stays_here(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = address[0]
    if host in ("localhost", "", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def _no_outside_network(monkeypatch):
    real_connect, real_look_up = socket.socket.connect, socket.getaddrinfo

    def connect(self, address):
        if not _stays_here(address):
            raise OffTheMachine(f"a connection to {address!r}")
        return real_connect(self, address)

    def look_up(host, *rest, **named):
        if host is not None and not _stays_here((host,)) and host != socket.gethostname():
            raise OffTheMachine(f"a look-up of {host!r}")
        return real_look_up(host, *rest, **named)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture(autouse=True)
def _own_data_folder(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("FOOTNOTE_DATA", str(tmp_path_factory.mktemp("data")))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path_factory.mktemp("hub")))
    for name in ("FOOTNOTE_INDEX", "FOOTNOTE_MODEL"):
        monkeypatch.delenv(name, raising=False)
    assert os.environ["FOOTNOTE_DATA"]
