"""A whole team on a small index: the real manager in the real sandbox, with a scripted or the extractive model."""

import contextlib
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from smolagents import ChatMessage, Model, Tool

from agent.errors import InvalidTool
from agent.events import AnswerReady, PassagesFound, StepTaken
from agent.settings import TeamSettings
from tests.fakes_model import ScriptedModel, StreamingModel, code
from tests.real_tokens import count_tokens
from tests.team_notes import open_assistant

DROPOUT_LINE = "At test time dropout does nothing, and the weights stay as they are. [n1]"
SEARCH = 'found = search_notes("dropout test time", k=1)'


@pytest.fixture
def opened(tmp_path):
    """Makes assistants that are closed at the end."""
    made = []

    def make(model="extractive", **given):
        made.append(open_assistant(tmp_path, model, **given))
        return made[-1]

    yield make
    for assistant in made:
        assistant.close()


def scripted(opened, *script, **given):
    model = ScriptedModel(script)
    return opened(model, **given), model


def steps_of(answer, kind):
    return [step for step in answer.steps if step.kind == kind]


def shown_to(model, call):
    return "\n".join(part["text"] for one in model.calls[call] for part in one.content)


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
    assert len(steps_of(answer, "agent")) == 2


def test_runs_are_repeatable_keys_included(opened):
    assistant = opened()

    def keys():
        answer = assistant.ask("Compare dropout and pruning", mode="agent")
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


# --- filters, tools, the web ---


def test_a_model_cannot_leave_the_filter_of_its_user(opened):
    wanted = {"must": [{"field": "tags", "match": "regularisation"}]}
    assistant, model = scripted(
        opened,
        code('print(search_notes("pruning weights"))\nprint(search_notes("pruning", where={"must": []}))'),
        code('final_answer("NOT FOUND")'),
    )
    assistant.ask("What does pruning remove?", mode="agent", where=wanted)
    assert "pruning.md" not in shown_to(model, 1)


class Weather(Tool):
    name = "weather"
    description = "Tells the weather of a city."
    inputs = {"city": {"type": "string", "description": "its name"}}  # noqa: RUF012 - as smolagents wants it
    output_type = "string"

    def forward(self, city):
        if city == "Nowhere":
            raise LookupError("no such city")
        return f"In {city} it is 21 degrees and sunny."


class LangChainWeather:
    """Looks like a LangChain tool."""

    name, description = "Weather", "Tells the weather."

    def __init__(self):
        self.args = {"city": {"title": "City", "type": "string"}}

    def run(self, given):
        return f"In {given['city']} it is 21 degrees and sunny."


class Collection:
    def __init__(self, *tools):
        self.tools = list(tools)


@pytest.mark.parametrize(
    "tool", [Weather(), LangChainWeather(), Collection(Weather())], ids=["own", "langchain", "mcp"]
)
def test_what_a_tool_of_the_user_says_can_be_cited(opened, tool):
    text = "In Ulm it is 21 degrees and sunny. [t1]"
    assistant, _ = scripted(opened, code(f'print(weather("Ulm"))\nfinal_answer({text!r})'), tools=[tool])
    answer = assistant.ask("How is the weather in Ulm?", mode="agent")
    assert answer.citations[0].kind == "tool"
    assert answer.citations[0].source == "weather(city='Ulm')"
    assert answer.citations[0].quote == "In Ulm it is 21 degrees and sunny."


def test_a_tool_that_raises_is_reported_to_the_model(opened):
    assistant, model = scripted(
        opened, code('print(weather("Nowhere"))'), code('final_answer("NOT FOUND")'), tools=[Weather()]
    )
    answer = assistant.ask("How is the weather?", mode="agent")
    assert "weather did not work: LookupError: no such city" in shown_to(model, 1)
    assert any("LookupError" in step.action.error for step in steps_of(answer, "tool"))


def test_what_is_no_tool_is_named(opened):
    with pytest.raises(InvalidTool, match="3 is no tool"):
        opened(tools=[3]).ask("What is dropout?", mode="agent")


@dataclass(frozen=True)
class Page:
    url: str
    title: str
    text: str
    snippet: str = ""


class FakeWeb:
    page = Page("https://zebra.example/coat", "Zebra", "Zebras have black and white stripes on their coats.", "stripes")

    def search(self, query, k=5):
        return [self.page]

    def visit(self, url):
        assert url == self.page.url
        return self.page


def test_the_web_is_asked_when_the_notes_are_silent(opened):
    answer = opened(web=FakeWeb()).ask("What stripes do zebras have on their coats?", mode="agent")
    assert [(c.kind, c.source, c.quote) for c in answer.citations] == [("web", FakeWeb.page.url, FakeWeb.page.text)]


def test_without_the_web_there_is_no_web_agent(opened):
    assistant, model = scripted(opened, code('web("zebras")'), code('final_answer("NOT FOUND")'))
    assistant.ask("What is on the web?", mode="agent")
    assert "web(task)" not in shown_to(model, 0)


# --- stopping ---


def stops_within(assistant, seconds=0.2):
    """Seconds from the order to stop to the answer, given while the team is at work."""
    cancel = threading.Event()
    ordered = []

    def order():
        ordered.append(time.monotonic())
        cancel.set()

    timer = threading.Timer(0.6, order)
    timer.start()
    events = list(assistant.stream("What does dropout do at test time?", mode="agent", cancel=cancel))
    took = time.monotonic() - ordered[0]
    assert isinstance(events[-1], AnswerReady)
    assert "stopped" in events[-1].answer.notice
    return took < seconds


class SlowTool(Weather):
    def forward(self, city):
        time.sleep(1.5)
        return "late"


class EndlessModel(Model):
    """Writes on and on."""

    def generate_stream(self, messages, **_):
        from smolagents.models import ChatMessageStreamDelta

        while True:
            time.sleep(0.01)
            yield ChatMessageStreamDelta(content="x")


class SlowModel(Model):
    def generate(self, messages, **_):
        time.sleep(1.5)
        return ChatMessage(role="assistant", content="late")


def test_a_run_stops_inside_a_tool(opened):
    assistant, _ = scripted(opened, code('weather("Ulm")'), *["x"] * 3, tools=[SlowTool()])
    assert stops_within(assistant)


@pytest.mark.parametrize(
    "model", [EndlessModel(model_id="endless"), SlowModel(model_id="slow")], ids=["stream", "whole"]
)
def test_a_run_stops_inside_a_generation(opened, model):
    assert stops_within(opened(model))


def test_a_run_stops_inside_the_sandbox(opened):
    assistant, _ = scripted(opened, code("while True:\n    pass"), *["x"] * 3)
    assert stops_within(assistant)


def test_closing_the_stream_stops_the_team(opened):
    assistant, model = scripted(opened, code("x = 1"), *[code(f"{SEARCH}\nx += 1")] * 50)
    stream = assistant.stream("When is dropout off?", mode="agent")
    for event in stream:
        if isinstance(event, StepTaken):
            break
    stream.close()
    assert not wait_for_team_threads()
    assert len(model.calls) < 50


def test_a_streamed_generation_is_read_to_its_end(opened):
    model = StreamingModel([code(f"{SEARCH}\nfinal_answer({DROPOUT_LINE!r})")])
    answer = opened(model).ask("When is dropout off?", mode="agent")
    assert not answer.refused
    assert answer.usage == {"prompt_tokens": 10, "completion_tokens": 5}


# --- many at once ---


def wait_for_team_threads(seconds=5.0):
    """Names of the team's threads that are still there after some time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        left = [one.name for one in threading.enumerate() if one.name.startswith(("footnote-team", "footnote-agent"))]
        if not left:
            return []
        time.sleep(0.02)
    return left


def sandbox_workers():
    """Processes of ours that run the sandbox's interpreter."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, rest = stat.read_text().split(") ", 1)
            if int(rest.split()[1]) == os.getpid() and ("monty" in name or "sandbox" in name):
                found.append(name)
    return found


def test_twenty_conversations_at_once_share_no_evidence_and_leave_nothing_behind(opened):
    assistant = opened()
    about = {
        "dropout.md": "What does dropout do at test time?",
        "attention.md": "Why are attention scores divided by the square root of the key width?",
        "pruning.md": "What share of the weights does pruning remove?",
    }
    alone = {note: assistant.ask(question, mode="agent") for note, question in about.items()}
    asked = [list(about)[number % 3] for number in range(20)]

    def talk(note):
        return assistant.conversation().ask(about[note], mode="agent")

    with ThreadPoolExecutor(20) as visitors:
        answers = list(visitors.map(talk, asked))
    assert not Path("/proc").is_dir() or sandbox_workers()
    for note, answer in zip(asked, answers, strict=True):
        assert answer.text == alone[note].text
        assert answer.citations == alone[note].citations
        found = [step.action.keys for step in steps_of(answer, "tool")]
        assert found == [step.action.keys for step in steps_of(alone[note], "tool")]
    assert wait_for_team_threads() == []
    assistant.pool.close()
    assert sandbox_workers() == []


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
