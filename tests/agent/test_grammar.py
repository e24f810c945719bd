"""With a grammar every action of a model can be read, even of one with random weights."""

import re

import pytest

from agent.action_repair import mend_code, read_tool_call
from agent.grammar import call_schema, grammar_is_there
from agent.local_model import LocalModel
from agent.local_weights import Source
from agent.settings import LocalModelSettings
from tests.tiny_model import save_tiny_model

needs_xgrammar = pytest.mark.skipif(
    not grammar_is_there(), reason="xgrammar is NOT installed, grammars are NOT tested: pip install 'footnote[grammar]'"
)
QUESTIONS = ["Why are attention scores scaled?", "zq zq"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("tiny"), max_position_embeddings=8192)


@pytest.fixture(scope="module")
def model(folder):
    opened = LocalModel.open(Source(str(folder)))
    yield opened
    opened.engine.close()


@pytest.fixture(scope="module")
def tools():
    from smolagents import FinalAnswerTool, Tool

    class Search(Tool):
        name, description, output_type = "search_notes", "Finds passages.", "string"
        inputs = {  # noqa: RUF012 -- as smolagents wants it
            "query": {"type": "string", "description": "words"},
            "k": {"type": "integer", "description": "how many", "nullable": True},
        }

        def forward(self, query: str, k: int | None = None) -> str:
            return query

    return [Search(), FinalAnswerTool()]


def asked(question):
    return [{"role": "user", "content": question}]


@needs_xgrammar
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_tool_call_of_a_random_model_is_valid(model, tools, question):
    message = model.generate(asked(question), tools_to_call_from=tools, max_tokens=100)
    (call,) = model.parse_tool_calls(message).tool_calls
    required = {"search_notes": "query", "final_answer": "answer"}[call.function.name]
    assert required in call.function.arguments
    assert set(call.function.arguments) <= {required, "k"}
    assert set(model.repairs) <= {"brackets closed"}  # of a text that found no end


@needs_xgrammar
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_block_of_code_of_a_random_model_has_its_fences(model, question):
    raw = "".join(d.content for d in model.generate_stream(asked(question), ["</code>"], max_tokens=220))
    thought, fence, code = raw.partition("<code>\n")
    assert fence
    assert "<" not in thought
    assert code.strip()
    assert mend_code(raw).repairs == ("closing fence added",)  # the stop string took it away
    assert "</" not in code


@needs_xgrammar
def test_a_text_that_is_no_action_is_free(model, folder):
    free = LocalModel.open(Source(str(folder)), LocalModelSettings(grammar=False))
    for question in QUESTIONS:
        texts = [one.generate(asked(question), max_tokens=30).content for one in (model, free)]
        assert texts[0] == texts[1]
    free.engine.close()


@needs_xgrammar
def test_without_the_setting_a_random_model_calls_nothing(folder, tools):
    free = LocalModel.open(Source(str(folder)), LocalModelSettings(grammar=False))
    text = free.generate(asked(QUESTIONS[0]), tools_to_call_from=tools, max_tokens=60).content
    with pytest.raises(ValueError, match="no tool call"):
        read_tool_call(text)
    free.engine.close()


@needs_xgrammar
def test_tools_that_no_grammar_can_be_made_of_are_free_and_it_is_said(model, caplog):
    bad = {"type": "string", "pattern": "("}
    parameters = {"type": "object", "properties": {"query": bad}, "required": ["query"]}
    tool = {"type": "function", "function": {"name": "search", "parameters": parameters}}
    assert model.engine.grammars.processors([tool], ()) == []
    assert "actions are not held to their form" in caplog.text


def test_the_schema_of_a_call_names_the_tool_and_bounds_its_texts():
    described = {
        "name": "search",
        "parameters": {
            "type": "object",
            "properties": {"query": {"type": "string", "description": "words"}, "k": {"type": "integer"}},
            "required": ["query"],
        },
    }
    (call,) = call_schema([{"type": "function", "function": described}])["anyOf"]
    assert call["properties"]["name"] == {"const": "search"}
    arguments = call["properties"]["arguments"]
    assert arguments["properties"]["k"] == {"type": "integer"}
    assert set(arguments["properties"]["query"]) == {"type", "pattern"}
    text = re.compile(arguments["properties"]["query"]["pattern"])
    assert text.search("dropout at test time, p < 0.5")
    assert not any(text.search(bad) for bad in ('a "word"', "a\nline", "a\\n"))
    assert arguments["required"] == ["query"]
    assert arguments["additionalProperties"] is False
