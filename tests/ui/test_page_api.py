"""The calls of the page for programs, by gradio_client and by plain HTTP."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from agent import Answer
from tests.fakes_model import StreamingModel
from tests.page_server import QUESTION, SENTENCE, RunningPage, free_port, open_assistant
from ui.page.api import GENERATION_LIMIT
from ui.page.assistants import Assistants
from ui.page.launch import launch
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


def called(page, name, *given):
    """What the server sends for a call by plain HTTP."""
    with httpx.Client(base_url=f"{page.url}/gradio_api/call/{name}", timeout=60) as client:
        return client.get(f"/{client.post('', json={'data': given}).json()['event_id']}").text


def test_plain_http_asks_too(served):
    stream = called(served, "search", "softmax gradients", 1, "bm25")
    assert stream.startswith("event: complete\n")
    assert json.loads(stream.split("data: ")[1])[0][0]["note_id"] == "attention.md"


async def launched(assistant, port):
    """The page in this process. Gradio makes two event loops where none is running, and leaves them open."""
    return launch(assistant, "127.0.0.1", port, wait=False)


def test_a_search_does_not_wait_behind_questions(tmp_path):
    """While the model writes as many answers as it may, and two questions wait, a search comes back."""
    may_write = threading.Event()

    def write(_):
        assert may_write.wait(60)
        yield f"{SENTENCE} [n1]"

    llm, port = StreamingModel([write] * (GENERATION_LIMIT + 2)), free_port()
    with open_assistant(tmp_path) as assistant, ThreadPoolExecutor() as threads:
        assistant.use("gated", llm)
        page = asyncio.run(launched(assistant, port))
        here = RunningPage(f"http://127.0.0.1:{port}", tmp_path)
        asked = [threads.submit(called, here, "ask", QUESTION, "quick", []) for _ in range(GENERATION_LIMIT + 2)]
        while len(llm.calls) < GENERATION_LIMIT:
            may_write.wait(0.05)
        test_plain_http_asks_too(here)
        assert not any(one.done() for one in asked)
        may_write.set()
        assert all(SENTENCE in one.result() for one in asked)
        page.close()


def test_the_assistants_are_kept_with_what_they_have_encoded(tmp_path):
    with open_assistant(tmp_path) as first:
        assistants = Assistants(first)
        assert assistants.usual() is assistants.usual()
        order = Order("x", passages=3)
        assert assistants.find(order) is assistants.find(order) is not assistants.usual()
        assert assistants.find(order).settings.passages == 3
        assert assistants.usual().pool is first.pool
