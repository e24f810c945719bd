"""Answers that a language model writes, models that come and go, and a server that goes and comes back."""

import time

import pytest

from tests.fakes_model import StreamingModel
from tests.model_server import model_server
from tests.page_tools import ask

pytestmark = [
    pytest.mark.weights,
    pytest.mark.browser,
    pytest.mark.filterwarnings("default"),  # Gradio's own, in its server's threads
]
QUESTION = "How many units does layer 7 of the network have?"
SENTENCES = [f"Layer {n} of the network has {n * 10} units [n1]. " for n in range(1, 21)]


def slowly(seconds):
    """Each sentence in two pieces, with a pause before each."""

    def write(_):
        for sentence in SENTENCES:
            for piece in (sentence[:12], sentence[12:]):
                time.sleep(seconds)
                yield piece

    return write


def begin(page, question):
    page.fill("#fn-box", question)
    page.keyboard.press("Enter")


def test_stopping_keeps_what_was_verified(visitor, serve_here):
    llm = StreamingModel([slowly(0.1)])
    page = visitor(serve_here(llm))
    begin(page, QUESTION)
    page.locator(".fn-turn .fn-chip").nth(1).wait_for()
    assert page.get_attribute("#fn-send", "aria-label") == "Stop"
    page.keyboard.press("Escape")
    turn = page.locator(".fn-turn[data-state=ready]")
    turn.wait_for()
    shown = turn.locator(".fn-sentence").count()
    assert 2 <= shown < len(SENTENCES)
    assert "Stopped" in turn.locator(".fn-notice").inner_text()
    assert page.get_attribute("#fn-send", "aria-label") == "Send"
    page.reload()
    page.wait_for_selector(".fn-turn[data-state=ready]")
    assert page.locator(".fn-sentence").count() == shown
    deadline = time.monotonic() + 5
    while not llm.closed and time.monotonic() < deadline:
        time.sleep(0.05)
    assert llm.closed


def test_a_stream_changes_its_own_turn_alone_and_keeps_its_chips(visitor, serve_here):
    page = visitor(serve_here(StreamingModel(["Layer 1 of the network has 10 units [n1].", slowly(0.04)])))
    ask(page, "How many units does layer 1 of the network have?")
    page.evaluate(
        "window.changes = 0; window.updates = new Set();"
        "new MutationObserver(() => window.changes++).observe(document.querySelector('.fn-turn'), "
        "{childList: true, subtree: true, characterData: true, attributes: true})"
    )
    begin(page, QUESTION)
    growing = page.locator(".fn-turn").nth(1)
    growing.locator(".fn-chip").first.wait_for()
    growing.locator(".fn-chip").first.focus()
    page.evaluate("window.focused = document.activeElement")
    page.evaluate(
        "window.times = []; new MutationObserver(() => window.times.push(performance.now()))"
        ".observe(document.querySelectorAll('.fn-turn')[1], {childList: true, subtree: true})"
    )
    page.wait_for_function("document.querySelectorAll('.fn-turn')[1].dataset.state === 'ready'")
    assert growing.locator(".fn-sentence").count() == len(SENTENCES)
    assert page.evaluate("document.activeElement === window.focused")
    assert page.evaluate("window.changes") == 0
    times = page.evaluate("window.times")
    assert len(times) / ((times[-1] - times[0]) / 1000) <= 11


def test_what_the_model_invents_is_dropped_and_counted(visitor, serve_here):
    invented = "Layer 7 of the network has 999 units [n1]."
    page = visitor(serve_here(StreamingModel([f"{SENTENCES[6]}{invented}", invented])))
    turn = ask(page, QUESTION)
    assert "999" not in turn.locator(".fn-answer").inner_text()
    assert "1 sentence was left out" in turn.locator(".fn-notice").inner_text()


def test_a_model_that_runs_out_of_memory_says_so_and_quotes_instead(visitor, serve_here):
    page = visitor(serve_here(StreamingModel([RuntimeError("CUDA out of memory")])))
    turn = ask(page, QUESTION)
    assert "out of memory" in turn.locator(".fn-notice").inner_text()
    assert "70 units" in turn.locator(".fn-answer").inner_text()


def test_another_model_is_chosen(visitor, serve_here):
    with model_server([SENTENCES[6]]) as (url, asked):
        page = visitor(serve_here(model=f"openai:tiny@{url}"))
        page.wait_for_function("document.getElementById('fn-model').value.startsWith('openai:')")
        page.wait_for_function("document.getElementById('fn-loading').textContent === ''")
        ask(page, QUESTION)
        assert len(asked) == 1
        page.select_option("#fn-model", "extractive")
        ask(page, QUESTION)
        assert len(asked) == 1


def test_a_model_that_is_missing_is_told_with_what_to_do(visitor, serve_here):
    page = visitor(serve_here(model="transformers:nobody/such-a-model"))
    page.wait_for_function("document.getElementById('fn-banner').textContent.includes('hf download')")
    assert "70 units" in ask(page, QUESTION).locator(".fn-answer").inner_text()


def test_a_server_that_is_gone_is_told_and_a_restart_keeps_talk_and_draft(visitor, serve_here, tmp_path):
    url = serve_here(data=tmp_path)
    page = visitor(url)
    ask(page, QUESTION)
    page.fill("#fn-box", "half a quest")
    serve_here.end()
    page.evaluate("footnote.look()")
    page.wait_for_selector("#fn-banner[data-kind=gone]:not([hidden])")
    page.keyboard.press("Enter")
    serve_here(data=tmp_path, port=int(url.rstrip("/").rsplit(":", 1)[1]))
    page.wait_for_selector(f".fn-turn[data-state=ready] >> text={QUESTION}", timeout=20_000)
    assert page.input_value("#fn-box") == "half a quest"
