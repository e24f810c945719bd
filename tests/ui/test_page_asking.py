"""What one question leads to, and models that load behind the page, without a browser."""

import threading

import pytest

from agent import Assistant, Settings
from agent.errors import ModelUnavailable
from corpus import Note
from retrieval import Index
from tests.fakes import HashingEncoder
from tests.fakes_model import StreamingModel
from ui.errors import UnknownTalk
from ui.history import History
from ui.page.asking import Asking
from ui.page.assistants import Assistants
from ui.page.line import Line
from ui.page.orders import Order

QUESTION = "How many layers does MobileNet have?"
TEXT = "MobileNet has 28 layers when depthwise and pointwise layers are counted separately."


@pytest.fixture
def assistant(tmp_path):
    index = Index.create(tmp_path / "index", HashingEncoder())
    index.update([Note("mobilenet.md", "MobileNet", TEXT, "mobilenet.md")])
    with Assistant.open(index, "extractive", Settings.from_environment({"FOOTNOTE_DATA": str(tmp_path)})) as opened:
        yield opened


@pytest.fixture
def history(tmp_path):
    opened = History.open(tmp_path / "history.db")
    yield opened
    opened.close()


def asking(assistant, history, line=None, **options):
    return Asking(Assistants(assistant, **options), history, line or Line(1, 1))


def test_an_answer_is_kept_and_the_next_question_follows_it(assistant, history):
    page = asking(assistant, history)
    *_, first = page.messages(Order(QUESTION), "me")
    assert (first["state"], first["turn"], first["said"]) == ("ready", 1, "answer ready, 1 source")
    *_, second = page.messages(Order(QUESTION, talk_id=first["talk"]), "me")
    assert (second["turn"], second["talk"]) == (2, first["talk"])
    assert [kept.question for kept in history.answers("me", first["talk"])] == [QUESTION, QUESTION]


def test_another_users_talk_cannot_be_continued(assistant, history):
    page = asking(assistant, history)
    *_, mine = page.messages(Order(QUESTION), "me")
    *_, refused = page.messages(Order(QUESTION, talk_id=mine["talk"]), "you")
    assert refused["state"] == "failed"
    with pytest.raises(UnknownTalk):
        history.answers("you", mine["talk"])


def test_without_a_user_an_answer_comes_and_nothing_is_kept(assistant, history):
    *_, shown = asking(assistant, history).messages(Order(QUESTION, turn=4), None)
    assert (shown["state"], shown["turn"], shown["talk"]) == ("ready", 4, "")


def test_who_waits_is_told_how_many_are_before_and_may_leave(assistant, history):
    line = Line(1, 5)
    page = asking(assistant, history, line)
    with line.join(), line.join():
        messages = page.messages(Order(QUESTION, ask_id="q"), "me")
        assert next(messages) == {"state": "queued", "before": 2}
        page.stop("you", "q")
        assert next(messages)["state"] == "queued"
        page.stop("me", "q")
        assert next(messages)["state"] == "failed"
        assert list(messages) == []
    assert line.join().before == 0


def test_a_full_line_is_told(assistant, history):
    line = Line(1, 0)
    with line.join():
        (told,) = asking(assistant, history, line).messages(Order(QUESTION), "me")
    assert "try again" in told["parts"]["answer"][0]


def test_a_note_is_left_out(assistant, history):
    *_, shown = asking(assistant, history).messages(Order(QUESTION, without=("mobilenet.md",)), "me")
    assert "Not in your notes" in shown["parts"]["answer"][0]


def test_stopping_a_model_keeps_what_was_verified(assistant, history):
    go_on = threading.Event()

    def write(_):
        yield f"{TEXT} [n1]. More"
        go_on.wait(10)
        yield " of it [n1]."

    assistant.use("slow", StreamingModel([write]))
    page = asking(assistant, history)
    messages = page.messages(Order(QUESTION, ask_id="q"), "me")
    for message in messages:
        if message["parts"]["answer"]:
            break
    page.stop("me", "q")
    *_, last = messages
    go_on.set()
    assert (last["state"], last["cited"]) == ("ready", 1)
    assert "Stopped" in last["parts"]["foot"]
    assert history.answers("me", last["talk"])[0].citations[0].quote in TEXT


def test_questions_go_on_with_the_old_model_until_the_new_one_is_there(assistant):
    there, llm = threading.Event(), StreamingModel([])

    def load(_):
        there.wait(10)
        return llm

    assistants = Assistants(assistant, wanted="openai:tiny@http://127.0.0.1:1/v1", load=load)
    assert not assistants.loading(assistants.wanted).ready
    assert assistants.find(Order(QUESTION)).model == "extractive"
    there.set()
    _wait(lambda: assistants.loading(assistants.wanted).ready and assistants.model == assistants.wanted)
    assert assistants.find(Order(QUESTION)).llm is llm
    assert assistants.find(Order(QUESTION, model="extractive")).llm is None


@pytest.mark.parametrize(
    ("spec", "error", "told"),
    [
        ("transformers:nobody/nothing", ModelUnavailable("x"), "run `hf download nobody/nothing`"),
        ("smollm2", RuntimeError("CUDA out of memory. Tried"), "not enough memory"),
        ("smollm2", MemoryError(), "not enough memory"),
        ("smollm2", ModelUnavailable("run `pip install`\nmore"), "run `pip install`"),
    ],
)
def test_a_model_that_cannot_be_loaded_says_what_to_do(assistant, spec, error, told):
    def load(_):
        raise error

    assistants = Assistants(assistant, wanted=spec, load=load)
    _wait(lambda: assistants.loading(spec).error)
    assert told in assistants.loading(spec).error
    assert assistants.model == "extractive"
    assert assistants.find(Order(QUESTION, model=spec)).model == "extractive"


def test_another_weight_searches_the_same_notes(assistant):
    found = Assistants(assistant).find(Order(QUESTION, dense_weight=1.0, passages=3))
    assert found.index is not assistant.index
    assert found.index.settings.dense_weight == 1.0
    assert found.index.search(QUESTION, 1)[0].chunk.text == TEXT
    assert found.settings.passages == 3
    found.index.close()


def _wait(holds):
    for _ in range(3_000):
        if holds():
            return
        threading.Event().wait(0.02)
    raise AssertionError("it never came")
