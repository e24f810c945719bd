"""What the page asks the server between questions: nothing that is sent is trusted, nobody sees another's talks."""

import pytest

from agent import Assistant, Settings
from corpus import load_notes
from retrieval import Index
from tests.fakes import HashingEncoder
from ui.errors import UiError, UnknownTalk
from ui.feedback import Feedback
from ui.history import History
from ui.indexing import IndexingJobs
from ui.page.asking import Asking
from ui.page.assistants import Assistants
from ui.page.calls import Calls
from ui.page.line import Line
from ui.page.orders import Order

QUESTION = "How many layers does MobileNet have?"
TEXT = "# MobileNet\n\nMobileNet has 28 layers when depthwise and pointwise layers are counted separately.\n"
USER = "visitor:me"


class Page:
    """The calls of a page over the notes of a folder."""

    def __init__(self, folder):
        self.notes = folder / "notes"
        self.notes.mkdir()
        (self.notes / "mobilenet.md").write_text(TEXT)
        index = Index.create(folder / "index", HashingEncoder())
        index.update(load_notes(self.notes))
        settings = Settings.from_environment({"FOOTNOTE_DATA": str(folder)})
        self.assistant = Assistant.open(index, "extractive", settings)
        self.history = History.open(folder / "history.db")
        self.jobs = IndexingJobs(index, folder)
        assistants = Assistants(self.assistant)
        self.asking = Asking(assistants, self.history, Line(1, 1))
        self.calls = Calls(assistants, self.asking, self.history, Feedback(folder / "feedback"), self.jobs)

    def ask(self):
        *_, last = self.asking.messages(Order(QUESTION), USER)
        return last["talk"]


@pytest.fixture
def page(tmp_path):
    made = Page(tmp_path)
    yield made
    made.history.close()
    made.assistant.close()


def test_the_status_says_what_is_there(page):
    status = page.calls.status({"examples": True, "models": True}, USER)
    assert (status["notes"], status["indexing"], status["model"], status["web"]) == (1, "", "extractive", False)
    assert status["examples"] == ["What is MobileNet?"]
    assert "extractive" in status["models"]
    assert page.calls.status({}, None)["kept"] is False


def test_an_empty_index_has_no_notes_and_no_examples(page):
    (page.notes / "mobilenet.md").unlink()
    page.assistant.index.update(load_notes(page.notes))
    status = page.calls.status({"examples": True}, USER)
    assert (status["notes"], status["examples"]) == (0, [])
    *_, shown = page.asking.messages(Order(QUESTION), USER)
    assert "Nothing in them comes close" in shown["parts"]["answer"][0]


@pytest.mark.parametrize("call", ["open_talk", "rename", "delete", "pin", "export", "retrieved", "give_feedback"])
def test_anothers_talk_is_unknown(page, call):
    talk = page.ask()
    with pytest.raises(UnknownTalk):
        getattr(page.calls, call)({"talk": talk, "turn": 1, "title": "mine"}, "visitor:you")
    assert page.calls.talks({}, "visitor:you")["count"] == 0


def test_who_is_nobody_has_no_talks(page):
    assert page.calls.talks({}, None)["count"] == 0
    with pytest.raises(ValueError, match="no cookie"):
        page.calls.delete_all({}, None)


def test_all_that_was_retrieved_is_found_again(page):
    shown = page.calls.retrieved({"talk": page.ask(), "turn": 1}, USER)
    assert shown["count"] == 1
    assert "28 layers" in shown["html"]


@pytest.mark.parametrize("turn", [0, 2, "1", None, True])
def test_a_turn_that_is_not_kept_is_refused(page, turn):
    talk = page.ask()
    with pytest.raises(ValueError, match="not kept"):
        page.calls.retrieved({"talk": talk, "turn": turn}, USER)


@pytest.mark.parametrize(("start", "end"), [(13, 20), (-5, 10**9), (None, "x"), (10**9, 3)])
def test_a_note_opens_wherever_it_is_asked_to(page, start, end):
    opened = page.calls.open_note({"note": "mobilenet.md", "start": start, "end": end}, USER)
    assert opened["title"] == "MobileNet"
    assert "28" in opened["html"]


def test_a_note_that_changed_is_indexed_again(page):
    (page.notes / "mobilenet.md").write_text(TEXT.replace("28", "30"))
    assert "indexed again" in page.calls.reindex({"note": "mobilenet.md"}, USER)["said"]
    assert page.jobs.wait(60).phase == "done"
    assert "30 layers" in page.assistant.index.note("mobilenet.md").text
    with pytest.raises((UiError, ValueError)):
        page.calls.reindex({"note": "../../etc/passwd"}, USER)


def test_only_models_of_this_machine_are_loaded(page):
    told = page.calls.load_model({"model": "openai:gpt@http://evil.example", "begin": True}, USER)
    assert (told["ready"], told["error"]) == (False, "this model is not on this machine")
    assert page.calls.load_model({"model": "extractive", "begin": True}, USER)["ready"]
