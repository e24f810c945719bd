"""All benchmarks that need nothing but the project: `python -m evals.benchmarks`, or `make bench`."""

from __future__ import annotations

import subprocess
import sys

from corpus.loading import SHIPPED_FOLDER

BENCHMARKS = (
    ("evals.benchmarks.formats", str(SHIPPED_FOLDER)),
    ("evals.benchmarks.lexical", "--chunks", "100000"),
    ("evals.benchmarks.encoding",),
    ("evals.benchmarks.page",),
    ("evals.benchmarks.sets",),
)
"""Module and arguments; the last one writes the results in the README."""


def main() -> int:
    """Run them one after the other; returns the worst exit code."""
    worst = 0
    for command in BENCHMARKS:
        print(f"» {' '.join(command)}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", *command], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
