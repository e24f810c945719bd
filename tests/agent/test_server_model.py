"""A server is asked greedily, its stop strings hold, and each of its faults is one clear line."""

import pytest

from agent.errors import ModelFailed, ModelUnavailable
from agent.models import open_model
from agent.server_model import model_names, split_address
from tests.model_server import model_server

QUESTION = [{"role": "user", "content": [{"type": "text", "text": "Why?"}]}]
WORDS = ["Because ", "it ", "is ", "sc", "aled", " STO", "P and on"]


def test_a_text_and_its_usage_come_from_the_server():
    with model_server(WORDS) as (url, requests):
        message = open_model(f"openai:tiny@{url}").generate(QUESTION)
    assert message.content == "".join(WORDS)
    assert (message.token_usage.input_tokens, message.token_usage.output_tokens) == (7, len(WORDS))
    assert requests[0]["model"] == "tiny"
    assert requests[0]["temperature"] == 0


@pytest.mark.parametrize("stream", [False, True])
def test_a_stop_string_holds_although_the_server_ignores_it(stream):
    with model_server(WORDS) as (url, requests):
        model = open_model(f"openai:tiny@{url}")
        if stream:
            text = "".join(delta.content for delta in model.generate_stream(QUESTION, ["STOP"]))
        else:
            text = model.generate(QUESTION, ["STOP"]).content
    assert text == "Because it is scaled "
    assert requests[0]["stop"] == ["STOP"]


def test_the_stream_ends_with_the_usage():
    with model_server(WORDS) as (url, _):
        deltas = list(open_model(f"openai:tiny@{url}").generate_stream(QUESTION))
    assert "".join(delta.content for delta in deltas) == "".join(WORDS)
    assert [delta.token_usage.input_tokens for delta in deltas if delta.token_usage] == [7]


def test_a_server_that_dies_in_the_middle_of_a_text_is_noticed():
    shown = []
    with (
        model_server(WORDS, dies_after=3) as (url, _),
        pytest.raises(ModelFailed, match=r"the server .* broke off in the middle of a text"),
    ):
        shown.extend(delta.content for delta in open_model(f"openai:tiny@{url}").generate_stream(QUESTION))
    assert "".join(shown) in ("", "Because it is ")


@pytest.mark.parametrize(
    ("status", "error", "line"),
    [
        (404, ModelUnavailable, "has no model 'tiny'"),
        (401, ModelUnavailable, "wants a key"),
        (400, ModelFailed, "failed: "),
    ],
)
def test_an_error_of_the_server_is_one_line(status, error, line):
    with model_server(WORDS, status=status) as (url, _), pytest.raises(error, match=line) as raised:
        open_model(f"openai:tiny@{url}").generate(QUESTION)
    assert "\n" not in str(raised.value)


def test_a_closed_port_says_that_nobody_answers():
    with model_server(WORDS) as (url, _):
        pass
    with pytest.raises(ModelUnavailable, match="nobody answers at"):
        open_model(f"openai:tiny@{url}").generate(QUESTION)
    assert model_names(url) is None


def test_the_models_of_a_server_are_listed():
    with model_server(WORDS) as (url, _):
        assert model_names(url) == ["tiny"]


@pytest.mark.parametrize("name", ["tiny", "@http://x", "tiny@", "tiny@localhost:8000"])
def test_an_address_without_model_or_url_is_refused(name):
    with pytest.raises(ModelUnavailable, match="openai:MODEL@URL"):
        split_address(name)


def test_an_address_without_a_path_gets_the_usual_one():
    assert split_address("org/m@http://127.0.0.1:8000") == ("org/m", "http://127.0.0.1:8000/v1")
    assert split_address("m@http://127.0.0.1:8000/api/") == ("m", "http://127.0.0.1:8000/api")


@pytest.mark.parametrize("stops", [["Observation:", "</code>"], None])
def test_code_without_fences_is_mended_and_counted_only_where_code_is_wanted(stops):
    with model_server(["I call it:\n", "print(1)"]) as (url, _):
        model = open_model(f"openai:tiny@{url}")
        text = model.generate(QUESTION, stops).content
    assert text == ("<code>\nprint(1)\n</code>" if stops else "I call it:\nprint(1)")
    assert model.repairs == ({"fences added": 1} if stops else {})


def test_a_llama_style_tool_call_is_read_and_counted():
    with model_server(['Sure: {"name": "search", "parameters": {"query": "dropout"}}']) as (url, _):
        model = open_model(f"openai:tiny@{url}")
        message = model.parse_tool_calls(model.generate(QUESTION))
    assert message.tool_calls[0].function.name == "search"
    assert message.tool_calls[0].function.arguments == {"query": "dropout"}
    assert model.repairs == {"text around the call": 1, "'parameters' renamed": 1}
