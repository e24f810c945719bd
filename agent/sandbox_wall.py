"""The second wall: the command that starts a worker, inside `bwrap` where that works.

Covered: with `bwrap` (Linux), a worker that broke out of the interpreter would find no network, no other process, no
environment, and no file but its own program and the system libraries that program needs. It dies with the thread that
started it. Not covered: where there is no `bwrap`, or the kernel forbids user namespaces, the interpreter is the only
wall; `SecondWall.reason` says so. A worker shares the kernel with the host either way.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PROBE_SECONDS = 10.0
"""Seconds for starting the worker's program once; it takes 0.02 where it works."""
_ISOLATION = ("--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL")
_LIBRARY_LINE = re.compile(r"(?:=> )?(/\S+) \(0x")


@dataclass(frozen=True, slots=True)
class SecondWall:
    """Whether workers run inside `bwrap`, and if not, why."""

    bwrap: str | None
    reason: str

    @property
    def stands(self) -> bool:
        return self.bwrap is not None


def find_second_wall(program: str, bwrap: str | None = None) -> SecondWall:
    """The wall that this machine offers for `program`; `bwrap` is the command, searched on the path when None."""
    found = bwrap or shutil.which("bwrap")
    if os.name != "posix":
        return SecondWall(None, "bwrap exists on Linux only")
    if not found:
        return SecondWall(None, "bwrap is not installed; install the package `bubblewrap` for a second wall")
    problem = _probe([*bwrap_command(found, program), "--version"])
    if problem:
        return SecondWall(None, f"bwrap does not work here: {problem}")
    return SecondWall(found, f"workers run inside {found}: no network, no files, no environment")


def bwrap_command(bwrap: str, program: str) -> list[str]:
    """The command line that runs `program` with nothing but its libraries."""
    binds = [part for path in [program, *_libraries(program)] for part in ("--ro-bind", path, path)]
    return [bwrap, *_ISOLATION, *binds, "--", program]


def write_launcher(folder: Path, program: str, wall: SecondWall) -> str:
    """A command that starts a worker quietly and behind the wall; `program` itself where scripts cannot be run.

    A worker's own messages ("allocation of ... bytes exceeds the memory limit") are no one's business on a terminal:
    the step reports what they mean.
    """
    if os.name != "posix":
        return program
    command = bwrap_command(wall.bwrap, program) if wall.bwrap else [program]
    launcher = folder / "sandbox-worker"
    launcher.write_text(f'#!/bin/sh\nulimit -c 0\nexec {shlex.join(command)} "$@" 2>/dev/null\n', encoding="utf-8")
    launcher.chmod(0o700)
    return program if _probe([str(launcher), "--version"]) else str(launcher)


def _libraries(program: str) -> list[str]:
    """System libraries that `program` loads; none for a static one."""
    try:
        listed = subprocess.run(["ldd", program], capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return [folder for folder in ("/lib", "/lib64", "/usr/lib") if Path(folder).exists()]
    return sorted({match.group(1) for line in listed.stdout.splitlines() if (match := _LIBRARY_LINE.search(line))})


def _probe(command: list[str]) -> str:
    """What went wrong when `command` was run, in one line; empty when nothing did."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
