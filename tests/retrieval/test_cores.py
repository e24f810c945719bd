"""Threads are counted by what this process may use."""

import os

import pytest

from retrieval import cores


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Four logical CPUs on two cores, no quota."""
    for cpu, siblings in enumerate(["0,2", "1,3", "0,2", "1,3"]):
        folder = tmp_path / f"cpu{cpu}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(f"{siblings}\n")
    monkeypatch.setattr(cores, "_CPUS", tmp_path)
    monkeypatch.setattr(cores, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2, 3}, raising=False)
    return tmp_path


def test_two_threads_of_a_core_count_once(machine):
    assert cores.physical_cores() == 2


def test_only_cpus_that_the_process_may_use_count(machine, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {1, 3}, raising=False)
    assert cores.physical_cores() == 1


@pytest.mark.parametrize(("quota", "expected"), [("max 100000", 2), ("50000 100000", 1), ("150000 100000", 2), ("", 2)])
def test_the_quota_of_a_container_counts(machine, quota, expected):
    (machine / "cpu.max").write_text(quota)
    assert cores.physical_cores() == expected


def test_where_the_system_does_not_tell_every_cpu_is_a_core(machine, monkeypatch):
    monkeypatch.setattr(cores, "_CPUS", machine / "nowhere")
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert cores.physical_cores() == 6
