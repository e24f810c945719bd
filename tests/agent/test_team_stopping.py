"""Stopping a team at any moment, and many of them at once: nothing is mixed up and nothing stays behind."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from smolagents import ChatMessage, Model

from agent.events import AnswerReady, StepTaken
from tests.fakes_model import code
from tests.team_runs import SEARCH, Weather, scripted, steps_of

ROOT = Path(__file__).parents[2]


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


def test_a_run_stops_while_an_agent_beside_others_hangs(opened):
    release = threading.Event()

    def hang(_):
        release.wait(20)
        return "late"

    assistant, _ = scripted(opened, code('ask_each(["dropout?", "pruning?"])'), hang, hang)
    try:
        assert stops_within(assistant)
    finally:
        release.set()
    assert wait_for_team_threads() == []


HANGING = """
import _thread, sys, tempfile, threading, time
from pathlib import Path
from tests.fakes_model import ScriptedModel, code
from tests.team_notes import open_assistant
from tests.team_runs import Weather

class Hanging(Weather):
    def forward(self, city):
        threading.Timer(0.3, _thread.interrupt_main).start()
        time.sleep(120)

def hang(_):
    threading.Timer(0.3, _thread.interrupt_main).start()
    time.sleep(120)

first = code('weather("Ulm")') if sys.argv[1] == "tool" else code('ask_each(["dropout?", "pruning?"])')
with tempfile.TemporaryDirectory() as folder:
    assistant = open_assistant(Path(folder), ScriptedModel([first, hang, hang]), tools=[Hanging()])
    try:
        assistant.ask("What does dropout do?", mode="agent")
    except KeyboardInterrupt:
        print("stopped", flush=True)
"""


@pytest.mark.parametrize("where", ["tool", "agent"])
def test_a_tool_or_agent_that_hangs_does_not_keep_the_process_alive_after_ctrl_c(where):
    with subprocess.Popen(
        [sys.executable, "-c", HANGING, where], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as host:
        assert host.stdout.readline() == "stopped\n"
        assert host.wait(10) == 0
