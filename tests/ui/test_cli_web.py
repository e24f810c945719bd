"""From the question to the cited page, by command and by page, with a search server and pages on loopback."""

import json
import socket
from dataclasses import replace

import pytest

from agent import Assistant, Settings
from agent.web import Web
from evals.web_cases.injected import HONEST
from evals.web_cases.internet import PUBLIC, Internet, Served, page
from tests.page_server import free_port
from tests.page_tools import ask, expect, ready_page
from ui.cli import main
from ui.history import History
from ui.page.asking import Asking
from ui.page.assistants import Assistants
from ui.page.launch import launch
from ui.page.line import Line
from ui.page.orders import Order

pytestmark = pytest.mark.weights

PAGE = "http://page.example.org/rope"
QUESTION = "How do rotary embeddings turn queries and keys?"


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    (folder / "notes").mkdir()
    (folder / "notes" / "dropout.md").write_text("# Dropout\n\nDropout sets some of the activations to zero.\n")
    assert main(["index", str(folder / "notes"), "--index", str(folder / "index")]) == 0
    return str(folder / "index")


@pytest.fixture
def internet(monkeypatch):
    """The network of this machine: names resolve to public addresses, whose connections end on loopback."""
    found = {"results": [{"url": PAGE, "title": "Rotary embeddings", "content": "What they are."}]}
    sites = {
        "page.example.org": {"/rope": page(f"<h1>Rotary embeddings</h1><p>{HONEST}</p>", "Rotary embeddings")},
        "127.0.0.1": {"/search": Served(json.dumps(found))},
    }
    look_up, connect = socket.getaddrinfo, socket.create_connection
    with Internet(sites) as made:

        def fake_look_up(host, port, *rest, **named):
            if host in made.sites and host != "127.0.0.1":
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, port))]
            return look_up(host, port, *rest, **named)

        def fake_connect(address, *rest, **named):
            made.connected.append(address)
            return connect(("127.0.0.1", made.port) if address[0] == PUBLIC else address, *rest, **named)

        monkeypatch.setattr(socket, "getaddrinfo", fake_look_up)
        monkeypatch.setattr(socket, "create_connection", fake_connect)
        monkeypatch.setenv("FOOTNOTE_WEB_SEARCH", f"http://127.0.0.1:{made.port}")
        yield made


def patient_settings():
    """Those of the environment, with time for a page that is parsed on a busy machine."""
    settings = Settings.from_environment()
    return replace(settings, web=replace(settings.web, seconds=60.0))


def test_a_question_is_answered_from_a_page_with_a_footnote_and_a_trace(capsys, index, internet):
    assert main(["ask", QUESTION, "--web", "--trace", "--index", index]) == 0
    out = capsys.readouterr().out
    assert f"{HONEST} [1]" in out
    assert f"[1] Rotary embeddings\n    “{HONEST}”\n    {PAGE}" in out
    for line in ("agent · web:", "tool · web_search", "tool · visit_page"):
        assert line in out
    assert (PUBLIC, 80) in internet.connected


def test_the_json_names_the_page_as_its_source(capsys, index, internet):
    assert main(["ask", QUESTION, "--web", "--json", "--index", index]) == 0
    answer = json.loads(capsys.readouterr().out)
    cited = answer["citations"][0]
    assert (cited["kind"], cited["source"], cited["quote"]) == ("web", PAGE, HONEST)


@pytest.mark.parametrize("option", [[], ["--no-web"]])
def test_without_being_asked_nothing_is_sent(capsys, index, internet, option):
    assert main(["ask", QUESTION, *option, "--index", index]) == 0
    assert "Your notes do not cover this" in capsys.readouterr().out
    assert (internet.requests, internet.connected) == ([], [])


def test_the_page_asks_the_web_while_its_switch_is_on(index, internet, tmp_path):
    settings = patient_settings()
    history = History.open(tmp_path / "history.db")
    with Assistant.open(index, "extractive", settings) as assistant:
        asking = Asking(Assistants(assistant, Web.open(settings)), history, Line(1, 1))
        *_, shown = asking.messages(Order(QUESTION, web=True), "me")
        assert HONEST in "".join(shown["parts"]["answer"])
        assert PAGE in shown["cards"]
        assert "as the page said when it was read" in shown["cards"]
        sent = len(internet.requests)
        *_, shown = asking.messages(Order(QUESTION, talk_id=shown["talk"]), "me")
        assert HONEST not in "".join(shown["parts"]["answer"])
        assert 'data-do="search-web"' in "".join(shown["parts"]["answer"])
        assert len(internet.requests) == sent > 0


@pytest.mark.browser
@pytest.mark.filterwarnings("default")  # Gradio's own, in its server's threads
def test_a_visitor_switches_the_web_on(index, internet, browser):
    with Assistant.open(index, "extractive", patient_settings()) as assistant:
        port = free_port()
        page = launch(assistant, "127.0.0.1", port, wait=False)
        visitor = ready_page(browser.new_context(), f"http://127.0.0.1:{port}/")
        try:
            expect(ask(visitor, QUESTION).locator(".fn-refusal")).to_contain_text("Not in your notes")
            assert internet.requests == []
            visitor.click("text=Search the web")
            expect(visitor.locator(".fn-turn[data-state=ready]").nth(1).locator(".fn-answer")).to_contain_text(HONEST)
            visitor.check("#fn-web-on")
            turn = ask(visitor, QUESTION)
            expect(turn.locator(".fn-answer")).to_contain_text(HONEST)
            turn.locator(".fn-chip-web").click()
            card = visitor.locator(".fn-card-web.fn-open")
            expect(card).to_contain_text(PAGE)
            expect(card).to_contain_text("as the page said when it was read")
        finally:
            visitor.context.close()
            page.close()


def test_a_wrong_setting_is_one_line(capsys, index, monkeypatch):
    monkeypatch.setenv("FOOTNOTE_WEB_SEARCH", "bing")
    assert main(["ask", QUESTION, "--web", "--index", index]) == 1
    assert capsys.readouterr().err.startswith("footnote: FOOTNOTE_WEB_SEARCH is no search provider; it takes")


def test_the_doctor_names_the_provider_and_sends_nothing(capsys, index, internet):
    main(["doctor", "--index", index])
    assert f"web search: SearXNG at 127.0.0.1:{internet.port}" in capsys.readouterr().out
    assert internet.requests == []
