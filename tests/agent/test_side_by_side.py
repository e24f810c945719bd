"""Work side by side: the order of what is made, how many at once, failures, and that nobody waits for a thread."""

import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from agent.side_by_side import side_by_side

ROOT = Path(__file__).parents[2]


def test_what_is_made_comes_in_the_order_of_the_work():
    def late(number):
        time.sleep(0.02 * (3 - number))
        return number

    assert side_by_side([partial(late, number) for number in range(4)], 4, "t") == [0, 1, 2, 3]
    assert side_by_side([], 4, "t") == []


def test_no_more_than_so_many_at_once():
    now, most, lock = [0], [0], threading.Lock()

    def work():
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.02)
        with lock:
            now[0] -= 1

    side_by_side([work] * 6, 2, "t")
    assert most[0] == 2


def test_the_first_failure_is_raised_and_what_has_not_begun_is_not_begun():
    begun = []

    def work(number):
        begun.append(number)
        if not number:
            raise LookupError("gone")
        time.sleep(0.3)

    with pytest.raises(LookupError, match="gone"):
        side_by_side([partial(work, number) for number in range(8)], 2, "t")
    time.sleep(0.5)
    assert len(begun) < 8


def test_whoever_waits_may_leave():
    release = threading.Event()

    def check():
        raise TimeoutError("over")

    started = time.monotonic()
    with pytest.raises(TimeoutError, match="over"):
        side_by_side([partial(release.wait, 10)], 1, "t", check)
    assert time.monotonic() - started < 1
    release.set()


SCRIPT = """
import time
from agent.side_by_side import side_by_side
def check():
    raise SystemExit(3)
side_by_side([lambda: time.sleep(60)], 1, "t", check)
"""


def test_work_that_hangs_does_not_keep_the_process_alive():
    started = time.monotonic()
    assert subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, timeout=50, check=False).returncode == 3
    assert time.monotonic() - started < 40
