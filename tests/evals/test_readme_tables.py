"""The results in the README are those of the runs that are kept."""

from evals.readme_tables import END, README, TABLES, read_results, result_of, with_tables
from tests.evals.run_samples import question, record, written_run


def test_the_readme_shows_what_was_measured():
    text = README.read_text("utf-8")
    assert all(f"<!-- results: {name} -->" in text for name in TABLES)
    assert with_tables(text, read_results()) == text


def test_a_region_is_made_from_the_results_and_the_rest_stays(tmp_path):
    result = result_of(written_run(tmp_path, [question(1), question(2)], [record("q1"), record("q2", refused=True)]))
    text = with_tables(f"before\n<!-- results: answers -->\nold\n{END}\nafter\n", [result])
    assert text.startswith("before\n<!-- results: answers -->\n| set, model | right |")
    assert "| small (2 questions), extractive | 0.500 | 0.500 |" in text
    assert "Measured on 2026-11-25: a processor, 2 cores, 24 GB, Linux; python 3.11" in text
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text


def test_a_text_without_marks_stays_as_it_is():
    assert with_tables("no marks\n", []) == "no marks\n"
