"""Talks that are kept: found, renamed, pinned, saved, deleted, and there again after a reload."""

import json
import re
from pathlib import Path

import pytest

from tests.page_tools import LAYERS, ask, expect

pytestmark = [pytest.mark.weights, pytest.mark.browser]
DROPOUT = "What does dropout set to zero?"


@pytest.fixture
def two_talks(page):
    ask(page, LAYERS)
    page.click("#fn-new")
    ask(page, DROPOUT)
    listed(page, DROPOUT, LAYERS)
    return page


def listed(page, *titles):
    """Wait until these are the talks of the list."""
    expect(page.locator(".fn-talk-open")).to_have_text(list(titles))


def do(page, title, action):
    entry = page.locator(".fn-talk", has_text=title)
    entry.hover()
    entry.locator("summary").click()
    entry.locator(f"text='{action}'").click()


def test_a_reload_keeps_the_talk_and_the_draft(two_talks):
    page = two_talks
    expect(page).to_have_url(re.compile("talk="))
    page.fill("#fn-box", "half a quest")
    page.reload()
    page.wait_for_selector("html[data-footnote=ready]")
    expect(page.locator(".fn-turn")).to_contain_text(DROPOUT)
    expect(page.locator("#fn-box")).to_have_value("half a quest")
    page.click(".fn-turn .fn-chip")
    expect(page.locator(".fn-card.fn-open mark")).to_contain_text("Dropout sets")


def test_talks_are_listed_and_found_by_what_was_answered(two_talks):
    page = two_talks
    page.fill("#fn-history-search", "depthwise")
    listed(page, LAYERS)
    page.fill("#fn-history-search", "")
    listed(page, DROPOUT, LAYERS)
    page.click(f".fn-talk-open >> text={LAYERS}")
    page.wait_for_selector(f".fn-turn >> text={LAYERS}")


def test_a_talk_is_renamed_pinned_and_deleted(two_talks):
    page = two_talks
    do(page, LAYERS, "Rename")
    expect(page.locator(".fn-rename")).to_be_focused()
    page.keyboard.type("About <b>depth</b>")
    page.keyboard.press("Enter")
    listed(page, DROPOUT, "About <b>depth</b>")
    do(page, "About", "Pin")
    page.locator(".fn-talks h2 >> text=Pinned").wait_for()
    listed(page, "About <b>depth</b>", DROPOUT)
    do(page, DROPOUT, "Delete")
    page.click("#fn-confirm-yes")
    listed(page, "About <b>depth</b>")
    expect(page.locator(".fn-turn")).to_have_count(0)


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
    expect(page.locator("#fn-talks")).to_contain_text("will be listed here")
    page.keyboard.press("Escape")
