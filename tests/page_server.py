"""The real page over three small notes, in a process of its own, without weights; it tells who it tried to reach.

python -m tests.page_server FOLDER PORT [--auth FILE] [--mcp]
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXTS = {
    "mobilenet.md": "MobileNet has 28 layers when depthwise and pointwise layers are counted separately.\n\n"
    "MobileNet was made for phones.",
    "dropout.md": "Dropout sets a random share of the activations to zero while training.",
    "attention.md": "Attention scores are divided by the square root of the key width, because large dot products "
    "would push the softmax into a region with tiny gradients.",
}
QUESTION = "How many layers does MobileNet have?"
SENTENCE = "MobileNet has 28 layers when depthwise and pointwise layers are counted separately."
STARTING_SECONDS = 180


@dataclass(frozen=True)
class RunningPage:
    url: str
    folder: Path

    def reached(self):
        """Every other machine that the server tried to reach."""
        log = self.folder / "reached"
        return log.read_text().splitlines() if log.exists() else []


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def running_page(folder, *options):
    """The page in a process of its own, with its index, data and log in `folder`."""
    port = free_port()
    with running(folder, port, [sys.executable, "-m", "tests.page_server", str(folder), str(port), *options]) as page:
        yield page


@contextmanager
def running_command(folder, notes):
    """`footnote ui` over the notes of a folder, started as people do; its data lie in `folder`."""
    port, command = free_port(), [sys.executable, "-m", "ui.cli"]
    index = ["--index", str(folder / "index")]
    environment = {**os.environ, "FOOTNOTE_DATA": str(folder / "data")}
    subprocess.run([*command, "index", str(notes), *index], cwd=ROOT, env=environment, check=True)
    with running(folder, port, [*command, "ui", "--port", str(port), *index]) as page:
        yield page


@contextmanager
def running(folder, port, command):
    """What `command` serves at `port` of this machine."""
    (folder / "data").mkdir(exist_ok=True)
    environment = {**os.environ, "FOOTNOTE_DATA": str(folder / "data")}
    with (folder / "log").open("w+") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_until_up(f"http://127.0.0.1:{port}", server, folder / "log")
            yield RunningPage(f"http://127.0.0.1:{port}", folder)
        finally:
            server.terminate()
            server.wait(STARTING_SECONDS)


def _wait_until_up(url, server, log):
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"the page did not start:\n{log.read_text()}")


def watch_sockets(log):
    """Note every look-up of, and connection to, another machine in `log`, and let it fail."""
    here = ("127.", "::1", "localhost", "0.0.0.0")

    def watch(event, arguments):
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            host = arguments[1][0]
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            host = arguments[0]
        else:
            return
        host = host.decode() if isinstance(host, bytes) else host
        if host and not host.startswith(here):
            with log.open("a") as file:
                file.write(f"{event} {host}\n")
            raise RuntimeError(f"{event} {host}")

    sys.addaudithook(watch)


def open_assistant(folder):
    """An assistant that quotes, over the notes above."""
    from agent import Assistant, Settings
    from corpus import Note
    from retrieval import Index
    from tests.fakes import HashingEncoder

    index = Index.create(folder, HashingEncoder())
    index.update([Note(name, name.partition(".")[0].title(), text, name) for name, text in TEXTS.items()])
    return Assistant.open(index, "extractive", Settings.from_environment())


def main():
    from agent.settings import keep_quiet

    keep_quiet()
    folder, port, options = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    watch_sockets(folder / "reached")
    from ui.page.launch import Serving, launch

    accounts = Path(options[options.index("--auth") + 1]) if "--auth" in options else None
    serving = Serving("127.0.0.1", port, accounts=accounts, mcp="--mcp" in options)
    launch(open_assistant(folder / "index"), "127.0.0.1", port, serving=serving)


if __name__ == "__main__":
    main()
