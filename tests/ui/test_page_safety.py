"""What a hostile note can do to the page, which is nothing, and what leaves the machine, which is nothing either."""

import urllib.error
import urllib.request

import pytest

from tests.page_tools import ask, expect

pytestmark = [pytest.mark.weights, pytest.mark.browser]


def test_a_hostile_note_is_shown_as_text_and_does_nothing(visitor, page_url):
    page = visitor(page_url)
    ask(page, "What does the hostile text say?").locator(".fn-chip").first.click()
    page.wait_for_selector(".fn-card.fn-open")
    expect(page.locator("#fn-sources")).to_contain_text("<script>document.title='owned'</script>")
    expect(page.locator("#fn-sources")).to_contain_text("{{7*7}}")
    page.click("#fn-show-all")
    page.wait_for_selector(".fn-card .fn-card-rank")
    page.locator(".fn-card", has_text="Hostile").first.locator("text=Open note").click()
    expect(page.locator("#fn-note[open]")).to_contain_text("{{7*7}} ${alert(1)}")
    dangerous = "script, img, form, iframe, a[href^='javascript:']"
    for place in ("#fn-sources", "#fn-turns", "#fn-note-text"):
        expect(page.locator(place).locator(dangerous)).to_have_count(0)
    assert page.title() == "footnote"
    outside = [url for url in page.requested if not url.startswith((page_url, "data:", "blob:"))]
    assert outside == []
    assert page.problems == []


def test_a_visitor_is_known_by_a_cookie_that_no_script_reads(visitor, page_url):
    page = visitor(page_url)
    (kept,) = [one for one in page.context.cookies() if one["name"] == "footnote_visitor"]
    assert (kept["httpOnly"], kept["sameSite"]) == (True, "Lax")
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("footnote.call('status').then((status) => status.kept)")
    page.reload()
    page.wait_for_selector("html[data-footnote=ready]")
    assert kept["value"] in [one["value"] for one in page.context.cookies()]


def test_responses_carry_the_content_policy_and_other_host_names_are_refused(page_url):
    with urllib.request.urlopen(page_url) as response:
        assert "default-src 'self'" in response.headers["content-security-policy"]
    request = urllib.request.Request(page_url, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 400
    refused.value.close()
