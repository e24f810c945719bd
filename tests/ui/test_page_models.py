"""Answers that a language model writes, models that come and go, and a server that goes and comes back."""

import re
import time

import pytest

from tests.fakes_model import StreamingModel
from tests.model_server import model_server
from tests.page_tools import PATIENCE_MS, ask, expect

pytestmark = [
    pytest.mark.weights,
    pytest.mark.browser,
    pytest.mark.filterwarnings("default"),  # Gradio's own, in its server's threads
]
QUESTION = "How many units does layer 7 of the network have?"
SENTENCES = [f"Layer {n} of the network has {n * 10} units [n1]. " for n in range(1, 21)]


PIECES = [piece for sentence in SENTENCES for piece in (sentence[:12], sentence[12:])]
PAUSE = 0.04
"""Seconds before each piece."""


def slowly(_):
    """Every sentence, a piece at a time."""
    for piece in PIECES:
        time.sleep(PAUSE)
        yield piece


def without_an_end(_):
    """Three sentences and then, until its reader leaves, nothing."""
    yield from PIECES[:7]
    for _ in range(round(PATIENCE_MS / 1000 / PAUSE)):
        time.sleep(PAUSE)
        yield ""


WATCH = """() => {
  const [first] = document.querySelectorAll(".fn-turn");
  Object.assign(window, { changes: 0, updates: 0, focused: null });
  new MutationObserver((seen) => {
    const within = (turn) => turn && seen.some((one) => turn.contains(one.target));
    const growing = document.querySelectorAll(".fn-turn")[1];
    window.changes += within(first);
    window.updates += Boolean(within(growing));
    const chip = !window.focused && growing?.querySelector(".fn-chip");
    if (chip) { chip.focus(); window.focused = chip; }
  }).observe(document.getElementById("fn-turns"),
    { childList: true, subtree: true, characterData: true, attributes: true });
}"""
"""Counts changes of the first turn and updates of the next, whose first chip it focuses as soon as it is there."""


def begin(page, question):
    page.fill("#fn-box", question)
    page.keyboard.press("Enter")


def test_stopping_keeps_what_was_verified(visitor, serve_here):
    llm = StreamingModel([without_an_end])
    page = visitor(serve_here(llm))
    begin(page, QUESTION)
    expect(page.locator(".fn-turn .fn-chip")).to_have_count(3)
    expect(page.locator("#fn-send")).to_have_attribute("aria-label", "Stop")
    page.keyboard.press("Escape")
    turn = page.locator(".fn-turn[data-state=ready]")
    expect(turn.locator(".fn-notice")).to_contain_text("Stopped")
    expect(turn.locator(".fn-sentence")).to_have_count(3)
    expect(page.locator("#fn-send")).to_have_attribute("aria-label", "Send")
    page.reload()
    expect(turn.locator(".fn-sentence")).to_have_count(3)
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not llm.closed and time.monotonic() < deadline:
        time.sleep(0.05)
    assert llm.closed


def test_a_stream_changes_its_own_turn_alone_and_keeps_its_chips(visitor, serve_here):
    page = visitor(serve_here(StreamingModel(["Layer 1 of the network has 10 units [n1].", slowly])))
    ask(page, "How many units does layer 1 of the network have?")
    page.evaluate(WATCH)
    turn = ask(page, QUESTION)
    expect(turn.locator(".fn-sentence")).to_have_count(len(SENTENCES))
    assert page.evaluate("document.activeElement === window.focused")
    assert page.evaluate("window.changes") == 0
    worked = float(re.search(r"Worked ([\d.]+) s", turn.locator("summary").inner_text())[1])
    assert 1 < page.evaluate("window.updates") <= 10 * worked + 2  # the last one comes when it comes


def test_what_the_model_invents_is_dropped_and_counted(visitor, serve_here):
    invented = "Layer 7 of the network has 999 units [n1]."
    page = visitor(serve_here(StreamingModel([f"{SENTENCES[6]}{invented}", invented])))
    turn = ask(page, QUESTION)
    expect(turn.locator(".fn-notice")).to_contain_text("1 sentence was left out")
    expect(turn.locator(".fn-answer")).not_to_contain_text("999")


def test_a_model_that_runs_out_of_memory_says_so_and_quotes_instead(visitor, serve_here):
    page = visitor(serve_here(StreamingModel([RuntimeError("CUDA out of memory")])))
    turn = ask(page, QUESTION)
    expect(turn.locator(".fn-notice")).to_contain_text("out of memory")
    expect(turn.locator(".fn-answer")).to_contain_text("70 units")


def test_another_model_is_chosen(visitor, serve_here):
    with model_server([SENTENCES[6]]) as (url, asked):
        page = visitor(serve_here(model=f"openai:tiny@{url}"))
        expect(page.locator("#fn-model")).to_have_value(re.compile("^openai:"))
        page.wait_for_function("async () => (await footnote.call('status')).model.startsWith('openai:')")
        ask(page, QUESTION)
        assert len(asked) == 1
        page.select_option("#fn-model", "extractive")
        ask(page, QUESTION)
        assert len(asked) == 1


def test_a_model_that_is_missing_is_told_with_what_to_do(visitor, serve_here):
    page = visitor(serve_here(model="transformers:nobody/such-a-model"))
    expect(page.locator("#fn-banner")).to_contain_text("hf download")
    expect(ask(page, QUESTION).locator(".fn-answer")).to_contain_text("70 units")


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
    page.wait_for_selector(f".fn-turn[data-state=ready] >> text={QUESTION}")
    expect(page.locator("#fn-box")).to_have_value("half a quest")
