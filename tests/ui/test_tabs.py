"""The tabs Notes and Evals in a real browser, on a page of their own."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from evals.run_folder import Selection
from tests.evals.run_samples import SETUP, question, record, written_run
from tests.page_tools import free_port
from tests.ui.conftest import ROOT, _wait_until_up
from ui.eval_runs import runs_folder

pytestmark = [pytest.mark.browser, pytest.mark.weights]

SERVER = """
import sys
from pathlib import Path
import gradio as gr
from agent import Assistant
from agent.settings import Settings
from ui.guard import middleware
from ui.indexing import IndexingJobs
from ui.page.evals_tab import evals_tab
from ui.page.notes_tab import notes_tab

settings = Settings.from_environment()
assistant = Assistant.open(settings.index, "extractive", settings)
static = Path("ui/static")
with gr.Blocks(title="tabs") as page:
    gr.HTML("<h1>Tabs</h1>")
    with gr.Tabs():
        with gr.Tab("Notes"):
            notes_tab(assistant, IndexingJobs(assistant.index, settings.data))
        with gr.Tab("Evals"):
            evals_tab(assistant, settings.data)
page.launch(
    server_port=int(sys.argv[1]), quiet=True, share=False, footer_links=[], css_paths=sorted(static.glob("*.css")),
    app_kwargs={"middleware": middleware("127.0.0.1")}, theme=gr.themes.Default(font=["sans-serif"]),
)
"""

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
    environment = {
        **os.environ,
        "FOOTNOTE_DATA": str(folder / "data"),
        "FOOTNOTE_INDEX": str(folder / "index"),
        "GRADIO_TEMP_DIR": str(folder / "temp"),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "PYTHONPATH": str(ROOT),
    }
    index = [sys.executable, "-m", "ui.cli", "index", str(folder / "notes")]
    subprocess.run(index, cwd=ROOT, env=environment, check=True)
    port = free_port()
    with (folder / "log").open("w+") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            _wait_until_up(f"http://127.0.0.1:{port}/", server, folder / "log")
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="module", params=[(1280, "light"), (390, "dark")], ids=["wide light", "narrow dark"])
def tab(request, browser, url):
    """A visitor's page, kept from test to test, as loading takes long; `requested` holds every address asked for."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened = context.new_page()
    opened.requested = []
    opened.on("request", lambda asked: opened.requested.append(asked.url))
    opened.goto(url + ("?__theme=dark" if scheme == "dark" else ""))
    opened.wait_for_selector("#fn-note-list table")
    yield opened
    assert all(address.startswith((url, "data:", "blob:")) for address in opened.requested)
    context.close()


def check_accessible(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def choose(page, dropdown, option):
    page.click(f"#{dropdown} input")
    page.locator("ul[role=listbox] li", has_text=option).first.click()


def test_a_search_opens_the_note_at_the_passage(tab):
    tab.fill("#fn-search textarea, #fn-search input", "rotates angle")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".fn-hits li")
    assert "BM25 #1" in tab.inner_text(".fn-hits li:first-child")
    tab.click(".fn-hits li:first-child .fn-open-note")
    tab.wait_for_selector("#fn-reader mark#fn-place")
    assert tab.locator("#fn-reader math").count() == 2
    check_accessible(tab)


def test_a_hostile_note_is_text(tab):
    tab.click("#fn-note-list button:has-text('Bad')")
    tab.wait_for_selector("#fn-reader .fn-reading > header :text('Bad')")
    shown = tab.inner_text("#fn-reader")
    assert "<script>document.title='owned'</script>" in shown
    assert "{{7*7}} ${alert(1)}" in shown
    assert tab.title() != "owned"


def test_a_wrong_filter_is_told_and_a_right_one_filters(tab):
    tab.click("text=Filter, number of passages, fusion")
    tab.fill("#fn-where textarea", "{not json")
    tab.fill("#fn-search textarea, #fn-search input", "rotates")
    tab.click("button:has-text('Search')")
    assert "not JSON" in tab.inner_text("#fn-hits [role=alert]")
    tab.fill("#fn-where textarea", '{"must": [{"field": "title", "match": "Bad"}]}')
    tab.click("button:has-text('Search')")
    tab.wait_for_selector("#fn-hits :text('Bad')")
    assert "Rotations" not in tab.inner_text("#fn-hits")


def test_a_folder_and_files_are_indexed_with_failures_listed(tab, folder):
    tab.fill("input[placeholder='/home/me/notes'], textarea[placeholder='/home/me/notes']", str(folder / "more"))
    tab.click("button:has-text('Index folder')")
    tab.wait_for_selector("#fn-job :text('broken.pdf')", timeout=60_000)
    tab.wait_for_selector("#fn-note-list :text('Mixtures')")
    upload = {"name": "../mine.md", "mimeType": "text/markdown", "buffer": b"# Mine\n\nUploaded words.\n"}
    tab.set_input_files("input[type=file]", [upload])
    tab.wait_for_selector("#fn-note-list :text('Mine')", timeout=60_000)
    assert (folder / "data" / "uploads" / "mine.md").exists()
    check_accessible(tab)


def test_two_runs_are_compared_and_the_part_of_a_set_is_told(tab):
    tab.get_by_role("tab", name="Evals").click()
    choose(tab, "fn-run-a", "auto")
    choose(tab, "fn-run-b", "at most 2 questions")
    tab.wait_for_selector(".fn-measures")
    assert "Aligned on 2 questions" in tab.inner_text("#fn-compared")
    assert tab.locator("#fn-compared svg circle").count() > 5
    tab.locator(".fn-changed-question summary").first.click()
    assert "Something else." in tab.inner_text(".fn-sides")
    choose(tab, "fn-run-one", "quick")
    tab.wait_for_selector("#fn-run-report table")
    check_accessible(tab)
