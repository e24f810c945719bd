"""Cancelling a step, and the end of the sandbox's workers."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from agent.errors import SandboxUnavailable, StepInterrupted
from agent.sandbox import SandboxLimits, SandboxPool
from tests.sandbox_sessions import failure_of, make

ROOT = Path(__file__).parents[2]


def test_interrupt_ends_a_busy_step_at_once_and_keeps_earlier_variables(sandbox):
    sandbox("a = 1")
    asked = []

    def interrupt():
        asked.append(time.perf_counter())
        sandbox.interrupt()

    threading.Timer(0.2, interrupt).start()
    with pytest.raises(StepInterrupted):
        sandbox("b = 2\nwhile True:\n    pass")
    assert time.perf_counter() - asked[0] < 0.5  # 0.005 on a quiet machine
    assert sandbox("a").output == 1


def test_interrupt_while_a_tool_works_drops_its_result(pool):
    calls = []

    def tool():
        calls.append(1)
        sandbox.interrupt()
        return "late"

    sandbox = make(pool, {"tool": tool})
    with pytest.raises(StepInterrupted):
        sandbox("x = tool()\ny = tool()")
    assert calls == [1]
    assert "NameError" in failure_of(sandbox, "x")


def test_interrupt_between_steps_cancels_the_next_unless_a_run_starts(sandbox):
    sandbox.interrupt()
    with pytest.raises(StepInterrupted):
        sandbox("1")
    assert sandbox("1").output == 1
    sandbox.interrupt()
    sandbox.send_tools({})
    assert sandbox("2").output == 2


def test_interrupting_one_conversation_leaves_the_others(pool):
    first, second = make(pool), make(pool)
    ends = {}

    def run(name, sandbox, code):
        try:
            ends[name] = sandbox(code).output
        except StepInterrupted:
            ends[name] = "interrupted"

    threads = [
        threading.Thread(target=run, args=("first", first, "while True:\n    pass")),
        threading.Thread(target=run, args=("second", second, "sum(range(3_000_000))")),
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    first.interrupt()
    for thread in threads:
        thread.join(20)
    assert ends == {"first": "interrupted", "second": sum(range(3_000_000))}


def test_all_workers_busy_is_said():
    pool = SandboxPool(workers=1, busy_seconds=0.2)
    sandbox = make(pool, {"wait": lambda: make(pool)("1")})
    message = failure_of(sandbox, "wait()")
    assert "all 1 sandbox workers are busy" in message
    with pool.session(SandboxLimits()), pytest.raises(SandboxUnavailable):
        make(pool)("1")
    pool.close()


def test_twenty_conversations_at_once_keep_to_themselves():
    before = threading.active_count()
    pool = SandboxPool(workers=4)
    wrong = []

    def converse(number):
        sandbox = make(pool, {"mine": lambda: number})
        sandbox(f"x = [{number}]")
        for step in range(5):
            sandbox("x.append(mine())")
            if sandbox("x").output != [number] * (step + 2):
                wrong.append(number)

    threads = [threading.Thread(target=converse, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with pool.session(SandboxLimits()) as session:
        worker = session.worker_pid
    pool.close()
    assert wrong == []
    assert threading.active_count() == before
    assert not _alive(worker)


def _alive(process):
    for _ in range(50):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.02)
    return True


def test_a_closed_pool_starts_again_when_it_is_needed():
    pool = SandboxPool()
    sandbox = make(pool)
    sandbox("a = 1")
    pool.close()
    assert sandbox("a").output == 1
    pool.close()


SCRIPT = """
import sys, threading
from agent.sandbox import Sandbox, SandboxLimits, SandboxPool
pool = SandboxPool()
sandbox = Sandbox(pool)
sandbox("1")
with pool.session(SandboxLimits()) as session:
    print(session.worker_pid, flush=True)
if sys.argv[1] == "busy":
    try:
        sandbox("while True:\\n    pass")
    finally:
        print("ended", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("how", ["exit", "busy"])
def test_workers_end_with_the_host_and_after_ctrl_c(how):
    def restore():
        signal.signal(signal.SIGINT, signal.default_int_handler)

    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, how],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=restore,
    ) as host:
        worker = int(host.stdout.readline())
        if how == "busy":
            time.sleep(0.5)
            host.send_signal(signal.SIGINT)
            asked = time.perf_counter()
            assert host.stdout.readline() == "ended\n"
            assert time.perf_counter() - asked < 2
        host.wait(20)
    assert not _alive(worker)
