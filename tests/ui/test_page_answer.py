"""What can be done with an answer, in a real browser."""

import json

import pytest

from tests.page_tools import LAYERS, ask, expect

pytestmark = [pytest.mark.weights, pytest.mark.browser]


def copied(page, part):
    """What was copied, as soon as `part` is in it."""
    page.wait_for_function("async (part) => (await navigator.clipboard.readText()).includes(part)", arg=part)
    return page.evaluate("navigator.clipboard.readText()")


def kept_opinions(page_data):
    lines = (page_data / "feedback" / "feedback.jsonl").read_text("utf-8").splitlines()
    return {fields["question"]: fields for fields in map(json.loads, lines)}


def test_an_answer_is_copied_with_and_without_its_sources(page):
    turn = ask(page, LAYERS)
    turn.locator("[data-do=copy]").click()
    assert "[1]" not in copied(page, "MobileNet has 28 layers")
    expect(page.locator("#fn-said")).to_have_text("Copied")
    turn.locator("[data-do=copy-sources]").click()
    assert copied(page, "[1] MobileNet › Depth").startswith("MobileNet has 28 layers")


def test_a_question_is_asked_again(page):
    ask(page, LAYERS).locator("text='Retry'").click()
    expect(page.locator(".fn-turn[data-state=ready]").nth(1).locator(".fn-answer")).to_contain_text("28 layers")


def test_praise_reaches_the_question_set(page, page_data):
    turn = ask(page, LAYERS)
    turn.locator("[data-do=good]").click()
    turn.locator("text=Thank you").wait_for()
    expect(turn.locator("[data-do=good]")).to_have_attribute("aria-pressed", "true")
    kept = kept_opinions(page_data)[LAYERS]
    assert kept["good"] is True
    assert "28 layers" in kept["reference"]


def test_a_complaint_asks_for_its_reason(page, page_data):
    question = "What does dropout set to zero?"
    turn = ask(page, question)
    turn.locator("[data-do=bad]").click()
    reasons = turn.locator(".fn-reasons button")
    expect(reasons).to_have_count(4)
    reasons.filter(has_text="should have refused").click()
    turn.locator("text=Thank you").wait_for()
    assert kept_opinions(page_data)[question]["complaint"] == "should_have_refused"


def test_a_screen_reader_is_told_once_how_many_sources_there_are(page):
    page.evaluate(
        "window.heard = [];"
        "new MutationObserver(() => window.heard.push(document.getElementById('fn-said').textContent))"
        ".observe(document.getElementById('fn-said'), {childList: true, characterData: true, subtree: true})"
    )
    turn = ask(page, LAYERS)
    sources = turn.locator(".fn-chip").count()
    told = f"answer ready, {sources} source{'' if sources == 1 else 's'}"
    page.wait_for_function("document.getElementById('fn-said').textContent !== ''")
    assert [text for text in page.evaluate("window.heard") if text] == [told]
