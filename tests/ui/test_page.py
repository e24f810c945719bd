"""The page in a real browser: ask, open a footnote, go back, go on."""

import re

import pytest

from tests.page_tools import LAYERS, ask, expect

pytestmark = [pytest.mark.weights, pytest.mark.browser]


def test_the_first_screen_is_ready_to_be_asked(page):
    expect(page.locator("#fn-box")).to_be_focused()
    expect(page.locator("#fn-status")).to_contain_text("Ready · 3 notes")
    expect(page.locator(".fn-example")).to_have_count(3)


def test_a_question_gets_an_answer_whose_footnote_opens_its_passage(page):
    turn = ask(page, LAYERS)
    expect(turn.locator(".fn-answer")).to_contain_text("28 layers")
    chip, card = turn.locator(".fn-chip").first, page.locator(".fn-card.fn-open")
    chip.click()
    expect(card.locator("mark")).to_contain_text("MobileNet has 28 layers")
    for fact in ("✓ verbatim", "BM25 #1", "dense #1", "mobilenet.md"):
        expect(card).to_contain_text(fact)
    expect(card).to_be_focused()
    page.keyboard.press("Escape")
    expect(chip).to_be_focused()
    expect(card).to_have_count(0)
    assert page.problems == []


@pytest.mark.parametrize("key", ["Enter", " "])
def test_a_footnote_opens_from_the_keyboard(page, key):
    ask(page, LAYERS).locator(".fn-chip").first.focus()
    page.keyboard.press(key)
    page.wait_for_selector(".fn-card.fn-open")


def test_the_hover_shows_where_it_is_from_and_what_it_says(page):
    page.emulate_media(reduced_motion="reduce")  # a conversation that scrolls on takes the excerpt away
    page.mouse.move(0, 0)
    ask(page, LAYERS).locator(".fn-chip").first.hover()
    tip = page.locator("#fn-tip")
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("MobileNet › Depth")
    expect(tip).to_contain_text("28 layers")


def test_the_steps_unfold(page):
    turn = ask(page, LAYERS)
    first = turn.locator(".fn-trace li").first
    expect(first).to_be_hidden()
    turn.locator("summary").click()
    expect(first).to_be_visible()
    expect(first).to_contain_text(re.compile("Searched the notes.* passages"))


def test_what_the_notes_do_not_cover_is_said(page):
    refusal = ask(page, "Who painted the ceiling of the Sistine Chapel?").locator(".fn-refusal")
    expect(refusal).to_contain_text(re.compile("^Not in your notes..*Closest:"))


def test_a_follow_up_and_a_new_conversation(page):
    ask(page, LAYERS)
    expect(ask(page, "And what is its use?")).to_contain_text("phones")
    expect(page).to_have_url(re.compile("talk="))
    page.click("#fn-new")
    expect(page.locator(".fn-turn")).to_have_count(0)
    expect(page.locator("#fn-sources")).to_contain_text("Sources appear here")
    expect(page).not_to_have_url(re.compile("talk="))


def test_an_example_is_asked_with_one_click(page):
    page.click(".fn-example >> text=MobileNet")
    page.wait_for_selector(".fn-turn[data-state=ready] .fn-chip")


def test_a_mistake_is_told_and_the_question_is_kept(page):
    expect(ask(page, "???").locator(".fn-error")).to_contain_text("no words")
    expect(page.locator("#fn-box")).to_have_value("???")


def test_all_that_was_retrieved_is_shown_with_its_ranks(page):
    ask(page, LAYERS)
    page.click("#fn-show-all")
    cards = page.locator(".fn-card:has(.fn-card-rank)")
    cards.nth(2).wait_for()
    expect(cards.first).to_contain_text("BM25 #1")


def test_a_note_opens_at_the_place(page):
    ask(page, LAYERS)
    page.click(".fn-card >> text=Open note")
    expect(page.locator("#fn-note mark").first).to_contain_text("28 layers")
    page.keyboard.press("Escape")
    expect(page.locator("#fn-note")).to_be_hidden()


def test_a_note_is_left_out_and_the_question_asked_again(page):
    ask(page, LAYERS)
    page.click(".fn-card >> text=Leave out and ask again")
    again = page.locator(".fn-turn[data-state=ready]").nth(1)
    again.wait_for()
    expect(again.locator(".fn-answer")).not_to_contain_text("28 layers")


def test_two_visitors_never_see_each_others_turns(page, visitor, page_url):
    ask(page, LAYERS)
    expect(page).to_have_url(re.compile("talk="))
    other = visitor(f"{page_url}{page.url.removeprefix(page_url)}")
    expect(other.locator("#fn-banner")).to_contain_text("no such conversation")
    expect(other.locator("#fn-talks")).to_contain_text("will be listed here")
    expect(other.locator(".fn-turn, .fn-talk")).to_have_count(0)
