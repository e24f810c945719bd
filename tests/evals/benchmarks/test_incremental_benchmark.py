"""The benchmark of updates counts what reached the encoder, and renaming or moving a note sends nothing there."""

from evals.benchmarks.incremental import measure


def test_only_new_text_is_embedded(tmp_path):
    rows = [[cell.strip() for cell in row.strip("| ").split("|")] for row in measure(tmp_path, 8)]
    found = {name: counts for name, _, _, *counts in rows}
    embedded = found["all new"][0]
    assert int(embedded) >= 8
    assert found == {
        "all new": [embedded, "8", "0", "0", "0"],
        "nothing": ["0", "0", "0", "0", "8"],
        "one edited": ["1", "0", "1", "0", "7"],
        "one renamed": ["0", "1", "0", "1", "7"],
        "one moved": ["0", "1", "0", "1", "7"],
        "one deleted": ["0", "0", "0", "1", "7"],
        "one added": ["1", "1", "0", "0", "7"],
        "nothing, `footnote index`": ["–", "0", "0", "0", "8"],
    }
