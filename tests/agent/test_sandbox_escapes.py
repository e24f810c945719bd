"""Nothing gets out of the sandbox, and nothing exhausts the host."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agent.sandbox import Sandbox, SandboxLimits, SandboxPool
from evals.sandbox_cases.canaries import Canaries
from evals.sandbox_cases.runs import MOST_GROWTH, HostWatch, attempt_in_sandbox, run_in_sandbox
from evals.sandbox_cases.tables import Escape, read_escapes, read_exhaustion

ROOT = Path(__file__).parents[2]
ESCAPES = read_escapes()
EXHAUSTION = read_exhaustion()
LIMITS = SandboxLimits(step_seconds=0.5)
CONTROLS = [
    Escape("control", "environment", "import os\nprint(os.environ['FOOTNOTE_CANARY'])"),
    Escape("control", "file", "print(open('<FILE>').read())"),
    Escape("control", "link", "print(open('<LINK>').read())"),
    Escape("control", "mark", "open('<MARK>', 'w').close()"),
    Escape("control", "command", "import os\nos.system('touch <MARK>')"),
    Escape("control", "connection", "import socket\nsocket.create_connection(('127.0.0.1', <PORT>), 5).recv(1)"),
    Escape("control", "host object", "print(lookup.__globals__['HOST_SECRET'])"),
    Escape("control", "private field", "print(record._secret)"),
]


BWRAP = shutil.which("bwrap") or os.environ.get("FOOTNOTE_TEST_BWRAP")


@pytest.fixture(scope="module", params=["one wall", *(["two walls"] if BWRAP else [])])
def pool(request):
    pool = SandboxPool(bwrap=BWRAP if request.param == "two walls" else "/no/such/bwrap")
    yield pool
    assert pool.wall.stands == (request.param == "two walls")
    pool.close()


@pytest.fixture(scope="module")
def canaries():
    with Canaries() as canaries:
        yield canaries


def test_there_are_enough_attempts_and_each_is_one_of_its_own():
    codes = [attempt.code for attempt in (*ESCAPES, *EXHAUSTION)]
    assert len(codes) >= 130
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("attempt", ESCAPES, ids=lambda attempt: f"{attempt.category} {attempt.name}")
def test_no_attempt_gets_out(pool, canaries, attempt):
    assert attempt_in_sandbox(Sandbox(pool, LIMITS), attempt, canaries).breaches == ()


@pytest.mark.parametrize("attempt", EXHAUSTION, ids=lambda attempt: f"{attempt.category} {attempt.name}")
def test_no_attempt_exhausts_the_host(pool, canaries, attempt):
    assert attempt_in_sandbox(Sandbox(pool, LIMITS), attempt, canaries).breaches == ()


def test_attempts_one_after_the_other_leave_the_host_small_and_a_conversation_unharmed(pool):
    sandbox = Sandbox(pool, SandboxLimits(step_seconds=0.2))
    sandbox("kept = 42")
    with HostWatch() as watch:
        for attempt in EXHAUSTION:
            if attempt.category in ("memory", "big integer", "huge argument", "recursion"):
                run_in_sandbox(sandbox, attempt.code)
    assert watch.growth < MOST_GROWTH
    assert sandbox("kept").output == 42


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_the_canaries_notice_what_plain_python_does(control, canaries):
    """Without this, a sandbox that is held by a broken canary would look safe."""
    script = (
        "import sys\n"
        "from evals.sandbox_cases.canaries import Record, lookup\n"
        "exec(sys.argv[1], {'record': Record('r'), 'lookup': lookup})\n"
    )
    command = [sys.executable, "-c", script, canaries.code_of(control)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert len(canaries.breaches([done.stdout])) == 1
    assert canaries.breaches([]) == []
