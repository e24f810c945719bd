"""A whole team on a small index: the real manager in the real sandbox, with a scripted or the extractive model."""

import json
import time

import pytest

from agent.budget import Budget
from agent.errors import RunStopped
from agent.events import PassagesFound
from agent.settings import TeamSettings
from tests.fakes_model import StreamingModel, code
from tests.real_tokens import count_tokens
from tests.team_pages import FakeWeb
from tests.team_runs import DROPOUT_LINE, SEARCH, scripted, shown_to, steps_of

# --- without a language model ---


def test_the_extractive_team_answers_as_the_quick_mode_does(opened):
    assistant = opened()
    question = "What does dropout do at test time?"
    quick, team = assistant.ask(question, mode="quick"), assistant.ask(question, mode="agent")
    assert team.mode == "agent"
    assert [(s.text, s.verdict) for s in team.sentences] == [(s.text, s.verdict) for s in quick.sentences]
    assert team.citations == quick.citations
    assert [step.kind for step in team.steps] == ["step", "agent", "step", "tool", "step"]
    assert [step.action.depth for step in team.steps] == [0, 1, 2, 3, 2]


def test_the_parts_of_a_question_are_worked_on_side_by_side_and_joined(opened):
    answer = opened().ask("What does dropout do at test time, and what does pruning remove?", mode="agent")
    assert {citation.note_id for citation in answer.citations} >= {"dropout.md", "pruning.md"}
    assert len(steps_of(answer, "agent")) == 3  # the whole question and its parts


def test_a_part_that_no_note_answers_is_named(opened):
    answer = opened().ask("What does dropout do at test time? What is zzyzx qwxv?", mode="agent")
    assert not answer.refused
    assert answer.notice == "No passage of your notes seems to answer this part of the question: “What is zzyzx qwxv?”."
    assert "zzyzx" not in answer.text


def test_a_manager_can_leave_a_part_open(opened):
    final = f"{DROPOUT_LINE}\nNOT FOUND: Who invented it?"
    assistant, _ = scripted(opened, code(f"{SEARCH}\nfinal_answer({final!r})"))
    answer = assistant.ask("What does dropout do at test time, and who invented it?", mode="agent")
    assert (len(answer.sentences), answer.dropped) == (1, 0)
    assert "“Who invented it?”" in answer.notice


@pytest.mark.parametrize(
    "question", ["What does dropout do at test time, and what does pruning remove?", "Compare dropout and pruning"]
)
def test_runs_are_repeatable_keys_included(opened, question):
    assistant = opened()

    def keys():
        answer = assistant.ask(question, mode="agent")
        return answer.text, sorted(step.action.keys for step in answer.steps)

    assert keys() == keys()


def test_what_no_note_says_is_refused(opened):
    answer = opened().ask("zzyzx qwxv brrgh?", mode="agent")
    assert answer.refused
    assert answer.citations == ()


def test_auto_asks_the_team_for_questions_of_several_parts_only(opened):
    assistant = opened()
    assert assistant.ask("What does pruning remove?").mode == "quick"
    assert assistant.ask("Compare dropout and pruning").mode == "agent"


# --- with a language model ---


def test_a_final_text_is_verified_and_cites_the_place(opened):
    assistant, _ = scripted(opened, code(f"{SEARCH}\nfinal_answer({DROPOUT_LINE!r})"))
    answer = assistant.ask("When is dropout off?", mode="agent")
    assert answer.text == DROPOUT_LINE.replace("[n1]", "[1]")
    assert answer.citations[0].quote == DROPOUT_LINE.removesuffix(" [n1]")
    assert answer.usage == {"prompt_tokens": 1, "completion_tokens": 1}


def test_an_unsupported_sentence_goes_back_once_and_is_then_left_out(opened):
    wrong = f"{DROPOUT_LINE} Dropout removes 40 % of all layers. [n1]"
    assistant, model = scripted(opened, code(f"{SEARCH}\nfinal_answer({wrong!r})"), code(f"final_answer({wrong!r})"))
    answer = assistant.ask("When is dropout off?", mode="agent")
    assert [sentence.text for sentence in answer.sentences] == [DROPOUT_LINE.removesuffix(" [n1]")]
    assert answer.dropped == 1
    assert "Dropout removes 40 %" in shown_to(model, 1)


def test_the_manager_delegates_and_the_report_carries_keys(opened):
    assistant, model = scripted(
        opened,
        code('report = notes("When is dropout off?")\nfinal_answer(report)'),
        ("search_notes", {"query": "dropout test time", "k": 1}),
        ("final_answer", {"answer": DROPOUT_LINE}),
    )
    answer = assistant.ask("When is dropout off?", mode="agent")
    assert answer.citations[0].note_id == "dropout.md"
    assert "[n1] Dropout" in shown_to(model, 2)
    model.assert_finished()


def test_prose_that_cites_is_taken_as_the_answer(opened):
    assistant, _ = scripted(opened, code(f"{SEARCH}\nprint(found)"), f"<think>hm</think>{DROPOUT_LINE}")
    assert not assistant.ask("When is dropout off?", mode="agent").refused


def test_a_malformed_action_is_explained_once_and_the_second_time_quick_answers(opened):
    assistant, model = scripted(opened, "I shall look.", "I shall look again.", *[""] * 8)
    answer = assistant.ask("What does dropout do at test time?", mode="agent")
    assert "That was no valid action" in shown_to(model, 1)
    assert "could not write a valid action twice" in answer.notice
    assert answer.mode == "quick"


def test_a_model_that_fails_does_not_end_without_an_answer(opened):
    assistant, _ = scripted(opened, *[RuntimeError("out of memory")] * 4)
    answer = assistant.ask("What does dropout do at test time?", mode="agent")
    assert "out of memory" in answer.notice
    assert not answer.refused


def test_the_best_verified_text_survives_a_budget_that_runs_out(opened):
    partly = f"{DROPOUT_LINE} Dropout removes 40 % of all layers. [n1]"
    assistant, _ = scripted(
        opened, code(f"{SEARCH}\nfinal_answer({partly!r})"), code("x = 1"), team=TeamSettings(tokens=3)
    )
    answer = assistant.ask("When is dropout off?", mode="agent")
    assert [sentence.text for sentence in answer.sentences] == [DROPOUT_LINE.removesuffix(" [n1]")]
    assert "budget of 3 tokens ran out" in answer.notice


@pytest.mark.parametrize("first", [(), (code(SEARCH.replace("k=1", "k=8")),)], ids=["no search", "a search"])
def test_notes_are_quoted_when_the_time_runs_out(opened, first):
    def slow(_):
        time.sleep(1.0)
        return code("pass")

    assistant, _ = scripted(opened, *first, slow, slow, team=TeamSettings(seconds=0.5))
    started = time.monotonic()
    answer = assistant.ask("What does dropout do at test time?", mode="agent")
    assert time.monotonic() - started < 0.95
    assert "time of 0.5 seconds ran out" in answer.notice
    assert answer.citations[0].note_id == "dropout.md"


def test_the_quick_mode_gets_what_is_left_of_the_time(opened):
    def slow(_):
        time.sleep(6)
        return DROPOUT_LINE

    assistant, _ = scripted(opened, "I shall look.", "I shall look again.", slow, team=TeamSettings(seconds=1.5))
    started = time.monotonic()
    answer = assistant.ask("What does dropout do at test time?", mode="agent")
    assert time.monotonic() - started < 5
    assert answer.mode == "quick"
    assert not answer.refused


def test_a_tenth_of_the_time_is_for_the_ending():
    now = [100.0]
    budget = Budget(TeamSettings(seconds=50), lambda: now[0])
    now[0] += 44.9
    budget.check()
    now[0] += 0.2
    with pytest.raises(RunStopped, match="time of 50 seconds ran out"):
        budget.check()


def test_a_manager_that_never_ends_is_ended(opened):
    assistant, model = scripted(
        opened, *[code(f"x = {n}") for n in range(3)], "NOT FOUND", team=TeamSettings(manager_steps=3)
    )
    assert assistant.ask("When is dropout off?", mode="agent").refused
    assert len(model.calls) == 4


def test_the_same_call_twice_is_answered_from_the_ledger(opened):
    twice = 'print(search_notes("dropout", k=1))\nprint(search_notes("dropout", k=1))'
    assistant, model = scripted(opened, code(twice), code('final_answer("NOT FOUND")'))
    events = list(assistant.stream("When is dropout off?", mode="agent"))
    assert "This call was made before" in shown_to(model, 1)
    assert sum(isinstance(event, PassagesFound) for event in events) == 1


def test_history_holds_each_action_once_and_no_labels_that_models_copy(opened):
    assistant, model = scripted(opened, code("print(6 * 7)"), code('final_answer("NOT FOUND")'))
    assistant.ask("When is dropout off?", mode="agent")
    shown = shown_to(model, 1)
    assert shown.count("6 * 7") == 1
    assert "42" in shown
    assert "Calling tools" not in shown
    assert "Observation" not in shown


def test_one_wrong_call_of_several_does_not_discard_the_others(opened):
    calls = [("search_notes", {"query": "dropout", "k": 1}), ("search_notes", {"words": "dropout"}), ("no_tool", {})]
    assistant, model = scripted(
        opened, code('final_answer(notes("dropout?"))'), calls, ("final_answer", {"answer": "NOT FOUND"})
    )
    assistant.ask("When is dropout off?", mode="agent")
    shown = shown_to(model, 2)
    assert "[n1] Dropout" in shown
    assert "words is not in the tool's input schema" in shown
    assert "Unknown tool no_tool" in shown


def test_earlier_turns_are_told_to_the_manager(opened):
    assistant, model = scripted(opened, code('final_answer("NOT FOUND")'))
    list(assistant.stream("Why are scores scaled?", mode="agent", remembered="Asked: x\nAnswered: y"))
    assert "Asked: x\nAnswered: y" in shown_to(model, 0)


def test_a_streamed_generation_is_read_to_its_end(opened):
    model = StreamingModel([code(f"{SEARCH}\nfinal_answer({DROPOUT_LINE!r})")])
    answer = opened(model).ask("When is dropout off?", mode="agent")
    assert not answer.refused
    assert answer.usage == {"prompt_tokens": 10, "completion_tokens": 5}


# --- overhead and prompts ---


def test_the_manager_prompt_is_short(opened):
    assistant, model = scripted(opened, code('final_answer("NOT FOUND")'), web=FakeWeb())
    assistant.ask("When is dropout off?", mode="agent")
    assert count_tokens(model.calls[0][0].content[0]["text"]) <= 900


def test_the_trace_is_part_of_the_json(opened):
    answer = opened().ask("What does dropout do at test time?", mode="agent")
    steps = json.loads(answer.to_json())["steps"]
    assert steps[0]["action"]["code"].startswith("answer = notes(")
    assert steps[3]["action"]["tool"] == "search_notes"
    assert type(answer).from_json(answer.to_json()).steps[3].action == answer.steps[3].action
