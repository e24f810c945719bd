"""The calls of the page for programs, by gradio_client and by plain HTTP."""

import json
import threading

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from agent import Answer
from tests.page_server import QUESTION, SENTENCE, open_assistant
from ui.page.assistants import Assistants
from ui.page.orders import Order

pytestmark = pytest.mark.filterwarnings("default")  # gradio_client's own


@pytest.fixture(scope="module")
def client(served):
    opened = Client(served.url, verbose=False)
    yield opened
    opened.close()


def test_a_question_is_answered(client):
    answer = Answer.from_json(json.dumps(client.predict(QUESTION, api_name="/ask")))
    assert answer.text.startswith(f"{SENTENCE} [1]")
    assert answer.citations[0].quote == SENTENCE


def test_sentences_arrive_before_the_answer(client):
    job = client.submit(QUESTION, "quick", api_name="/ask")
    job.result(timeout=60)
    first, *_, last = job.outputs()
    assert first["sentences"][0]["text"] == SENTENCE
    assert "answer" not in first
    assert last["answer"].startswith(SENTENCE)


def test_a_follow_up_names_what_was_asked_before(client):
    answer = client.predict("And what is its use?", earlier=[QUESTION], api_name="/ask")
    assert "phones" in answer["answer"]


def test_passages_are_found(client):
    (hit,) = client.predict("softmax gradients", k=1, mode="bm25", api_name="/search")
    assert (hit["rank"], hit["note_id"]) == (1, "attention.md")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"question": "???", "api_name": "/ask"}, "no words"),
        ({"question": "x", "mode": "magic", "api_name": "/ask"}, "mode is one of auto"),
        ({"query": "x", "mode": "magic", "api_name": "/search"}, "mode is one of hybrid"),
    ],
)
def test_a_mistake_is_told(client, arguments, message):
    with pytest.raises(AppError, match=message):
        client.predict(**arguments)


def test_nothing_else_of_the_page_is_a_call(client):
    described = client.view_api(return_format="dict")
    assert sorted(described["named_endpoints"]) == ["/ask", "/search"]
    assert described["unnamed_endpoints"] == {}


def test_plain_http_asks_too(served):
    call = httpx.post(f"{served.url}/gradio_api/call/search", json={"data": ["softmax gradients", 1, "bm25"]})
    stream = httpx.get(f"{served.url}/gradio_api/call/search/{call.json()['event_id']}", timeout=30).text
    assert stream.startswith("event: complete\n")
    assert json.loads(stream.split("data: ")[1])[0][0]["note_id"] == "attention.md"


def test_a_search_does_not_wait_behind_questions(served):
    """With 12 questions waiting for 4 places, a search comes back before the last of them."""
    done = []

    def ask():
        call = httpx.post(f"{served.url}/gradio_api/call/ask", json={"data": [QUESTION, "quick", []]})
        httpx.get(f"{served.url}/gradio_api/call/ask/{call.json()['event_id']}", timeout=60)
        done.append("ask")

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    test_plain_http_asks_too(served)
    before = len(done)
    for thread in threads:
        thread.join()
    assert before < len(done) == 12


def test_the_assistants_are_kept_with_what_they_have_encoded(tmp_path):
    with open_assistant(tmp_path) as first:
        assistants = Assistants(first)
        assert assistants.usual() is assistants.usual()
        order = Order("x", passages=3)
        assert assistants.find(order) is assistants.find(order) is not assistants.usual()
        assert assistants.find(order).settings.passages == 3
        assert assistants.usual().pool is first.pool
