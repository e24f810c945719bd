"""A run on disk: what was written is read back, a torn line is no record, and runs are never mixed."""

from dataclasses import replace

import pytest

from evals.errors import RunExists, RunNotFound
from evals.run_folder import RECORDS_FILE, RecordWriter, RunHeader, begin_run, read_records, read_run
from tests.evals.run_samples import MACHINE, SETUP, question, record, written_run

QUESTIONS = (question(1), question(2, answerable=False), question(3, history=("What is RoPE?",)))
RECORDS = (record("q1"), record("q2", refused=True), record("q3", error="ValueError: \udc80 broke"))


def test_a_run_reads_back_the_same(tmp_path):
    run = written_run(tmp_path, QUESTIONS, RECORDS)
    assert run.questions == QUESTIONS
    assert list(run.records.values())[:2] == list(RECORDS[:2])
    assert run.records["q3"].error == RECORDS[2].error
    assert run.unfinished == ()


def test_a_line_that_was_cut_off_is_no_record_and_is_dropped_on_resuming(tmp_path):
    run = written_run(tmp_path, QUESTIONS, RECORDS[:2])
    path = tmp_path / RECORDS_FILE
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"question_id": "q3", "rank')
    assert read_records(path).keys() == {"q1", "q2"}
    assert begin_run(tmp_path, run.header, QUESTIONS, resume=True).keys() == {"q1", "q2"}
    with RecordWriter(path) as writer:
        writer.append(record("q3"))
    assert path.read_bytes().startswith(whole + b'{"question_id": "q3", "ranking"')
    assert read_run(tmp_path).records.keys() == {"q1", "q2", "q3"}


def test_the_last_record_of_a_question_counts(tmp_path):
    run = written_run(tmp_path, QUESTIONS, [record("q1", error="OSError: gone"), record("q1")])
    assert run.records["q1"].error == ""


def test_a_folder_with_a_run_is_not_overwritten(tmp_path):
    run = written_run(tmp_path, QUESTIONS, RECORDS)
    with pytest.raises(RunExists, match="--resume"):
        begin_run(tmp_path, run.header, QUESTIONS, resume=False)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"model": "smollm2"}, "model was 'extractive', now 'smollm2'"),
        ({"settings": {"search.dense_weight": 0.3}}, "search.dense_weight was 0.6, now 0.3"),
        ({"code": "other"}, "something else \\(code\\)"),
    ],
)
def test_a_run_of_something_else_cannot_go_on(tmp_path, change, told):
    written_run(tmp_path, QUESTIONS, RECORDS)
    other = RunHeader("small", "1", replace(SETUP, **change), MACHINE, "2026-11-26T12:00:00Z")
    with pytest.raises(RunExists, match=told):
        begin_run(tmp_path, other, QUESTIONS, resume=True)


def test_a_folder_without_a_run_and_damaged_files_are_named(tmp_path):
    with pytest.raises(RunNotFound, match="no run here"):
        read_run(tmp_path)
    written_run(tmp_path, QUESTIONS, RECORDS)
    (tmp_path / RECORDS_FILE).write_text("[1]\n")
    with pytest.raises(RunNotFound, match=r"records\.jsonl:1 is no record"):
        read_run(tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(RunNotFound, match="run the set again"):
        read_run(tmp_path)
