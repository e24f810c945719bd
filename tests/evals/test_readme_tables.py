"""The results in the README are those of the runs that are kept."""

import json
from dataclasses import replace

from evals import readme_tables
from evals.readme_tables import END, README, TABLES, comparison_of, read_results, result_of, with_tables
from tests.evals.run_samples import SETUP, question, record, written_run


def test_the_readme_shows_what_was_measured():
    text = README.read_text("utf-8")
    assert all(f"<!-- results: {name} -->" in text for name in TABLES)
    assert with_tables(text, read_results()) == text


def test_a_region_is_made_from_the_results_and_the_rest_stays(tmp_path):
    result = result_of(written_run(tmp_path, [question(1), question(2)], [record("q1"), record("q2", refused=True)]))
    text = with_tables(f"before\n<!-- results: answers -->\nold\n{END}\nafter\n", [result])
    assert text.startswith("before\n<!-- results: answers -->\n| set, model | right | right when sure |")
    assert "| small (2 questions), extractive | 0.500 |  | 0.500 |" in text
    assert "Measured on 2026-11-25: a processor, 2 cores, 24 GB, Linux; python 3.11" in text
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text


def test_a_text_without_marks_stays_as_it_is():
    assert with_tables("no marks\n", []) == "no marks\n"


def test_a_comparison_is_shown_with_the_setting_that_was_changed_and_is_no_row_of_the_other_tables(tmp_path):
    asked = [question(1), question(2), question(3, answerable=False)]
    refused = record("q3", refused=True)
    a = written_run(tmp_path / "a", asked, [record("q1"), record("q2", refused=True), refused])
    b = written_run(tmp_path / "b", asked, [record("q1"), record("q2"), refused])
    b = replace(b, header=replace(b.header, setup=replace(SETUP, settings={"search.dense_weight": 1 / 3})))
    kept = json.loads(json.dumps(comparison_of(a, b)))
    region = f"<!-- results: comparison -->\n{END}\n<!-- results: answers -->\n{END}\n"
    lines = with_tables(region, [kept]).splitlines()
    assert "| small (3 questions), search.dense_weight 0.6 → 0.333 | right | 0.667 | 1.000 | +0.333 (" in "\n".join(
        lines
    )
    assert sum(line.startswith("| small") for line in lines) == len(kept["rows"])


def test_the_command_keeps_a_run_and_a_comparison_and_writes_the_page(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(readme_tables, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(readme_tables, "README", tmp_path / "README.md")
    (tmp_path / "README.md").write_text(f"<!-- results: answers -->\n{END}\n<!-- results: comparison -->\n{END}\n")
    a = written_run(tmp_path / "a", [question(1)], [record("q1", refused=True)])
    b = written_run(tmp_path / "b", [question(1)], [record("q1")])
    readme_tables.main([str(b.folder), "--compare", str(a.folder), str(b.folder)])
    assert len(capsys.readouterr().out.splitlines()) == len(list((tmp_path / "results").iterdir())) == 2
    text = (tmp_path / "README.md").read_text()
    assert "| small (1 questions), extractive | 1.000 |" in text
    assert "| right | 0.000 | 1.000 | +1.000 (" in text
