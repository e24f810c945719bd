"""The chat API, as the client of OpenAI and plain requests use it."""

import json

import httpx
import openai
import pytest

from tests.page_server import QUESTION, SENTENCE


@pytest.fixture
def client(served):
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0, timeout=60) as opened:
        yield opened


def asked(client, messages, **options):
    return client.chat.completions.create(model="footnote", messages=messages, **options)


def user(text):
    return [{"role": "user", "content": text}]


def test_the_answer_comes_with_its_footnotes(client):
    answer = asked(client, user(QUESTION))
    (choice,) = answer.choices
    assert choice.finish_reason == "stop"
    assert choice.message.content.startswith(f"{SENTENCE} [1]")
    first = choice.message.footnotes[0]
    assert (first["n"], first["note_id"], first["quote"]) == (1, "mobilenet.md", SENTENCE)
    assert answer.model == "footnote"
    assert answer.usage.total_tokens == 0


def test_a_stream_sends_verified_sentences_and_its_last_piece_the_footnotes(client):
    pieces = list(asked(client, user(QUESTION), stream=True, stream_options={"include_usage": True}))
    said = [piece.choices[0].delta.content for piece in pieces if piece.choices and piece.choices[0].delta.content]
    assert said[0] == f"{SENTENCE} [1]"
    whole = asked(client, user(QUESTION)).choices[0].message
    assert "".join(said) == whole.content
    assert [piece.choices[0].finish_reason for piece in pieces[:-1]] == [None] * (len(pieces) - 2) + ["stop"]
    assert pieces[-2].choices[0].delta.footnotes == whole.footnotes
    assert pieces[-1].usage.total_tokens == 0
    assert len({piece.id for piece in pieces}) == 1


async def test_the_asynchronous_client_streams_too(served):
    async with openai.AsyncOpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0) as client:
        pieces = await client.chat.completions.create(model="extractive", messages=user(QUESTION), stream=True)
        said = [piece.choices[0].delta.content or "" async for piece in pieces]
    assert SENTENCE in "".join(said)


def test_earlier_messages_are_the_conversation(client):
    for first, word in (("What does dropout do?", "zero"), ("Why are attention scores divided?", "gradients")):
        earlier = [{"role": "system", "content": "You are a pirate."}, *user(first)]
        answered = [*earlier, {"role": "assistant", "content": asked(client, user(first)).choices[0].message.content}]
        for messages in (earlier, answered):
            follow_up = asked(client, [*messages, *user("Why is that so?")]).choices[0].message
            assert word in follow_up.content


def test_a_message_in_parts_is_read(client):
    content = [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    assert SENTENCE in asked(client, [{"role": "user", "content": content}]).choices[0].message.content


def test_what_the_notes_do_not_cover_is_refused(client):
    message = asked(client, user("Who painted the ceiling of the Sistine Chapel?")).choices[0].message
    assert message.refused
    assert message.footnotes == []
    assert "do not cover" in message.content
    streamed = list(asked(client, user("Who painted the ceiling of the Sistine Chapel?"), stream=True))
    assert "".join(piece.choices[0].delta.content or "" for piece in streamed) == message.content


def test_the_open_models_are_listed(client):
    assert [model.id for model in client.models.list()] == ["footnote", "extractive"]
    assert client.models.retrieve("extractive").owned_by == "footnote"
    with pytest.raises(openai.NotFoundError, match="no model 'gpt-9' here; these are open: footnote, extractive"):
        client.models.retrieve("gpt-9")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("change", "error", "param", "message"),
    [
        ({"model": "gpt-9"}, openai.NotFoundError, "model", "no model 'gpt-9'"),
        ({"messages": user("???")}, openai.BadRequestError, "messages", "no words"),
        ({"messages": user("")}, openai.BadRequestError, "messages", "no words"),
        ({"messages": []}, openai.BadRequestError, "messages", "no message of the user"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, openai.BadRequestError, "messages", "last message"),
        ({"messages": "x"}, openai.BadRequestError, "messages", "list of objects"),
        ({"messages": [{"role": "user", "content": 1}]}, openai.BadRequestError, "messages", "must be text"),
        ({"n": 2}, openai.BadRequestError, "n", "one answer"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)
def test_errors_have_openais_form(client, change, error, param, message, stream):
    request = {"model": "footnote", "messages": user(QUESTION), "stream": stream, **change}
    with pytest.raises(error, match=message) as raised:
        client.chat.completions.create(**request)
    assert raised.value.param == param
    assert raised.value.type == "invalid_request_error"


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"[1]", 400), (b"{", 400), (b"[" * 100_000, 400), (b" " * (2**20 + 1), 413)]
)
def test_a_body_that_is_no_request_is_told_so(served, body, status):
    response = httpx.post(f"{served.url}/v1/chat/completions", content=body, timeout=60)
    assert response.status_code == status
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_whoever_hangs_up_frees_the_place(served):
    request = {"model": "footnote", "messages": user(QUESTION), "stream": True}
    for _ in range(12):
        with httpx.stream("POST", f"{served.url}/v1/chat/completions", json=request, timeout=60) as response:
            next(response.iter_lines())
    lines = httpx.post(f"{served.url}/v1/chat/completions", json=request, timeout=60).text.split("\n\n")
    assert lines[-2] == "data: [DONE]"
    assert json.loads(lines[-3].removeprefix("data: "))["choices"][0]["finish_reason"] == "stop"
