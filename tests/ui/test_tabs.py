"""The tabs Notes and Evals in a real browser, over notes and runs of their own."""

from dataclasses import replace

import pytest

from evals.run_folder import Selection
from tests.evals.run_samples import SETUP, question, record, written_run
from tests.page_server import running_command
from tests.page_tools import expect, ready_page
from ui.eval_runs import runs_folder

pytestmark = [pytest.mark.browser, pytest.mark.weights]

NOTE = (
    "# Rotations\n\nRoPE rotates $q$ and $k$ by an angle.\n\n## Why\n\nThe product then depends on the distance only.\n"
)
HOSTILE = "# Bad\n\n<script>document.title='owned'</script> ![x](https://evil.example/a.png) {{7*7}} ${alert(1)}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("tabs")
    (made / "notes").mkdir()
    (made / "notes" / "rope.md").write_text(NOTE)
    (made / "notes" / "bad.md").write_text(HOSTILE)
    (made / "more").mkdir()
    (made / "more" / "new.md").write_text("# Mixtures\n\nA mixture of experts has a router.\n")
    (made / "more" / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    questions = [question(n) for n in range(1, 5)]
    runs = runs_folder(made / "data")
    written_run(runs / "a", questions, [record(f"q{n}") for n in range(1, 5)])
    worse = [record("q1", found=False, text="Something else."), record("q2")]
    written_run(runs / "b", questions[:2], worse, replace(SETUP, mode="quick"), Selection(limit=2))
    return made


@pytest.fixture(scope="module")
def url(folder):
    with running_command(folder, folder / "notes") as running:
        yield f"{running.url}/"


@pytest.fixture(scope="module", params=[(1280, "light"), (390, "dark")], ids=["wide light", "narrow dark"])
def tab(request, browser, url):
    """A visitor's page, kept from test to test, as loading takes long."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened = ready_page(context, url)
    opened.get_by_role("tab", name="Notes").click()
    opened.wait_for_selector("#fn-note-list table")
    yield opened
    assert all(address.startswith((url, "data:", "blob:")) for address in opened.requested)
    context.close()


def check_accessible(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth")


def choose(page, dropdown, option):
    page.click(f"#{dropdown} input")
    page.locator("ul[role=listbox] li", has_text=option).first.click()


def test_a_search_opens_the_note_at_the_passage(tab):
    tab.fill("#fn-search textarea, #fn-search input", "rotates angle")
    tab.keyboard.press("Enter")
    hit = tab.locator(".fn-hits li").first
    expect(hit).to_contain_text("BM25 #1")
    hit.locator(".fn-open-note").click()
    tab.wait_for_selector("#fn-reader mark#fn-place")
    expect(tab.locator("#fn-reader math")).to_have_count(2)
    check_accessible(tab)


def test_a_hostile_note_is_text(tab):
    tab.click("#fn-note-list button:has-text('Bad')")
    tab.wait_for_selector("#fn-reader .fn-reading > header :text('Bad')")
    expect(tab.locator("#fn-reader")).to_contain_text("<script>document.title='owned'</script>")
    expect(tab.locator("#fn-reader")).to_contain_text("{{7*7}} ${alert(1)}")
    assert tab.title() == "footnote"


def test_a_wrong_filter_is_told_and_a_right_one_filters(tab):
    tab.click("text=Filter, number of passages, fusion")
    tab.fill("#fn-where textarea", "{not json")
    tab.fill("#fn-search textarea, #fn-search input", "rotates")
    tab.click("button:has-text('Search')")
    expect(tab.locator("#fn-hits [role=alert]")).to_contain_text("not JSON")
    tab.fill("#fn-where textarea", '{"must": [{"field": "title", "match": "Bad"}]}')
    tab.click("button:has-text('Search')")
    tab.wait_for_selector("#fn-hits :text('Bad')")
    expect(tab.locator("#fn-hits")).not_to_contain_text("Rotations")


def test_a_folder_and_files_are_indexed_with_failures_listed(tab, folder):
    tab.fill("input[placeholder='/home/me/notes'], textarea[placeholder='/home/me/notes']", str(folder / "more"))
    tab.click("button:has-text('Index folder')")
    expect(tab.locator("#fn-job")).to_contain_text("broken.pdf")
    expect(tab.locator("#fn-note-list")).to_contain_text("Mixtures")
    upload = {"name": "../mine.md", "mimeType": "text/markdown", "buffer": b"# Mine\n\nUploaded words.\n"}
    tab.set_input_files("input[type=file]", [upload])
    expect(tab.locator("#fn-job")).to_contain_text("Indexed mine.md")
    expect(tab.locator("#fn-note-list")).to_contain_text("Mine")
    assert (folder / "data" / "uploads" / "mine.md").exists()
    check_accessible(tab)


def test_two_runs_are_compared_and_the_part_of_a_set_is_told(tab):
    tab.get_by_role("tab", name="Evals").click()
    choose(tab, "fn-run-a", "auto")
    choose(tab, "fn-run-b", "at most 2 questions")
    expect(tab.locator("#fn-compared")).to_contain_text("Aligned on 2 questions")
    tab.locator("#fn-compared svg circle").nth(5).wait_for(state="attached")
    tab.locator(".fn-changed-question summary").first.click()
    expect(tab.locator(".fn-sides").first).to_contain_text("Something else.")
    choose(tab, "fn-run-one", "quick")
    tab.wait_for_selector("#fn-run-report table")
    check_accessible(tab)


def test_the_report_of_a_run_opens_as_a_page_without_an_origin(tab):
    tab.get_by_role("tab", name="Evals").click()
    choose(tab, "fn-run-one", "auto")
    with tab.context.expect_page() as opening:
        tab.click("text=Open the whole report")
    report = opening.value
    expect(report.locator("table").first).to_be_visible()
    expect(report.locator("body")).to_contain_text("Question 1?")
    assert report.evaluate("self.origin") == "null"
    report.close()
