"""The page for everybody: axe-core finds nothing serious, and it fits a telephone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.page_tools import LAYERS, ask

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
    for tab in ("Notes", "Evals"):
        page.get_by_role("tab", name=tab).click()
        page.locator(f".fn-{tab.lower()}-tab").wait_for()
        assert grave_problems(page) == []
    page.get_by_role("tab", name="Ask").click()
    for button, dialog in (("#fn-settings-open", "#fn-settings"), ("#fn-help-open", "#fn-help")):
        page.click(button)
        page.locator(dialog).wait_for(state="visible")
        assert grave_problems(page) == []
        page.keyboard.press("Escape")


def test_a_telephone_shows_one_column_and_sources_in_a_sheet(page):
    page.set_viewport_size(NARROW)
    turn = ask(page, LAYERS)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert page.locator("#fn-question").is_visible()
    page.locator("#fn-panel").wait_for(state="hidden")
    turn.locator(".fn-chip").first.click()
    page.wait_for_selector(".fn-card.fn-open mark")
    page.locator("#fn-panel").wait_for(state="visible")
    page.click("#fn-panel-close")
    page.locator("#fn-panel").wait_for(state="hidden")
    page.locator("#fn-history").wait_for(state="hidden")
    page.click("#fn-history-toggle")
    page.wait_for_selector("#fn-history.fn-shown")
    page.click(".fn-talk-open")
    page.locator("#fn-history").wait_for(state="hidden")


def test_what_a_finger_touches_is_large_enough(page):
    page.set_viewport_size(NARROW)
    ask(page, LAYERS)
    sizes = page.evaluate(
        "[...document.querySelectorAll('button, select, summary')].filter((one) => one.checkVisibility() "
        "&& !one.matches('.fn-chip') && one.closest('.fn-ask, .fn-strip'))"
        ".map((one) => [one.outerHTML.slice(0, 90), one.offsetHeight])"
    )
    assert [name for name, height in sizes if height < SMALLEST] == []
