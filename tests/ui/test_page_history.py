"""Talks that are kept: found, renamed, pinned, saved, deleted, and there again after a reload."""

import json
from pathlib import Path

import pytest

from tests.page_tools import LAYERS, ask

pytestmark = [pytest.mark.weights, pytest.mark.browser]
DROPOUT = "What does dropout set to zero?"


@pytest.fixture
def two_talks(page):
    ask(page, LAYERS)
    page.click("#fn-new")
    ask(page, DROPOUT)
    page.locator(".fn-talk").nth(1).wait_for()
    return page


def titles(page):
    return page.locator(".fn-talk-open").all_inner_texts()


def do(page, title, action):
    entry = page.locator(".fn-talk", has_text=title)
    entry.hover()
    entry.locator("summary").click()
    entry.locator(f"text='{action}'").click()


def test_a_reload_keeps_the_talk_and_the_draft(two_talks):
    page = two_talks
    assert "talk=" in page.url
    page.fill("#fn-box", "half a quest")
    page.reload()
    page.wait_for_selector("html[data-footnote=ready]")
    assert DROPOUT in page.inner_text(".fn-turn")
    assert page.input_value("#fn-box") == "half a quest"
    page.click(".fn-turn .fn-chip")
    assert "Dropout sets" in page.inner_text(".fn-card.fn-open mark")


def test_talks_are_listed_and_found_by_what_was_answered(two_talks):
    page = two_talks
    assert titles(page) == [DROPOUT, LAYERS]
    page.fill("#fn-history-search", "depthwise")
    page.locator(".fn-talk").nth(1).wait_for(state="detached")
    assert titles(page) == [LAYERS]
    page.fill("#fn-history-search", "")
    page.locator(".fn-talk").nth(1).wait_for()
    page.click(f".fn-talk-open >> text={LAYERS}")
    page.wait_for_selector(f".fn-turn >> text={LAYERS}")


def test_a_talk_is_renamed_pinned_and_deleted(two_talks):
    page = two_talks
    do(page, LAYERS, "Rename")
    page.keyboard.type("About <b>depth</b>")
    page.keyboard.press("Enter")
    page.locator(".fn-talk-open >> text=About").wait_for()
    assert titles(page) == [DROPOUT, "About <b>depth</b>"]
    do(page, "About", "Pin")
    page.locator(".fn-talks h2 >> text=Pinned").wait_for()
    assert titles(page) == ["About <b>depth</b>", DROPOUT]
    do(page, DROPOUT, "Delete")
    page.click("#fn-confirm-yes")
    page.locator(".fn-talk").nth(1).wait_for(state="detached")
    assert titles(page) == ["About <b>depth</b>"]
    assert page.locator(".fn-turn").count() == 0


@pytest.mark.parametrize("form", ["Markdown", "JSON"])
def test_a_talk_is_saved_with_its_sources(two_talks, form):
    with two_talks.expect_download() as download:
        do(two_talks, LAYERS, f"Export {form}")
    text = Path(download.value.path()).read_text("utf-8")
    assert "28 layers" in text
    assert "mobilenet.md" in text
    assert "Dropout" not in text
    if form == "JSON":
        json.loads(text)


def test_everything_is_deleted_at_once(two_talks):
    page = two_talks
    page.click("#fn-settings-open")
    page.click("#fn-delete-all")
    page.click("#fn-confirm-yes")
    page.locator(".fn-talk").first.wait_for(state="detached")
    page.keyboard.press("Escape")
    assert "will be listed here" in page.inner_text("#fn-talks")
