"""The report: one file that loads nothing, with every question in it and nothing unescaped."""

import json
import re

from evals.report import write_report
from evals.report_plots import difference_plot
from evals.run_comparison import compare_runs
from tests.evals.run_samples import question, record, written_run

HOSTILE = "<script>document.title='owned'</script><img src=https://evil.example/a.png>"


def reported(folder):
    questions = [question(1), question(2, answerable=False), question(3), question(4)]
    records = [
        record("q1"),
        record("q2", text=HOSTILE, levels={"L0": "", "L1": "", "L2": "the number <b>7</b> is not there"}),
        record("q3", error=f"ValueError: {HOSTILE}"),
    ]
    write_report(written_run(folder / "run", questions, records), folder / "report")
    return {path.name: path.read_text("utf-8") for path in (folder / "report").iterdir()}


def test_the_page_loads_nothing_and_escapes_everything(tmp_path):
    page = reported(tmp_path)["report.html"]
    assert "<script>document" not in page
    assert "<img" not in page
    assert re.findall(r'(?:src|href)="([^#][^"]*)"', page) == []
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    assert page.count("<svg") == 3


def test_every_question_that_was_asked_is_there_with_what_became_of_it(tmp_path):
    page = reported(tmp_path)["report.html"]
    states = re.findall(r'id="q-(q\d)" data-kind="(\w+)" data-state="(\w*)"', page)
    assert states == [("q1", "fact", "right"), ("q2", "unanswerable", "wrong"), ("q3", "fact", "error")]
    assert "L2: the number &lt;b&gt;7&lt;/b&gt; is not there" in page
    assert "1 not asked yet" in page


def test_markdown_and_json_hold_the_same_numbers(tmp_path):
    files = reported(tmp_path)
    document = json.loads(files["report.json"])
    assert document["set_id"] == "small"
    for mean in document["summary"]["means"]:
        assert f"| {mean['measure']} | {mean['n']} | {mean['mean']:.4f} |" in files["report.md"]


def test_the_plot_of_differences_has_zero_in_its_middle_and_a_row_for_each_measure(tmp_path):
    questions = [question(1), question(2)]
    a = written_run(tmp_path / "a", questions, [record("q1"), record("q2")])
    b = written_run(tmp_path / "b", questions, [record("q1"), record("q2", found=False)])
    measures = compare_runs(a, b).measures
    svg = difference_plot(measures)
    assert svg.count("<circle") == len(measures)
    assert ">0</text>" in svg
    assert svg.count("<svg") == 1
