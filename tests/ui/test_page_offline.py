"""No request leaves the machine from the server: the command that people use, watched while it is used."""

import subprocess
import sys

import httpx
import pytest

from tests.page_server import QUESTION, ROOT, SENTENCE, TEXTS, free_port, running
from ui.cli import main

WATCHED = """
import sys
from pathlib import Path
from tests.page_server import watch_sockets

watch_sockets(Path(sys.argv[1]))
"""


def test_the_watch_sees_look_ups_and_connections(tmp_path):
    tries = "import socket\nfor reach in (socket.gethostbyname_ex, lambda h: socket.getaddrinfo(h, 1), lambda h: "
    tries += "socket.socket().connect((h, 1))):\n    try: reach('192.0.2.1')\n    except RuntimeError: pass\n"
    code = WATCHED + tries + "socket.getaddrinfo('localhost', 1)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "reached")], cwd=ROOT, check=True)
    reached = (tmp_path / "reached").read_text().splitlines()
    assert reached == [f"socket.{event} 192.0.2.1" for event in ("gethostbyname", "getaddrinfo", "connect")]


@pytest.mark.weights
def test_the_server_reaches_for_nobody_while_it_is_used(tmp_path):
    notes, index, port = tmp_path / "notes", tmp_path / "index", free_port()
    notes.mkdir()
    for name, text in TEXTS.items():
        (notes / name).write_text(f"# {name}\n\n{text}\n")
    assert main(["index", str(notes), "--index", str(index)]) == 0
    code = f"{WATCHED}from ui.cli import main\nsys.exit(main(sys.argv[2:]))"
    command = [sys.executable, "-c", code, str(tmp_path / "reached"), "ui", "--index", str(index), "--port", str(port)]
    asked = {"model": "footnote", "messages": [{"role": "user", "content": QUESTION}]}
    with running(tmp_path, port, command) as page, httpx.Client(base_url=page.url, timeout=60) as client:
        said = client.post("/v1/chat/completions", json=asked).json()["choices"][0]["message"]["content"]
        assert SENTENCE in said
        call = client.post("/gradio_api/call/ask", json={"data": [QUESTION, "agent", []]}).json()
        assert SENTENCE in client.get(f"/gradio_api/call/ask/{call['event_id']}").text
        assert client.get("/").status_code == client.get("/config").status_code == 200
        assert client.get("/gradio_api/file=http://example.org/").status_code == 403
        assert page.reached() == []
