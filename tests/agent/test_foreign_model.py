"""Whatever a foreign model raises is a failure of a model; our own mistakes stay what they are."""

import copy

import pytest

from agent.errors import ModelFailed
from agent.foreign_model import behind_the_door
from agent.server_model import ServerModel
from tests.fakes_model import ScriptedModel, ScriptEnded, StreamingModel

QUESTION = [{"role": "user", "content": "Why?"}]


def test_errors_are_converted_with_their_cause():
    model = behind_the_door(StreamingModel([["so ", OSError("server\ngone")]]))
    shown = []
    with pytest.raises(ModelFailed, match=r"^OSError: server gone$") as raised:
        shown.extend(delta.content for delta in model.generate_stream(QUESTION))
    assert shown == ["so "]
    assert isinstance(raised.value.__cause__, OSError)


def test_a_model_that_does_not_stream_does_not_stream_behind_the_door():
    model = behind_the_door(ScriptedModel(["yes", KeyError("no")]))
    assert not hasattr(model, "generate_stream")
    assert model.generate(QUESTION).content == "yes"
    with pytest.raises(ModelFailed, match="KeyError"):
        model.generate(QUESTION)


def test_failed_assertions_are_ours():
    with pytest.raises(ScriptEnded):
        behind_the_door(ScriptedModel([])).generate(QUESTION)


def test_the_rest_of_the_model_is_within_reach():
    inner = StreamingModel(["yes"], model_id="theirs")
    model = behind_the_door(inner)
    assert (model.model_id, model.calls) == ("theirs", inner.calls)
    assert not hasattr(model, "reading_speed")
    assert copy.copy(model).model_id == "theirs"


def test_our_own_models_need_no_door():
    model = ServerModel("m", "http://127.0.0.1:1/v1")
    assert behind_the_door(model) is model
    wrapped = behind_the_door(ScriptedModel([]))
    assert behind_the_door(wrapped) is wrapped
