"""A first answer in a fresh process, without the libraries that it does not need."""

import pytest

from corpus import Note
from evals.benchmarks.starting import Start, ask, rows, start
from retrieval import Index

TEXT = "# Dropout\n\nDropout sets a random half of the activations to zero while a network is trained.\n"


@pytest.mark.weights
def test_a_question_is_answered_without_heavy_libraries_and_in_little_memory(tmp_path):
    with Index.create(tmp_path / "index") as index:
        index.update([Note("dropout.md", "Dropout", TEXT, "dropout.md", "markdown")])
    first = start(ask(tmp_path / "index", "What does dropout set to zero?"))
    assert "a random half of the activations" in first.printed
    assert first.loaded == ()
    assert not first.megabytes >= 300  # NaN where the system does not tell


def test_a_library_that_is_loaded_is_named():
    assert start("import scipy").loaded == ("scipy",)


def test_ratios_are_those_of_the_medians():
    ours = [Start(wall, 1, 200, (), "") for wall in (1, 2, 9)]
    theirs = [Start(wall, 3, 500, ("torch",), "") for wall in (8, 5, 6)]
    lines = rows(ours, theirs)
    assert lines[2:] == [
        "| `footnote ask` | 2.00 | 1.00 | 200 | none |",
        "| encoder of sentence-transformers, one query | 6.00 | 3.00 | 500 | torch |",
        "| ratio | 3.0 | 3.0 | 2.5 | |",
    ]
