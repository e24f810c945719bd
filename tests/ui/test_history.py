"""Conversations are kept, found again, taken away and forgotten; nobody sees another's."""

import json
import sqlite3
import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest

from agent.answer import Answer, AnswerSentence, Citation, Step
from ui.errors import HistoryDamaged, UnknownTalk
from ui.history import History
from ui.visitors import account_of, history_user, new_visitor

ANNA, BERT = history_user("anna", None), history_user("bert", None)


def answer(question, text="Dropout sets activations to zero. [1]", quote="Dropout sets activations to zero."):
    return Answer(
        question=question,
        text=text,
        refused=False,
        model="extractive",
        mode="quick",
        sentences=(AnswerSentence(text, (1,), "supported"),),
        citations=(
            Citation(1, "note", "dropout.md", "Dropout", "dropout.md", ("Dropout",), 11, 11 + len(quote), quote),
        ),
        steps=(Step("search", "dropout", 0.01, 3),),
        seconds=0.5,
        usage={"passages": 3},
    )


class Clock:
    def __init__(self):
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self):
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "history.sqlite"


@pytest.fixture
def history(path, clock):
    opened = History.open(path, clock)
    yield opened
    opened.close()


def talk_of(history, user, *questions):
    talk_id = history.begin(user)
    for question in questions:
        history.add(user, talk_id, answer(question))
    return talk_id


def titles(history, user, search=""):
    return [talk.title for talk in history.talks(user, search)]


def test_answers_come_back_as_they_were_also_after_a_restart(history, path):
    talk_id = history.begin(ANNA)
    kept = [answer("What is dropout?"), answer("And at test time? 🙂", "Nothing.", "x < y & “z”\n$$a$$")]
    assert [history.add(ANNA, talk_id, one) for one in kept] == [1, 2]
    assert history.answers(ANNA, talk_id) == kept
    history.close()
    again = History.open(path)
    assert again.answers(ANNA, talk_id) == kept
    assert [(talk.talk_id, talk.title, talk.turns) for talk in again.talks(ANNA)] == [(talk_id, "What is dropout?", 2)]
    again.close()


def test_the_newest_talk_comes_first_and_pinned_ones_before_it(history):
    first, second = talk_of(history, ANNA, "one"), talk_of(history, ANNA, "two")
    assert titles(history, ANNA) == ["two", "one"]
    history.add(ANNA, first, answer("more"))
    assert titles(history, ANNA) == ["one", "two"]
    history.pin(ANNA, second)
    assert [(t.title, t.pinned) for t in history.talks(ANNA)] == [("two", True), ("one", False)]
    history.pin(ANNA, second, False)
    assert titles(history, ANNA) == ["one", "two"]


def test_a_talk_in_which_nothing_was_asked_is_not_listed_and_is_dropped_after_a_day(history, clock):
    empty = history.begin(ANNA)
    assert titles(history, ANNA) == []
    history.begin(ANNA)
    assert history.answers(ANNA, empty) == []
    clock.now += timedelta(days=2)
    history.begin(ANNA)
    with pytest.raises(UnknownTalk):
        history.answers(ANNA, empty)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("WHAT", ["What is dropout?"]),
        ("zero activations", ["Straße und Maß", "What is dropout?"]),
        ("zero STRASSE", ["Straße und Maß"]),
        ("100%", []),
        ("_", []),
        ("dropout nothing", []),
        ("  ", ["Straße und Maß", "What is dropout?"]),
    ],
)
def test_a_search_finds_words_of_titles_questions_and_answers(history, search, found):
    talk_of(history, ANNA, "What is dropout?")
    talk_of(history, ANNA, "Straße und Maß")
    assert titles(history, ANNA, search) == found


def test_a_title_can_be_changed_is_one_short_line_and_comes_back(history):
    talk_id = talk_of(history, ANNA, "What\nis " + "x" * 100)
    assert len(titles(history, ANNA)[0]) == 80
    assert titles(history, ANNA)[0].startswith("What is xxx")
    history.rename(ANNA, talk_id, "  Über\n regularisation ")
    assert titles(history, ANNA, "ÜBER") == ["Über regularisation"]
    history.rename(ANNA, talk_id, " ")
    assert titles(history, ANNA)[0].startswith("What is xxx")


FOREIGN = {
    "answers": lambda history, talk: history.answers(BERT, talk),
    "add": lambda history, talk: history.add(BERT, talk, answer("mine?")),
    "rename": lambda history, talk: history.rename(BERT, talk, "mine"),
    "pin": lambda history, talk: history.pin(BERT, talk),
    "delete": lambda history, talk: history.delete(BERT, talk),
    "export": lambda history, talk: history.export(BERT, talk),
}


@pytest.mark.parametrize("act", FOREIGN.values(), ids=FOREIGN)
def test_nobody_reaches_anothers_talk_even_with_its_id(history, act):
    talk_id = talk_of(history, ANNA, "What is dropout?")
    with pytest.raises(UnknownTalk) as foreign:
        act(history, talk_id)
    with pytest.raises(UnknownTalk) as missing:
        act(history, "no-such-talk")
    assert str(foreign.value) == str(missing.value)
    assert history.answers(ANNA, talk_id) == [answer("What is dropout?")]
    assert history.talks(BERT) == history.talks(BERT, "dropout") == []
    assert "dropout" not in history.export(BERT)


def test_deleting_all_leaves_others_alone(history):
    mine, theirs = talk_of(history, ANNA, "one"), talk_of(history, BERT, "two")
    history.delete_all(ANNA)
    assert titles(history, ANNA) == []
    with pytest.raises(UnknownTalk):
        history.answers(ANNA, mine)
    assert len(history.answers(BERT, theirs)) == 1


@pytest.mark.parametrize("forget", [lambda h, t: h.delete(ANNA, t), lambda h, t: h.delete_all(ANNA)])
def test_what_is_deleted_is_gone_from_the_disk(history, path, forget):
    def on_disk(words):
        return [file.name for file in path.parent.iterdir() if words in file.read_bytes()]

    talk_id = history.begin(ANNA)
    history.add(ANNA, talk_id, answer("a very private question"))
    assert on_disk(b"very private") != []
    forget(history, talk_id)
    assert on_disk(b"very private") == []


def test_names_and_visitor_ids_are_not_in_the_file_and_only_its_owner_may_read_it(history, path):
    visitor = new_visitor()
    talk_of(history, history_user(None, visitor), "one")
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert visitor.encode() not in content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_account_and_a_visitor_never_share_a_user():
    visitor = new_visitor()
    assert history_user("anna", visitor) == history_user("anna", None) == ANNA
    assert history_user(visitor, None) != history_user(None, visitor)
    assert [account_of(user) for user in (ANNA, history_user(None, visitor), None)] == ["anna", "", ""]
    assert history_user(None, None) is history_user(None, "") is history_user(None, "account:anna") is None
    assert new_visitor() != visitor


def test_a_talk_needs_somebody(history):
    with pytest.raises(ValueError, match="belongs to somebody"):
        history.begin("")


def test_export_to_json_holds_every_answer(history):
    one = talk_of(history, ANNA, "one", "two")
    talk_of(history, ANNA, "three")
    document = json.loads(history.export(ANNA, one, "json"))
    (talk,) = document["talks"]
    assert talk["title"] == "one"
    assert [Answer.from_json(json.dumps(fields)) for fields in talk["answers"]] == history.answers(ANNA, one)
    assert len(json.loads(history.export(ANNA, form="json"))["talks"]) == 2


def test_export_to_markdown_names_the_sources_and_makes_nothing_of_their_text(history):
    talk_id = history.begin(ANNA)
    hostile = "<script>x</script> ![i](https://evil.example/i.png) [l](javascript:x) $a_b$"
    history.add(ANNA, talk_id, answer("What?", quote=hostile))
    text = history.export(ANNA, talk_id)
    assert text.startswith("# What?\n\n_2026-01-01 ")
    assert "## What?\n\nDropout sets activations to zero. [1]\n\n- [1] Dropout: “" in text
    assert "— dropout.md" in text
    assert "$a_b$" in text
    from markdown_it import MarkdownIt

    page = MarkdownIt().render(text)
    assert not any(tag in page for tag in ("<script", "<img", "<a "))


def test_threads_write_side_by_side(history):
    talk_id = history.begin(ANNA)
    threads = [threading.Thread(target=history.add, args=(ANNA, talk_id, answer(f"q{n}"))) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.question for one in history.answers(ANNA, talk_id)) == sorted(f"q{n}" for n in range(20))
    assert history.talks(ANNA)[0].turns == 20


def test_two_processes_may_use_one_file(history, path):
    other = History.open(path)
    talk_id = talk_of(history, ANNA, "one")
    assert other.add(ANNA, talk_id, answer("two")) == 2
    assert history.talks(ANNA)[0].turns == 2
    other.close()


def test_a_file_that_is_no_history_is_refused_with_a_next_step(path):
    path.parent.mkdir()
    path.write_bytes(b"something else entirely" * 100)
    with pytest.raises(HistoryDamaged, match="move it away to begin anew"):
        History.open(path)


def test_a_history_of_a_later_version_is_left_alone(path):
    History.open(path).close()
    with sqlite3.connect(path) as made:
        made.execute("PRAGMA user_version = 99")
    made.close()
    with pytest.raises(HistoryDamaged, match="later footnote"):
        History.open(path)
