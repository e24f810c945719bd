"""A running page over a small index, and a browser to look at it."""

import os
from dataclasses import replace

import pytest

from agent import Assistant, Settings
from corpus import load_notes
from retrieval import Index
from tests.find_browser import find_browser
from tests.page_server import free_port, running_command, running_page
from tests.page_tools import expect, ready_page
from ui.page.launch import launch

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
NOTES = {
    "mobilenet.md": "# MobileNet\n\n## Depth\n\nMobileNet has 28 layers when depthwise and pointwise layers are "
    "counted separately.\n\n## Use\n\nMobileNet was made for phones. Depthwise convolutions keep its "
    "arithmetic small.\n",
    "dropout.md": "# Dropout\n\nDropout sets a random part of the activations to zero during training.\n",
    "hostile.md": "# Hostile\n\nHostile text says <script>document.title='owned'</script> and "
    "<img src=https://evil.example/a.png> and {{7*7}} ${alert(1)} "
    "<form action=https://evil.example><input></form> [link](javascript:alert(1)).\n",
}


@pytest.fixture(scope="session")
def _running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    notes = folder / "notes"
    notes.mkdir()
    for name, text in NOTES.items():
        (notes / name).write_text(text)
    with running_command(folder, notes) as running:
        yield running


@pytest.fixture(scope="session")
def page_url(_running):
    """Address of a server over three notes, started by the command that people use; visitors share nothing else."""
    return f"{_running.url}/"


@pytest.fixture(scope="session")
def page_data(_running):
    """The data folder of that server."""
    return _running.folder / "data"


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """The page over three small notes, open to everybody on this machine, with the tools for other assistants."""
    with running_page(tmp_path_factory.mktemp("open"), "--mcp") as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    """A Chromium or Chrome of this machine. Without one the tests are skipped; in CI that is a failure."""
    found = find_browser()
    if found is None:
        message = "no Chromium or Chrome on this machine; install one to test the page"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def visitor(browser):
    """Opens pages, each in a browser profile of its own unless one is given; all are closed at the end."""
    opened = []

    def visit(url, context=None, **options):
        context = context or browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **options})
        opened.append(context)
        return ready_page(context, url)

    yield visit
    for context in opened:
        context.close()


@pytest.fixture(scope="module")
def _kept_page(browser, page_url):
    context = browser.new_context(viewport={"width": 1280, "height": 860}, permissions=["clipboard-read"])
    yield ready_page(context, page_url)
    context.close()


@pytest.fixture
def page(_kept_page):
    """A visitor's page with a new conversation; it stays open from test to test of a module, as loading takes long."""
    _kept_page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    _kept_page.set_viewport_size({"width": 1280, "height": 860})
    _kept_page.keyboard.press("Escape")
    _kept_page.evaluate("footnote.call('delete_all').then(footnote.newTalk).then(footnote.refreshTalks)")
    expect(_kept_page.locator(".fn-talk, .fn-turn")).to_have_count(0)
    _kept_page.fill("#fn-box", "")
    _kept_page.problems.clear()
    return _kept_page


@pytest.fixture(scope="module")
def layers_index(tmp_path_factory):
    """Folder of an index over one note of many short sentences."""
    folder = tmp_path_factory.mktemp("layers")
    lines = " ".join(f"Layer {n} of the network has {n * 10} units." for n in range(1, 21))
    (folder / "notes").mkdir()
    (folder / "notes" / "network.md").write_text(f"# The network\n\n{lines}\n")
    with Index.create(folder / "index") as index:
        index.update(load_notes(folder / "notes"))
    return folder / "index"


@pytest.fixture
def serve_here(layers_index):
    """Serves pages in this process: `serve_here(llm)` is the address; all end with the test."""
    served = []

    def serve(llm=None, *, data=None, port=None, model=None):
        settings = Settings.from_environment()
        settings = replace(settings, data=data or settings.data)
        assistant = Assistant.open(layers_index, llm or "extractive", settings)
        port = port or free_port()
        served.append((launch(assistant, "127.0.0.1", port, model=model, wait=False), assistant))
        return f"http://127.0.0.1:{port}/"

    def end():
        for page, assistant in [served.pop() for _ in served[:]]:
            page.close()
            assistant.close()

    serve.end = end
    yield serve
    end()
