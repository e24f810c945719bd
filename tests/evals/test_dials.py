"""Settings by name."""

from pathlib import Path

import pytest

from agent import Settings
from evals.dials import cells, dials_of, parse_grid, with_dials
from evals.errors import InvalidDial

SETTINGS = Settings(Path("data"), Path("index"))


def test_a_dial_is_turned_by_its_whole_name_its_last_part_or_what_it_is_also_called():
    for name in ("search.dense_weight", "dense_weight", "fusion_weight"):
        assert with_dials(SETTINGS, {name: "0.25"}).search.dense_weight == 0.25
    assert with_dials(SETTINGS, {"passages": "3"}).passages == 3


def test_folders_and_the_model_are_no_dials():
    assert not dials_of(SETTINGS).keys() & {"data", "index", "model"}


@pytest.mark.parametrize(
    "values",
    [{"passages": "many"}, {"dense_weight": "2"}, {"nothing": "1"}, {"index": "x"}, {"correct_spelling": "maybe"}],
)
def test_what_cannot_be_turned_is_refused(values):
    with pytest.raises(InvalidDial):
        with_dials(SETTINGS, values)


@pytest.mark.parametrize(("text", "value"), [("false", False), ("True", True)])
def test_a_switch_is_turned_off_by_its_word(text, value):
    assert with_dials(SETTINGS, {"correct_spelling": text}).search.correct_spelling is value


def test_a_grid_is_every_combination():
    grid = parse_grid(["a=1,2", "b=x,y,x"])
    assert grid == {"a": ("1", "2"), "b": ("x", "y")}
    assert [tuple(cell.values()) for cell in cells(grid)] == [("1", "x"), ("1", "y"), ("2", "x"), ("2", "y")]
    assert list(cells({})) == [{}]


@pytest.mark.parametrize("texts", [["a"], ["=1"], ["a="], ["a=1", "a=2"]])
def test_a_malformed_grid_is_refused(texts):
    with pytest.raises(InvalidDial):
        parse_grid(texts)
