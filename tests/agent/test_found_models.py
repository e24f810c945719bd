"""The best model is the largest one that is wholly there and fits."""

import json

import pytest

from agent.found_models import Machine, advice, best_downloaded, model_table

LARGE, SMALL = "Qwen/Qwen3-8B", "Qwen/Qwen3-0.6B"


def put(folder, name, *files):
    place = folder / f"models--{name.replace('/', '--')}"
    for file in files:
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        (place / file).touch()


WHOLE = ("snapshots/1/config.json", "snapshots/1/model.safetensors")


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (Machine(64, 24), LARGE),
        (Machine(64, 4), SMALL),
        (Machine(64), SMALL),
        (Machine(1), None),
        (Machine(64, 0.5), None),
    ],
)
def test_the_largest_model_that_fits_is_chosen(tmp_path, machine, expected):
    put(tmp_path, LARGE, *WHOLE)
    put(tmp_path, SMALL, *WHOLE)
    best = best_downloaded(machine, tmp_path)
    assert (best and best.id) == expected


@pytest.mark.parametrize("files", [(), WHOLE[:1], WHOLE[1:], (*WHOLE, "blobs/ab.incomplete")])
def test_a_model_that_is_not_wholly_there_is_not_chosen(tmp_path, files):
    put(tmp_path, LARGE, *files)
    assert best_downloaded(Machine(64, 80), tmp_path) is None


def test_a_model_in_several_files_needs_all_that_its_index_names(tmp_path):
    put(tmp_path, LARGE, *WHOLE[:1], "snapshots/1/model-1-of-2.safetensors")
    snapshot = tmp_path / f"models--{LARGE.replace('/', '--')}" / "snapshots" / "1"
    files = {"a": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors"}
    (snapshot / "model.safetensors.index.json").write_text(json.dumps({"weight_map": files}))
    assert best_downloaded(Machine(64, 80), tmp_path) is None
    (snapshot / "model-2-of-2.safetensors").touch()
    assert best_downloaded(Machine(64, 80), tmp_path).id == LARGE


def test_the_advice_names_a_model_that_fits():
    assert "footnote model get Qwen/Qwen3-1.7B" in advice(Machine(64))
    assert "footnote model get Qwen/Qwen3-8B" in advice(Machine(64, 24))
    assert "openai:MODEL@URL" in advice(Machine(0.5))


def test_the_table_is_sorted_and_names_licences():
    sizes = [model.billions for model in model_table()]
    assert sizes == sorted(sizes)
    assert all(model.licence for model in model_table())
