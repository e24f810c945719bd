"""The page for everybody: axe-core finds nothing serious, and it fits a telephone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.page_tools import LAYERS, ask, expect

pytestmark = [pytest.mark.weights, pytest.mark.browser]
NARROW = {"width": 390, "height": 800}
SMALLEST = 44


def grave_problems(page):
    found = Axe().run(page).response["violations"]
    return [
        (one["id"], [node["html"][:120] for node in one["nodes"]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(page, scheme, width):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_function("(dark) => document.body.classList.contains('dark') === dark", arg=scheme == "dark")
    assert grave_problems(page) == []
    turn = ask(page, LAYERS)
    turn.locator("summary").click()
    turn.locator("[data-do=bad]").click()
    turn.locator(".fn-chip").first.click()
    page.wait_for_selector(".fn-card.fn-open")
    assert grave_problems(page) == []
    page.keyboard.press("Escape")
    for tab, filled in (("Notes", "#fn-note-list table"), ("Evals", "#fn-compared p")):
        page.get_by_role("tab", name=tab).click()
        expect(page.locator(filled)).to_be_visible()
        assert grave_problems(page) == []
    page.get_by_role("tab", name="Ask").click()
    for button, dialog in (("#fn-settings-open", "#fn-settings"), ("#fn-help-open", "#fn-help")):
        page.click(button)
        expect(page.locator(dialog)).to_be_visible()
        assert grave_problems(page) == []
        page.keyboard.press("Escape")
        expect(page.locator(dialog)).to_be_hidden()


def test_a_telephone_shows_one_column_and_sources_in_a_sheet(page):
    page.set_viewport_size(NARROW)
    turn = ask(page, LAYERS)
    page.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=NARROW["width"])
    panel, talks = page.locator("#fn-panel"), page.locator("#fn-history")
    expect(page.locator("#fn-question")).to_be_visible()
    expect(panel).to_be_hidden()
    turn.locator(".fn-chip").first.click()
    expect(panel).to_be_visible()
    expect(panel.locator(".fn-card.fn-open mark")).to_be_visible()
    page.click("#fn-panel-close")
    expect(panel).to_be_hidden()
    expect(talks).to_be_hidden()
    page.click("#fn-history-toggle")
    expect(talks).to_be_visible()
    page.click(".fn-talk-open")
    expect(talks).to_be_hidden()


def test_what_a_finger_touches_is_large_enough(page):
    page.set_viewport_size(NARROW)
    ask(page, LAYERS)
    expect(page.locator("#fn-panel")).to_be_hidden()
    touched = page.locator(":is(.fn-ask, .fn-strip) :is(button, select, summary):not(.fn-chip):visible").all()
    small = {one.evaluate("(one) => one.outerHTML.slice(0, 90)") for one in touched if _height(one) < SMALLEST}
    assert len(touched) > 10
    assert small == set()


def _height(one):
    return one.evaluate("(one) => one.offsetHeight")
