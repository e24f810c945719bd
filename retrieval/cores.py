"""How many processor cores are really there for this process."""

from __future__ import annotations

import os
from pathlib import Path

_CPUS = Path("/sys/devices/system/cpu")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def physical_cores() -> int:
    """Cores, not hyper-threads, that this process may use; at least 1.

    Matrix products gain nothing from a second thread on a core, and lose much when there are more threads than
    cores. A container's CPU quota counts; where the system doesn't tell, every logical CPU is taken for a core.
    """
    allowed = _allowed_cpus()
    cores = {_siblings(cpu) for cpu in allowed}
    return max(1, min(len(cores), _quota(len(cores))))


def _allowed_cpus() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _siblings(cpu: int) -> str:
    """What names the core of a logical CPU."""
    try:
        return (_CPUS / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text("ascii").strip()
    except OSError:
        return str(cpu)


def _quota(otherwise: int) -> int:
    """Whole cores that the control group grants, rounded up."""
    try:
        quota, period = _QUOTA.read_text("ascii").split()
        return -(-int(quota) // int(period))
    except (OSError, ValueError):
        return otherwise
