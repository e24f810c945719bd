"""Where nothing holds of what a model wrote in a team, sentences of the notes are quoted, as in the quick mode."""

import threading

import pytest

from agent.events import SentenceVerified
from agent.final_text import declines
from agent.settings import TeamSettings
from agent.verification import verify
from tests.fakes_model import code
from tests.team_runs import DROPOUT_LINE, SEARCH, scripted, steps_of

QUESTION = "What does dropout do at test time?"
WRONG = "Dropout removes 40 % of all layers. [n1]"
WROTE_WRONG = code(f"{SEARCH}\nfinal_answer({WRONG!r})")
AGAIN = code(f"final_answer({WRONG!r})")


def test_the_team_quotes_what_the_quick_mode_quotes_and_says_the_same(opened):
    quick = scripted(opened, WRONG, WRONG)[0].ask(QUESTION, mode="quick")
    team = scripted(opened, WROTE_WRONG, AGAIN)[0].ask(QUESTION, mode="agent")
    assert team.notice == quick.notice
    assert team.notice.startswith("1 sentence was left out")
    assert team.notice.endswith("these sentences are quoted instead.")
    assert (team.model, team.mode, team.refused, team.dropped) == ("extractive", "agent", False, 1)
    assert [(one.text, one.verdict) for one in team.sentences] == [(one.text, one.verdict) for one in quick.sentences]
    assert [one.quote for one in team.citations] == [one.quote for one in quick.citations]
    assert "40 % of all layers" in steps_of(team, "reject")[0].text


def test_a_model_that_never_searched_does_not_leave_the_notes_unread(opened):
    answer = scripted(opened, AGAIN, AGAIN)[0].ask(QUESTION, mode="agent")
    assert answer.citations[0].note_id == "dropout.md"


def test_auto_that_handed_over_quotes_too(opened):
    answer = scripted(opened, WROTE_WRONG, AGAIN)[0].ask(f"{QUESTION} What does pruning remove?")
    assert (answer.mode, answer.model, answer.refused) == ("agent", "extractive", False)


def test_what_is_quoted_holds_when_it_is_verified_again(opened):
    assistant, _ = scripted(opened, WROTE_WRONG, AGAIN)
    answer = assistant.ask(QUESTION, mode="agent")
    checks = verify(answer, assistant.index, assistant.sharp_instruments)
    assert {check.state for check in checks} == {"ok"}


@pytest.mark.parametrize("said", ["NOT FOUND", "NOT FOUND.", "This is not in the notes."])
def test_nothing_is_quoted_where_the_model_says_in_the_end_that_the_notes_do_not_answer(opened, said):
    answer = scripted(opened, WROTE_WRONG, code(f"final_answer({said!r})"))[0].ask(QUESTION, mode="agent")
    assert (answer.refused, answer.model) == (True, "scripted")


def test_nothing_is_quoted_where_the_refusal_rule_refuses(opened):
    answer = scripted(opened, WROTE_WRONG, AGAIN)[0].ask("zzyzx qwxv brrgh?", mode="agent")
    assert (answer.refused, answer.model, answer.dropped) == (True, "scripted", 1)
    assert "quoted" not in answer.notice


def test_nothing_is_quoted_for_a_reader_who_stopped_the_run(opened):
    cancel = threading.Event()

    def stopped(_):
        cancel.set()
        return AGAIN

    assistant, _ = scripted(opened, WROTE_WRONG, stopped)
    events = list(assistant.stream(QUESTION, mode="agent", cancel=cancel))
    assert events[-1].answer.refused
    assert not any(isinstance(event, SentenceVerified) for event in events)


def test_a_part_that_is_left_open_does_not_decline_the_others():
    assert not declines("Dropout removes layers. [n1]\nNOT FOUND: Who invented it?")
    assert declines("NOT FOUND\nNOT FOUND: Who invented it?")


def test_a_sentence_that_is_left_out_beside_others_is_told_of(opened):
    wrong = f"{DROPOUT_LINE} {WRONG}"
    answer = scripted(opened, code(f"{SEARCH}\nfinal_answer({wrong!r})"), code(f"final_answer({wrong!r})"))[0].ask(
        QUESTION, mode="agent"
    )
    assert answer.model == "scripted"
    assert answer.notice == "1 sentence was left out: your notes do not support what the model wrote."


def test_the_quick_mode_after_a_team_that_gave_up_says_what_it_has_to_say(opened):
    answer = scripted(opened, "I shall look.", "I shall look again.", WRONG, WRONG)[0].ask(QUESTION, mode="agent")
    assert answer.mode == "quick"
    assert "could not write a valid action twice" in answer.notice
    assert answer.notice.endswith("these sentences are quoted instead.")


def test_what_is_quoted_when_a_budget_ran_out_is_no_text_of_the_model(opened):
    answer = scripted(opened, WROTE_WRONG, code("x = 1"), team=TeamSettings(tokens=3))[0].ask(QUESTION, mode="agent")
    assert (answer.model, answer.refused) == ("extractive", False)
    assert answer.notice == (
        "The budget of 3 tokens ran out. These sentences are quoted instead."
        " 1 sentence was left out: your notes do not support what the model wrote."
    )


def test_what_was_searched_for_is_not_searched_for_again(opened, monkeypatch):
    assistant = opened()
    searched = []
    search = assistant.index.search

    def counted(query, *args, **named):
        searched.append(query)
        return search(query, *args, **named)

    monkeypatch.setattr(assistant.index, "search", counted)
    question = f"{QUESTION} What is zzyzx qwxv?"
    assert not assistant.ask(question, mode="agent").refused
    assert sorted(searched) == sorted([question, QUESTION, "What is zzyzx qwxv?"])
