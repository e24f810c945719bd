"""The page without a mouse."""

import pytest

from tests.page_tools import LAYERS, ask

pytestmark = [pytest.mark.weights, pytest.mark.browser]


def leave_the_box(page):
    page.evaluate("document.activeElement.blur()")


def focused(page):
    return page.evaluate("document.activeElement.id")


def test_a_whole_round_by_keyboard_alone(page):
    page.keyboard.type("How many layers")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("does MobileNet have?")
    assert page.input_value("#fn-box") == "How many layers\ndoes MobileNet have?"
    page.keyboard.press("Enter")
    page.wait_for_selector(".fn-turn[data-state=ready]")
    leave_the_box(page)
    page.keyboard.press("1")
    assert page.locator(".fn-card.fn-open").count() == 1
    page.keyboard.press("Escape")
    assert "fn-chip" in page.evaluate("document.activeElement.className")
    page.keyboard.press("/")
    assert focused(page) == "fn-box"
    page.keyboard.press("Alt+n")
    assert page.locator(".fn-turn").count() == 0


def test_a_digit_in_the_box_is_text(page):
    ask(page, LAYERS)
    page.focus("#fn-box")
    page.keyboard.type("1/?")
    assert page.input_value("#fn-box") == "1/?"
    assert page.locator(".fn-card.fn-open, dialog[open]").count() == 0


def test_help_opens_and_closes(page):
    leave_the_box(page)
    page.keyboard.press("?")
    page.locator("#fn-help").wait_for(state="visible")
    page.keyboard.press("Escape")
    page.locator("#fn-help").wait_for(state="hidden")


def test_shortcuts_can_be_switched_off_and_stay_so(page):
    page.click("#fn-settings-open")
    page.uncheck("#fn-shortcuts")
    page.keyboard.press("Escape")
    page.reload()
    page.wait_for_selector("html[data-footnote=ready]")
    leave_the_box(page)
    page.keyboard.press("/")
    assert focused(page) != "fn-box"


def test_arrows_move_in_the_list_of_talks(page):
    for question in (LAYERS, "What does dropout do?"):
        ask(page, question)
        page.click("#fn-new")
    page.locator(".fn-talk").nth(1).wait_for()
    page.locator(".fn-talk-open").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == LAYERS
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert focused(page) == "fn-history-search"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".fn-turn >> text=What does dropout do?")
