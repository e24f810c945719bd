"""The second wall: found where it works, left out with a reason where not."""

import os
import shutil
import subprocess

import pytest

from agent.sandbox import Sandbox, SandboxLimits, SandboxPool
from agent.sandbox_wall import bwrap_command, find_second_wall, write_launcher

BWRAP = shutil.which("bwrap") or os.environ.get("FOOTNOTE_TEST_BWRAP")
SHELL = shutil.which("cat")
needs_bwrap = pytest.mark.skipif(not BWRAP, reason="bwrap is not installed")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="bwrap exists on Linux only")


def test_without_bwrap_there_is_one_wall_and_a_hint(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    wall = find_second_wall(SHELL)
    assert not wall.stands
    assert "install the package `bubblewrap`" in wall.reason


def test_a_bwrap_that_does_not_work_is_left_out(tmp_path):
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'no permission to make a namespace' >&2\nexit 1\n")
    broken.chmod(0o700)
    wall = find_second_wall(SHELL, str(broken))
    assert not wall.stands
    assert wall.reason == "bwrap does not work here: no permission to make a namespace"


def test_the_launcher_starts_the_program_quietly(tmp_path):
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\necho "$@"\necho noise >&2\n')
    program.chmod(0o700)
    launcher = write_launcher(tmp_path, str(program), find_second_wall(str(program), "/no/such/bwrap"))
    done = subprocess.run([launcher, "a", "b c"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("a b c\n", "")


def test_a_folder_where_nothing_can_be_run_is_gone_around(tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.chmod", lambda self, mode: None)  # the launcher is then no program
    assert write_launcher(tmp_path, SHELL, find_second_wall(SHELL, "/no/such/bwrap")) == SHELL


@needs_bwrap
def test_behind_the_wall_there_are_no_files_no_network_and_no_environment():
    assert find_second_wall(SHELL, BWRAP).stands
    command = bwrap_command(BWRAP, SHELL)
    for path in ("/etc/passwd", "/proc/self/environ", os.path.abspath(__file__)):
        assert subprocess.run([*command, path], capture_output=True, check=False).returncode != 0
    assert "--unshare-all" in command
    assert "--clearenv" in command


@needs_bwrap
def test_a_pool_behind_the_wall_says_so_and_works():
    pool = SandboxPool(bwrap=BWRAP)
    assert Sandbox(pool)("1 + 1").output == 2
    assert pool.wall.stands
    pool.close()


@needs_bwrap
def test_a_worker_behind_the_wall_that_is_stuck_is_ended_with_everything_inside():
    pool = SandboxPool(bwrap=BWRAP)
    sandbox = Sandbox(pool, SandboxLimits(step_seconds=0.3))
    for _ in range(2):
        with pytest.raises(Exception, match=r"0\.3 seconds"):
            sandbox("x = 10 ** 100_000\nfor _ in range(10):\n    x = x * x\nstr(x)")
    assert sandbox("1").output == 1
    pool.close()
