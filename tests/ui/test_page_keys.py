"""The page without a mouse."""

import pytest

from tests.page_tools import LAYERS, ask, expect

pytestmark = [pytest.mark.weights, pytest.mark.browser]


def leave_the_box(page):
    page.evaluate("document.activeElement.blur()")


def box(page):
    return page.locator("#fn-box")


def test_a_whole_round_by_keyboard_alone(page):
    expect(box(page)).to_be_focused()
    page.keyboard.type("How many layers")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("does MobileNet have?")
    expect(box(page)).to_have_value("How many layers\ndoes MobileNet have?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".fn-turn[data-state=ready]")
    leave_the_box(page)
    page.keyboard.press("1")
    expect(page.locator(".fn-card.fn-open")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".fn-turn .fn-chip").first).to_be_focused()
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    page.keyboard.press("Alt+n")
    expect(page.locator(".fn-turn")).to_have_count(0)


def test_a_digit_in_the_box_is_text(page):
    ask(page, LAYERS)
    page.focus("#fn-box")
    page.keyboard.type("1/?")
    expect(box(page)).to_have_value("1/?")
    expect(page.locator(".fn-card.fn-open, dialog[open]")).to_have_count(0)


def test_help_opens_and_closes(page):
    leave_the_box(page)
    page.keyboard.press("?")
    expect(page.locator("#fn-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#fn-help")).to_be_hidden()


def test_shortcuts_can_be_switched_off_and_stay_so(page):
    page.click("#fn-settings-open")
    page.uncheck("#fn-shortcuts")
    page.keyboard.press("Escape")
    page.reload()
    page.wait_for_selector("html[data-footnote=ready]")
    leave_the_box(page)
    page.keyboard.press("/")
    page.keyboard.press("?")
    expect(page.locator("#fn-box:focus, dialog[open]")).to_have_count(0)
    page.click("#fn-settings-open")
    page.check("#fn-shortcuts")
    page.keyboard.press("Escape")


def test_arrows_move_in_the_list_of_talks(page):
    for question in (LAYERS, "What does dropout do?"):
        ask(page, question)
        page.click("#fn-new")
    talks = page.locator(".fn-talk-open")
    expect(talks).to_have_text(["What does dropout do?", LAYERS])
    talks.first.focus()
    page.keyboard.press("ArrowDown")
    expect(talks.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#fn-history-search")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".fn-turn >> text=What does dropout do?")
