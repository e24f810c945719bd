"""`footnote eval` as people start it: a run that is killed goes on, and mistakes are told in one line."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evals.run_folder import read_records
from ui.cli import main

ROOT = Path(__file__).parents[2]
SUBJECTS = [f"method{letter}" for letter in "abcdefghijklmnopqrstuvwx"]

pytestmark = pytest.mark.weights


@pytest.fixture(scope="module")
def bench_set(tmp_path_factory):
    """A folder in BEIR's form with a note and a question for each of 24 made-up methods."""
    folder = tmp_path_factory.mktemp("sets") / "small"
    (folder / "qrels").mkdir(parents=True)
    notes = [
        {"_id": name, "title": name, "text": f"{name} was measured in {1990 + at}."} for at, name in enumerate(SUBJECTS)
    ]
    queries = [{"_id": f"q-{name}", "text": f"When was {name} measured?"} for name in SUBJECTS]
    for file, rows in (("corpus.jsonl", notes), ("queries.jsonl", queries)):
        (folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows))
    qrels = [f"q-{name}\t{name}\t1\n" for name in SUBJECTS]
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(qrels))
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """One data folder for all tests here, so that the set is indexed once."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(autouse=True)
def _use_data(monkeypatch, data):
    monkeypatch.setenv("FOOTNOTE_DATA", str(data))


def command(bench_set, out, *more):
    return ["eval", "run", str(bench_set), "--model", "extractive", "--no-cache", "--out", str(out), *more]


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_a_run_that_was_killed_goes_on_where_it_was(bench_set, data, tmp_path, capsys):
    out = tmp_path / "run"
    records = out / "records.jsonl"
    environment = {**os.environ, "FOOTNOTE_DATA": str(data)}
    process = subprocess.Popen([sys.executable, "-m", "ui.cli", *command(bench_set, out)], cwd=ROOT, env=environment)
    deadline = time.monotonic() + 120
    while (not records.exists() or records.read_bytes().count(b"\n") < 3) and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(20) == -signal.SIGKILL
    before = records.read_bytes()
    kept = read_records(records)
    assert 3 <= len(kept) < len(SUBJECTS)
    code, printed, _ = run(capsys, *command(bench_set, out, "--resume"))
    assert code == 0
    assert "24 questions, 0 failed." in printed
    assert records.read_bytes().startswith(before[: before.rfind(b"\n") + 1])
    lines = [json.loads(line)["question_id"] for line in records.read_text().splitlines()]
    assert sorted(lines) == sorted(f"q-{name}" for name in SUBJECTS)


def test_a_grid_has_a_run_for_each_value_and_needs_no_model(bench_set, tmp_path, capsys):
    vary = ["--retrieval-only", "--vary", "fusion_weight=0.3,0.7", "--limit", "4"]
    code, printed, _ = run(capsys, *command(bench_set, tmp_path, *vary))
    assert code == 0
    assert "| fusion_weight=0.3 |" in printed
    setups = [
        json.loads((tmp_path / f"fusion_weight={value}" / "run.json").read_text())["setup"] for value in ("0.3", "0.7")
    ]
    assert [setup["settings"]["search.dense_weight"] for setup in setups] == [0.3, 0.7]
    assert {setup["model"] for setup in setups} == {""}


def test_compare_and_report(bench_set, tmp_path, capsys):
    for mode in ("bm25", "dense"):
        modes = ["--retrieval-only", "--search-mode", mode]
        assert run(capsys, *command(bench_set, tmp_path / mode, *modes))[0] == 0
    code, printed, _ = run(capsys, "eval", "compare", tmp_path / "bm25", tmp_path / "dense", "--json")
    document = json.loads(printed)
    assert code == 0
    assert document["differing"] == {"mode": ["bm25", "dense"]}
    assert {one["measure"] for one in document["measures"]} >= {"nDCG@10", "recall@20", "MAP@100"}
    code, printed, _ = run(capsys, "eval", "report", tmp_path / "dense", "--out", tmp_path / "report")
    assert code == 0
    assert [Path(line).name for line in printed.splitlines()] == ["report.html", "report.md", "report.json"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--vary", "dense_wieght=1"], "did you mean 'dense_weight'?"),
        (["--vary", "dense_weight"], "--vary takes NAME=VALUE"),
        (["--vary", "dense_weight=7"], "dense_weight cannot be '7'"),
        (["--mode", "fast"], "mode is one of"),
        (["--only", "riddle"], "neither an id nor a kind"),
        (["--split", "dev"], "no question in the split 'dev'"),
        (["--model", "no-such-model"], "no-such-model"),
        (["--retrieval-only", "--search-mode", "magic"], "search_mode is one of hybrid, bm25, dense"),
    ],
)
def test_mistakes_are_told_in_one_line(bench_set, tmp_path, capsys, more, told):
    code, _, err = run(capsys, *command(bench_set, tmp_path / "run", *more))
    assert code == 1
    assert told in err.splitlines()[-1]
    assert not (tmp_path / "run").exists()


def test_missing_sets_and_runs_are_told_in_one_line(tmp_path, capsys):
    assert run(capsys, "eval", "run", tmp_path / "none")[::2][0] == 1
    code, _, err = run(capsys, "eval", "report", tmp_path)
    assert (code, err.count("\n")) == (1, 1)
    assert "make one with `footnote eval run`" in err
