"""What the gate lets through and what it stops."""

import json

import pytest

from evals import gate

GOOD = {"right": {f"q{n}": float(n % 10 != 0) for n in range(40)}, "grounded L0": {f"q{n}": 1.0 for n in range(40)}}


def changed(measure, count, value):
    values = dict(GOOD[measure])
    values.update(dict.fromkeys(list(values)[:count], value))
    return {**GOOD, measure: values}


def test_the_same_again_passes():
    assert gate.failures(GOOD, GOOD) == []


def test_a_better_run_and_one_worse_question_pass():
    assert gate.failures(GOOD, changed("right", 40, 1.0)) == []
    assert gate.failures(GOOD, changed("right", 2, 0.0)) == []


def test_a_planted_regression_is_stopped():
    (line,) = gate.failures(GOOD, changed("right", 12, 0.0))
    assert line.startswith("right fell from 0.9000 to 0.6500")


def test_one_quote_out_of_place_is_stopped():
    lines = gate.failures(GOOD, changed("grounded L0", 1, 0.5))
    assert lines == ["sentences without a citation that stands where it says, in q0"]


def test_a_mean_below_its_floor_is_stopped_even_when_the_baseline_was_no_better():
    low = changed("right", 40, 0.0)
    assert gate.failures(low, low) == ["right is 0.0000, below its floor 0.5"]


def test_what_was_not_measured_is_stopped():
    (line,) = gate.failures(GOOD, {"right": GOOD["right"]})
    assert line == "not measured, but in the baseline: grounded L0"


def test_the_baseline_is_updated_only_for_a_reason(capsys, monkeypatch, tmp_path):
    with pytest.raises(SystemExit):
        gate.main(["--update", " "])
    assert "needs a reason" in capsys.readouterr().err
    monkeypatch.setattr(gate, "BASELINE", tmp_path / "smoke.json")
    gate.write_baseline(GOOD, "first")
    gate.write_baseline(GOOD, "second")
    written = json.loads((tmp_path / "smoke.json").read_text())
    assert [one["reason"] for one in written["reasons"]] == ["first", "second"]
    assert written["scores"] == GOOD


def test_the_committed_baseline_passes_its_own_gate():
    scores = gate.read_baseline()["scores"]
    assert gate.failures(scores, scores) == []
