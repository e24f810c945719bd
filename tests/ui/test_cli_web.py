"""From the question to the cited page, by command and by page, with a search server and pages on loopback."""

import json
import socket
from dataclasses import replace

import pytest

from agent import Assistant, Conversation, Settings
from evals.web_cases.injected import HONEST
from evals.web_cases.internet import PUBLIC, Internet, Served, page
from ui.cli import main
from ui.page.launch import launch, online
from ui.web import _stream

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


def test_the_page_asks_the_web_while_its_switch_is_on(index, internet):
    with Assistant.open(index, "extractive", Settings.from_environment()) as assistant:
        with_web = online(assistant)
        *_, (_, messages, talk, cards, _) = _stream(assistant, QUESTION, [], Conversation(with_web), "")
        assert HONEST in messages[-1]["content"]
        assert PAGE in cards
        assert "as the page said when it was read" in cards
        sent = len(internet.requests)
        switched_off = replace(talk, assistant=assistant)
        *_, (_, messages, _, _, _) = _stream(assistant, QUESTION, messages, switched_off, cards)
        assert HONEST not in messages[-1]["content"]
        assert len(internet.requests) == sent > 0
        with_web.pool.close()


@pytest.mark.browser
@pytest.mark.filterwarnings("default")  # Gradio's own, in its server's threads
def test_a_visitor_switches_the_web_on(index, internet, browser):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Assistant.open(index, "extractive", Settings.from_environment()) as assistant:
        page = launch(assistant, "127.0.0.1", port, wait=False)
        visitor = browser.new_page()
        try:
            visitor.goto(f"http://127.0.0.1:{port}/")
            visitor.fill("#fn-question textarea", QUESTION)
            visitor.keyboard.press("Enter")
            assert "Not in your notes" in visitor.wait_for_selector(".fn-refusal").inner_text()
            assert internet.requests == []
            visitor.check("#fn-web input")
            visitor.fill("#fn-question textarea", QUESTION)
            visitor.keyboard.press("Enter")
            visitor.wait_for_selector("a.fn-chip")
            assert HONEST in visitor.inner_text(".fn-answer >> nth=-1")
            visitor.click("a.fn-chip")
            card = visitor.wait_for_selector(".fn-card.fn-open").inner_text()
            assert PAGE in card
            assert "as the page said when it was read" in card
        finally:
            visitor.close()
            page.close()


def test_a_wrong_setting_is_one_line(capsys, index, monkeypatch):
    monkeypatch.setenv("FOOTNOTE_WEB_SEARCH", "bing")
    assert main(["ask", QUESTION, "--web", "--index", index]) == 1
    assert capsys.readouterr().err.startswith("footnote: FOOTNOTE_WEB_SEARCH is no search provider; it takes")


def test_the_doctor_names_the_provider_and_sends_nothing(capsys, index, internet):
    main(["doctor", "--index", index])
    assert f"web search: SearXNG at 127.0.0.1:{internet.port}" in capsys.readouterr().out
    assert internet.requests == []
