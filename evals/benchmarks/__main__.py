"""All benchmarks that need nothing but the project: `python -m evals.benchmarks [PART...]`, or `make bench`.

Each part runs in a process of its own, so that one that fails loses nothing of the others; at the end stands what each
took. `--trial` runs all of them small, to see that they work: its numbers mean nothing, and none is kept.
"""

from __future__ import annotations

import argparse
import datetime
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.loading import SHIPPED_FOLDER
from evals.run_setup import this_machine


@dataclass(frozen=True, slots=True)
class Part:
    """A benchmark: a module of this package with its arguments, and with others for a trial."""

    name: str
    arguments: tuple[str, ...] = ()
    trial: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a part."""

    name: str
    seconds: float
    code: int


PARTS = (
    Part("formats", (str(SHIPPED_FOLDER),), (str(SHIPPED_FOLDER), "--most", "5")),
    Part("lexical", ("--chunks", "100000"), ("--chunks", "2000", "--queries", "5")),
    Part("encoding", (), ("--texts", "16", "--rounds", "1")),
    Part("page", (), ("--visitors", "3")),
    Part("sets", (), ("--trial",)),
)
"""The last one writes the results in the README."""


def run(part: Part, *, trial: bool) -> Outcome:
    """Run one part; what it prints goes where ours goes."""
    command = [f"evals.benchmarks.{part.name}", *(part.trial if trial else part.arguments)]
    machine = this_machine()
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    print(f"\n» {' '.join(command)}\n{now}; {machine.description}; {versions}\n", flush=True)
    started = time.monotonic()
    code = subprocess.run([sys.executable, "-m", *command], check=False).returncode
    return Outcome(part.name, time.monotonic() - started, code)


def table(outcomes: Sequence[Outcome]) -> str:
    """What each part took, and which failed."""
    lines = ["| part | seconds | |", "|---|--:|---|"]
    lines += [f"| {one.name} | {one.seconds:.0f} | {f'failed ({one.code})' if one.code else ''} |" for one in outcomes]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run them one after the other; returns 0 where all went well, else 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [part.name for part in PARTS]
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(names)}; none: all of them")
    parser.add_argument("--trial", action="store_true", help="small, to see that they work")
    options = parser.parse_args(arguments)
    if unknown := sorted({*options.parts} - {*names}):
        parser.error(f"there is no part {unknown[0]!r}; the parts are {', '.join(names)}")
    outcomes = []
    try:
        for part in PARTS:
            if part.name in (options.parts or names):
                outcomes.append(run(part, trial=options.trial))
    except KeyboardInterrupt:
        print("\nstopped; what was finished stands above", file=sys.stderr)
        return 1
    finally:
        print(f"\n{table(outcomes)}", flush=True)
    return int(any(one.code for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())
