"""Runs on the page: listed, compared as HTML, and asked in the background."""

import json
import shutil
import threading
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from agent.settings import Settings
from corpus import Note
from evals.run_folder import Selection
from retrieval import Index
from tests.evals.run_samples import SETUP, question, record, written_run
from ui.errors import EvalRefused
from ui.eval_html import asked_html, comparison_html, run_html
from ui.eval_reports import report_address, report_routes
from ui.eval_runs import AskedState, EvalJobs, compare, find_run, list_runs, runs_folder, sets

pytestmark = pytest.mark.weights

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def two_runs(tmp_path):
    questions = [question(n) for n in range(1, 7)]
    runs = runs_folder(tmp_path)
    a = written_run(runs / "a", questions, [record(f"q{n}", text=HOSTILE) for n in range(1, 7)])
    worse = [record("q1", found=False), record("q2", error="ValueError: <b>no</b>"), record("q3")]
    b = written_run(runs / "b", questions[:3], worse, replace(SETUP, mode="quick"), Selection(limit=3))
    return a, b


def test_runs_are_listed_with_what_they_asked_and_damaged_ones_left_out(tmp_path, two_runs):
    broken = runs_folder(tmp_path) / "c"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    labels = [entry.label for entry in list_runs(tmp_path)]
    assert labels == [
        "small 1 · extractive, quick · at most 3 questions · 2026-11-25 12:00:00",
        "small 1 · extractive, auto · 2026-11-25 12:00:00",
    ]


def test_a_comparison_says_over_how_many_questions_and_escapes_everything(two_runs):
    a, b = two_runs
    html = comparison_html(compare(a, b), a, b)
    assert "Aligned on 3 questions; left out: 3 only in a." in html
    assert "<script" not in html
    assert "<b>no" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert html.count("<circle") == html.count('<th scope="row">') > 5
    assert html.index("Question 2?") < html.index("Question 1?")


def test_the_numbers_of_one_run_and_its_progress_are_shown(two_runs):
    html = run_html(two_runs[0], "/evals/report/a")
    assert "<td>nDCG@10</td>" in html
    assert 'href="/evals/report/a"' in html
    state = AskedState("asking", "small", done=12, total=40, errors=1, seconds=4.0)
    assert state.line == "12 of 40 questions · 1 failed · 3.0/s · 9 s left"
    assert 'value="12" max="40"' in asked_html(state)


@pytest.mark.parametrize("name", ["a", "grid/k=3"])
def test_the_report_of_a_run_is_a_page_that_can_reach_nothing(tmp_path, two_runs, name):
    folder = runs_folder(tmp_path) / name
    if not folder.exists():
        shutil.copytree(two_runs[0].folder, folder)
    client = TestClient(Starlette(routes=report_routes(tmp_path)))
    report = client.get(report_address(folder, tmp_path))
    assert report.status_code == 200
    assert HOSTILE not in report.text
    assert "Question 1?" in report.text
    policy = report.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("name", ["nothing", "..", "%2e%2e/secret", "", "a/../../secret", "/etc"])
def test_what_is_no_run_has_no_report(tmp_path, two_runs, name):
    shutil.copytree(two_runs[0].folder, tmp_path / "evals" / "secret")
    client = TestClient(Starlette(routes=report_routes(tmp_path)))
    assert client.get(f"/evals/report/{name}").status_code == 404


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """Folder of an index that no test changes."""
    folder = tmp_path_factory.mktemp("eval-runs") / "index"
    with Index.create(folder) as made:
        made.update([Note(f"n{n}.md", f"Note {n}", f"Word{n} is explained here.", f"n{n}.md") for n in range(8)])
    return folder


@pytest.fixture
def jobs(tmp_path, index):
    feedback = tmp_path / "data" / "feedback" / "feedback.jsonl"
    feedback.parent.mkdir(parents=True)
    rows = [{"id": f"q{n}", "question": f"What is word{n}?", "answer": f"Word{n} is explained here."} for n in range(8)]
    feedback.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return EvalJobs(Settings(data=tmp_path / "data", index=index), index)


def feedback_of(jobs):
    return next(path for name, path in sets(jobs._settings.data) if name == "feedback of this page")


def test_a_set_is_run_in_the_background_and_is_then_among_the_runs(jobs):
    jobs.start(feedback_of(jobs), "extractive", "search: bm25", 4)
    state = jobs.wait(60)
    assert (state.phase, state.done, state.total, state.errors) == ("done", 4, 4, 0), state.error
    (entry,) = list_runs(jobs._settings.data)
    assert "at most 4 questions" in entry.label


def test_a_run_can_be_cancelled_and_what_was_asked_is_kept(jobs, monkeypatch):
    reached, go_on = threading.Event(), threading.Event()
    asked = jobs._asked

    def slow(progress):
        if progress.done == 2:
            reached.set()
            assert go_on.wait(60)
        asked(progress)

    monkeypatch.setattr(jobs, "_asked", slow)
    jobs.start(feedback_of(jobs), "extractive", "search: bm25", 0)
    assert reached.wait(60)
    with pytest.raises(EvalRefused, match="is running"):
        jobs.start(feedback_of(jobs), "extractive", "search: bm25", 0)
    jobs.cancel()
    go_on.set()
    state = jobs.wait(60)
    assert (state.phase, state.done, state.total) == ("cancelled", 2, 8)
    (entry,) = list_runs(jobs._settings.data)
    assert len(find_run(jobs._settings.data, str(entry.folder)).records) == 2


def test_only_sets_and_modes_that_are_offered_can_be_run(jobs):
    for wrong in (("/etc/passwd", "auto"), (feedback_of(jobs), "rm -rf")):
        with pytest.raises(EvalRefused, match="choose"):
            jobs.start(wrong[0], "extractive", wrong[1], 0)
