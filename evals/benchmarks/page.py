"""What the page costs: `python -m evals.benchmarks.page [--visitors N] [--index DIR]`, driven as a person does.

The command `footnote ui` runs in a process of its own and is asked over HTTP, by many visitors at once, and in
Chromium. The stream comes from a stand-in for a model server, which quotes the passages of the prompt at a fixed pace,
so that all that the page adds to the model's own time is footnote's: reading, verifying, sending and drawing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

from agent.settings import Settings, keep_quiet
from corpus.sentences import sentence_spans
from evals.run_setup import this_machine

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_READY = "html[data-footnote=ready]"
_BOX = "#fn-question textarea"
_STARTING_SECONDS = 180.0
_ANSWER_MS = 180_000
_QUESTIONS = (
    "Why are attention scores scaled?",
    "What does dropout do?",
    "What is label smoothing?",
    "Why does Adam keep two moments?",
    "What is weight decay?",
    "What are rotary position embeddings?",
    "Who painted the ceiling of the Sistine Chapel?",
)
_EARLIER_TURNS = 20
_STREAM_TOKENS = 2_000
_STREAM_PASSAGES = 30
"""So many that their sentences make up the stream; a visitor may ask for them in the settings."""
_TOKENS_A_SECOND = 200
_CHARACTERS_A_TOKEN = 4.2
"""Of English text, for the tokenisers of current models."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running `footnote ui`."""

    url: str
    process: subprocess.Popen[bytes]

    @property
    def megabytes(self) -> float:
        """Resident memory of the process and those that it started."""
        import psutil

        top = psutil.Process(self.process.pid)
        return float(sum(one.memory_info().rss for one in (top, *top.children(recursive=True))) / 2**20)

    @property
    def processor_seconds(self) -> float:
        """What the process has computed so far; unlike its seconds on the clock, no other process makes it longer."""
        import psutil

        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)


def free_port() -> int:
    """A port of this machine at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(
    index: str | None, model: str, port: int | None = None, command: Sequence[str] = ("ui.cli", "ui")
) -> Iterator[Server]:
    """The page, as soon as its process has been started; `command` is a module and what it is told first."""
    port = port or free_port()
    chosen = ["--index", index] if index else []
    command = [sys.executable, "-m", *command, "--model", model, "--port", str(port), *chosen]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield Server(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait(30)


def serve_long_answers(index: str | None, model: str, port: int) -> None:
    """Serve the page like `footnote ui`, which ends answers after 1,500 characters, with room for the whole stream."""
    keep_quiet()
    settings = Settings.from_environment()
    longest = round(2 * _STREAM_TOKENS * _CHARACTERS_A_TOKEN)
    settings = replace(settings, writing=replace(settings.writing, characters=longest))
    page = import_module("ui.page.launch")  # `evals` imports nothing of `ui`
    page.serve(Path(index) if index else settings.index, settings, model, page.Serving("127.0.0.1", port))


def wait_until_up(server: Server) -> None:
    """Return when the server listens."""
    deadline = time.monotonic() + _STARTING_SECONDS
    port = int(server.url.rpartition(":")[2])
    while time.monotonic() < deadline and server.process.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("`footnote ui` did not start; run it to see why")


@contextmanager
def chromium() -> Iterator[Any]:
    """A Chromium or Chrome of this machine, and no page yet."""
    from playwright.sync_api import sync_playwright

    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def weigh(browser: Any, url: str) -> tuple[int, float]:
    """Requests of a first visit, and the kilobytes that they took over the wire."""
    page = browser.new_context().new_page()
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(url)
    page.wait_for_selector(_READY)
    page.wait_for_timeout(2_000)
    page.context.close()
    return len(sizes), sum(sizes) / 1024


def first_step(page: Any, question: str) -> float:
    """Milliseconds from Enter until the page shows what it does, seen at the next frame."""
    page.evaluate(
        """() => {
            const seen = document.querySelectorAll(".fn-turn").length;
            addEventListener("keydown", (event) => {
                if (event.key !== "Enter") return;
                const began = performance.now();
                const look = () => {
                    const turns = document.querySelectorAll(".fn-turn .fn-part-trace");
                    const shown = turns.length > seen && turns[turns.length - 1].innerText.trim();
                    if (shown) window.firstStep = performance.now() - began; else requestAnimationFrame(look);
                };
                requestAnimationFrame(look);
            }, { capture: true, once: true });
        }"""
    )
    ask(page, question)
    return float(page.evaluate("window.firstStep"))


def ask(page: Any, question: str) -> None:
    """Ask as a person does, and wait until the turn is over."""
    turns = page.locator(".fn-turn").count()
    page.fill(_BOX, question)
    page.keyboard.press("Enter")
    turn = page.locator(".fn-turn").nth(turns)
    turn.locator("xpath=self::*[@data-state='ready' or @data-state='failed']").wait_for(timeout=_ANSWER_MS)


def one_visitor(url: str, question: str) -> float:
    """Seconds until the visitor has the whole answer.

    Raises:
        RuntimeError: There was none.
    """
    import httpx

    started = time.perf_counter()
    with httpx.Client(base_url=url, timeout=120) as client:
        call = client.post("/gradio_api/call/ask", json={"data": [question, "auto", []]}).raise_for_status().json()
        stream = client.get(f"/gradio_api/call/ask/{call['event_id']}").text
    if "event: complete" not in stream:
        raise RuntimeError(stream[-200:])
    return time.perf_counter() - started


def many_visitors(url: str, visitors: int) -> tuple[list[float], int]:
    """Seconds of each visitor who got an answer, all asking at once, and how many got none."""
    import httpx

    questions = [_QUESTIONS[number % len(_QUESTIONS)] for number in range(visitors)]
    with ThreadPoolExecutor(visitors) as threads:
        asked = [threads.submit(one_visitor, url, question) for question in questions]
    failed = [one for one in asked if isinstance(one.exception(), RuntimeError | httpx.HTTPError)]
    return sorted(one.result() for one in asked if one not in failed), len(failed)


class QuotingModel(ThreadingHTTPServer):
    """Stands in for a model server: quotes the passages of the prompt, a long text at a fixed pace or one sentence."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Quoting)
        self.tokens = 30
        self.took: list[tuple[float, float, float]] = []
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def spec(self) -> str:
        return f"openai:stand-in@http://127.0.0.1:{self.server_address[1]}/v1"


class _Quoting(BaseHTTPRequestHandler):
    server: QuotingModel

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._send(json.dumps({"object": "list", "data": [{"id": "stand-in", "object": "model"}]}).encode())

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = quotations(asked["messages"], self.server.tokens)
        if not asked.get("stream"):
            message = {"role": "assistant", "content": text}
            return self._send(json.dumps({"id": "1", "choices": [{"index": 0, "message": message}]}).encode())
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        began = time.time()
        step = max(1, round(_CHARACTERS_A_TOKEN * _TOKENS_A_SECOND / 50))
        sent = 0
        try:
            for sent in range(0, len(text), step):
                self._piece({"index": 0, "delta": {"content": text[sent : sent + step]}})
                time.sleep(max(0.0, began + (sent + step) / _CHARACTERS_A_TOKEN / _TOKENS_A_SECOND - time.time()))
            self.wfile.write(b"data: [DONE]\n\n")
        except ConnectionError:  # the page has read as much as an answer may have
            self.close_connection = True
        self.server.took.append((began, time.time(), sent / _CHARACTERS_A_TOKEN))

    def _piece(self, choice: Mapping[str, Any]) -> None:
        piece = {"id": "1", "object": "chat.completion.chunk", "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(piece)}\n\n".encode())
        self.wfile.flush()

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def quotations(messages: list[dict[str, Any]], tokens: int) -> str:
    """Sentences of the passages in a prompt with their keys, about so many tokens; none where a text is repaired."""
    if len(messages) != 2:
        return "NOT IN THE NOTES"
    content = messages[1]["content"]
    prompt = content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
    text = ""
    for key, passage in re.findall(r"^\[(n\d+)\] (.*?)(?=^\[n\d+\] |\Z)", prompt, re.DOTALL | re.MULTILINE):
        for start, end in sentence_spans(passage):
            if len(text) >= tokens * _CHARACTERS_A_TOKEN:
                return text
            text += f"{' '.join(passage[start:end].split()).rstrip('.')} [{key}]. "
    return text


def stream_lag(browser: Any, index: str | None) -> tuple[float, float, float]:
    """Tokens and seconds of a stream, and seconds that the page was behind it at the end, after 20 earlier turns."""
    model = QuotingModel()
    with serving(index, model.spec, command=("evals.benchmarks.page", "--serve")) as server:
        wait_until_up(server)
        page = browser.new_page()
        settings = json.dumps({"k": _STREAM_PASSAGES})
        page.add_init_script(f"localStorage.setItem('footnote-settings', {json.dumps(settings)})")
        page.goto(server.url)
        page.wait_for_selector(_READY)
        for turn in range(_EARLIER_TURNS):
            ask(page, _QUESTIONS[turn % (len(_QUESTIONS) - 1)])
        model.tokens = _STREAM_TOKENS
        model.took.clear()
        ask(page, "Why are attention scores scaled by the square root of the key width?")
        ended = time.time()
        page.close()
    model.shutdown()
    began, last, tokens = max(model.took, key=lambda one: one[1] - one[0])
    return tokens, last - began, ended - last


def start(context: Any, index: str | None, port: int) -> float:
    """Seconds from the command until something can be typed into the page."""
    page = context.new_page()
    started = time.perf_counter()
    with serving(index, "extractive", port) as server:
        wait_until_up(server)
        page.goto(server.url)
        page.wait_for_selector(_READY)
        page.fill(_BOX, "x")
        seconds = time.perf_counter() - started
        page.close()
    return seconds


def asked(browser: Any, index: str | None, visitors: int) -> Iterator[tuple[str, str]]:
    """Rows on a page that is visited, asked, and then asked by many at once."""
    with serving(index, "extractive") as server:
        wait_until_up(server)
        requests, kilobytes = weigh(browser, server.url)
        yield "weight of a first visit", f"{kilobytes:,.0f} KB in {requests} requests"
        yield "memory of the server, no question yet", f"{server.megabytes:,.0f} MB"
        page = browser.new_page()
        page.goto(server.url)
        page.wait_for_selector(_READY)
        steps = [first_step(page, question) for question in _QUESTIONS]
        page.close()
        yield "first step visible after Enter, median", f"{statistics.median(steps):.0f} ms"
        before = server.processor_seconds
        seconds, failed = many_visitors(server.url, visitors)
        used = (server.processor_seconds - before) / visitors
        p50, p95 = (seconds[round(share * (len(seconds) - 1))] for share in (0.5, 0.95))
        told = f"p50 {p50:.2f} s, p95 {p95:.2f} s, {failed} without an answer"
        yield f"{visitors} visitors asking at once", told
        yield "processor seconds of the server for each of them", f"{used:.2f} s"
        yield "memory of the server after them", f"{server.megabytes:,.0f} MB"


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--index", help="folder of an index; the shipped notes without it")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)  # this command calls itself
    parser.add_argument("--model", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve_long_answers(options.index, options.model, options.port)
    rows: list[tuple[str, str]] = []
    with chromium() as browser:
        known, port = browser.new_context(), free_port()
        start(known, options.index, port)  # reads everything from the disk once
        rows.append(("command to usable page, warm", f"{start(known, options.index, port):.1f} s"))
        rows.append(
            ("the same in a browser without a cache", f"{start(browser.new_context(), options.index, port):.1f} s")
        )
        rows += asked(browser, options.index, options.visitors)
        tokens, own, lag = stream_lag(browser, options.index)
        told = f"{own:.2f} s of the stream, the page {lag:.2f} s behind ({lag / own:.1%})"
        rows.append((f"stream of {tokens:,.0f} tokens after {_EARLIER_TURNS} turns", told))
    print("| measure | value |\n|---|--:|")
    print("\n".join(f"| {name} | {value} |" for name, value in rows))
    print(f"\n{this_machine()}; load over the last minutes {os.getloadavg()}")


if __name__ == "__main__":
    main()
