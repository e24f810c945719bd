"""The page in a real browser: ask, open a footnote, go back; and nothing leaves the machine."""

import urllib.error
import urllib.request

import pytest

pytestmark = [pytest.mark.weights, pytest.mark.browser]

CHIP = "a.fn-chip"


def ask(page, question):
    page.fill("#fn-question textarea", question)
    page.keyboard.press("Enter")


def test_a_question_gets_an_answer_whose_footnote_opens_its_passage(page):
    ask(page, "How many layers does MobileNet have?")
    page.wait_for_selector(CHIP)
    assert "28 layers" in page.inner_text(".fn-answer")
    page.click(CHIP)
    card = page.wait_for_selector(".fn-card.fn-open")
    assert "MobileNet has 28 layers" in card.query_selector("mark").inner_text()
    assert "✓ verbatim" in card.inner_text()
    assert page.evaluate("document.activeElement.className").startswith("fn-card")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className") == "fn-chip"
    assert page.query_selector(".fn-card.fn-open") is None


@pytest.mark.parametrize("key", ["Enter", " "])
def test_a_footnote_opens_from_the_keyboard(page, key):
    ask(page, "How many layers does MobileNet have?")
    page.wait_for_selector(CHIP)
    page.focus(CHIP)
    page.keyboard.press(key)
    page.wait_for_selector(".fn-card.fn-open")


def test_what_the_notes_do_not_cover_is_said(page):
    ask(page, "Who painted the ceiling of the Sistine Chapel?")
    assert "Not in your notes" in page.wait_for_selector(".fn-refusal").inner_text()


def test_a_follow_up_and_a_new_conversation(page):
    ask(page, "How many layers does MobileNet have?")
    page.wait_for_selector(CHIP)
    ask(page, "And what was it made for?")
    page.wait_for_selector("#fn-turn-2")
    assert "phones" in page.inner_text("#fn-turn-2")
    page.click("text=New conversation")
    page.wait_for_selector(CHIP, state="detached")
    assert "Sources appear here" in page.inner_text("#fn-sources")


def test_an_example_can_be_asked(page):
    page.click("text=What is the idea of MobileNet?")
    page.wait_for_function("document.querySelector('#fn-question textarea').value.includes('MobileNet')")
    page.focus("#fn-question textarea")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{CHIP}, .fn-refusal")


def test_a_mistake_is_told_and_the_question_is_kept(page):
    ask(page, "???")
    assert "no words" in page.wait_for_selector(".fn-error").inner_text()
    assert page.input_value("#fn-question textarea") == "???"


def test_a_hostile_note_is_shown_as_text_and_does_nothing(page):
    ask(page, "What does the hostile text say?")
    page.wait_for_selector(CHIP)
    page.click(CHIP)
    page.wait_for_selector(".fn-card.fn-open")
    assert "<script>" in page.inner_text("#fn-sources")
    assert page.title() == "footnote"
    assert page.query_selector("#fn-sources script, #fn-sources img, #fn-sources form, .fn-answer img") is None


def test_two_visitors_never_see_each_others_turns(page, browser, page_url):
    ask(page, "How many layers does MobileNet have?")
    page.wait_for_selector(CHIP)
    other = browser.new_context().new_page()
    other.goto(page_url)
    other.wait_for_selector("#fn-question textarea")
    assert "layers" not in other.inner_text("#fn-chat")
    other.context.close()


def test_no_request_leaves_the_machine(page, page_url):
    ask(page, "What does the hostile text say?")
    page.wait_for_selector(CHIP)
    outside = [url for url in page.requested if not url.startswith((page_url, "data:", "blob:"))]
    assert outside == []


def test_the_page_fits_a_narrow_screen(page):
    page.set_viewport_size({"width": 380, "height": 800})
    ask(page, "How many layers does MobileNet have?")
    page.wait_for_selector(CHIP)
    assert page.evaluate("document.documentElement.scrollWidth") <= 380


def test_responses_carry_the_content_policy_and_other_host_names_are_refused(page_url):
    with urllib.request.urlopen(page_url) as response:
        assert "default-src 'self'" in response.headers["content-security-policy"]
    request = urllib.request.Request(page_url, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 400
    refused.value.close()
