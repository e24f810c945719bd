"""The page in a real browser: ask, open a footnote, go back, go on."""

import pytest

from tests.page_tools import LAYERS, ask

pytestmark = [pytest.mark.weights, pytest.mark.browser]


def focused(page):
    return page.evaluate("document.activeElement.className")


def test_the_first_screen_is_ready_to_be_asked(page):
    assert page.evaluate("document.activeElement.id") == "fn-box"
    assert "Ready · 3 notes" in page.inner_text("#fn-status")
    assert page.locator(".fn-example").count() == 3


def test_a_question_gets_an_answer_whose_footnote_opens_its_passage(page):
    turn = ask(page, LAYERS)
    assert "28 layers" in turn.locator(".fn-answer").inner_text()
    turn.locator(".fn-chip").first.click()
    card = page.locator(".fn-card.fn-open")
    assert "MobileNet has 28 layers" in card.locator("mark").inner_text()
    for fact in ("✓ verbatim", "BM25 #1", "dense #1", "mobilenet.md"):
        assert fact in card.inner_text()
    assert "fn-card" in focused(page)
    page.keyboard.press("Escape")
    assert "fn-chip" in focused(page)
    assert page.locator(".fn-card.fn-open").count() == 0
    assert page.problems == []


@pytest.mark.parametrize("key", ["Enter", " "])
def test_a_footnote_opens_from_the_keyboard(page, key):
    ask(page, LAYERS).locator(".fn-chip").first.focus()
    page.keyboard.press(key)
    page.wait_for_selector(".fn-card.fn-open")


def test_the_hover_shows_where_it_is_from_and_what_it_says(page):
    chip = ask(page, LAYERS).locator(".fn-chip").first
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)  # until the conversation has scrolled to its end
    chip.hover()
    tip = page.wait_for_selector("#fn-tip:not([hidden])").inner_text()
    assert "MobileNet › Depth" in tip
    assert "28 layers" in tip


def test_the_steps_unfold(page):
    turn = ask(page, LAYERS)
    assert not turn.locator(".fn-trace li").first.is_visible()
    turn.locator("summary").click()
    first = turn.locator(".fn-trace li").first.inner_text()
    assert "Searched the notes" in first
    assert "passages" in first


def test_what_the_notes_do_not_cover_is_said(page):
    refusal = ask(page, "Who painted the ceiling of the Sistine Chapel?").locator(".fn-refusal").inner_text()
    assert refusal.startswith("Not in your notes.")
    assert "Closest:" in refusal


def test_a_follow_up_and_a_new_conversation(page):
    ask(page, LAYERS)
    assert "phones" in ask(page, "And what is its use?").inner_text()
    page.click("#fn-new")
    assert page.locator(".fn-turn").count() == 0
    assert "Sources appear here" in page.inner_text("#fn-sources")
    assert "talk=" not in page.url


def test_an_example_is_asked_with_one_click(page):
    page.click(".fn-example >> text=MobileNet")
    page.wait_for_selector(".fn-turn[data-state=ready] .fn-chip")


def test_a_mistake_is_told_and_the_question_is_kept(page):
    assert "no words" in ask(page, "???").locator(".fn-error").inner_text()
    assert page.input_value("#fn-box") == "???"


def test_all_that_was_retrieved_is_shown_with_its_ranks(page):
    ask(page, LAYERS)
    page.click("#fn-show-all")
    page.wait_for_selector(".fn-card .fn-card-rank")
    cards = page.locator(".fn-card")
    assert cards.count() >= 3
    assert "BM25 #1" in cards.first.inner_text()


def test_a_note_opens_at_the_place(page):
    ask(page, LAYERS)
    page.click(".fn-card >> text=Open note")
    mark = page.wait_for_selector("#fn-note mark")
    assert "28 layers" in mark.inner_text()
    page.keyboard.press("Escape")
    page.locator("#fn-note").wait_for(state="hidden")


def test_a_note_is_left_out_and_the_question_asked_again(page):
    ask(page, LAYERS)
    page.click(".fn-card >> text=Leave out and ask again")
    again = page.locator(".fn-turn[data-state=ready]").nth(1)
    again.wait_for()
    assert "28 layers" not in again.locator(".fn-answer").inner_text()


def test_two_visitors_never_see_each_others_turns(page, visitor, page_url):
    ask(page, LAYERS)
    other = visitor(f"{page_url}{page.url.removeprefix(page_url)}")
    assert other.locator(".fn-turn, .fn-talk").count() == 0
    assert "no such conversation" in other.inner_text("#fn-banner")
