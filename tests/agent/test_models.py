"""A spec leads to its model, or to one line that says what is wrong with it."""

import subprocess
import sys

import pytest

from agent.errors import ModelUnavailable, UnknownModel
from agent.models import open_model, resolve_spec
from tests.tiny_model import save_tiny_model

QUESTION = [{"role": "user", "content": "Why?"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.mark.parametrize("spec", ["gpt", "transformers:", "openai: ", "foo:bar", "smollm3"])
def test_an_unknown_spec_names_the_known_ones(spec):
    with pytest.raises(UnknownModel, match="known are extractive, smollm2, transformers:ID-OR-FOLDER"):
        resolve_spec(spec)


def test_a_folder_is_loaded_once_for_many_conversations(folder):
    first, second = (open_model(f"transformers:{folder}") for _ in range(2))
    assert first is not second
    assert first.engine is second.engine
    assert first.generate(QUESTION, max_tokens=5).content == second.generate(QUESTION, max_tokens=5).content


def test_deciding_on_a_model_imports_nothing_heavy():
    code = (
        "import sys; from agent.models import resolve_spec; resolve_spec('auto');"
        "print([name for name in ('torch', 'transformers', 'smolagents', 'openai') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def cut_the_weights(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])


def lose_a_weight(folder):
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def lose_the_configuration(folder):
    (folder / "config.json").unlink()


def garble_the_configuration(folder):
    (folder / "config.json").write_text("{")


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (cut_the_weights, "cannot be loaded: SafetensorError"),
        (lose_a_weight, r"lack 1 weights \(such as model.norm.weight\)"),
        (lose_the_configuration, "cannot be loaded"),
        (garble_the_configuration, "cannot be loaded"),
    ],
)
def test_a_damaged_model_is_one_clear_line(tmp_path, damage, line):
    damage(save_tiny_model(tmp_path))
    with pytest.raises(ModelUnavailable, match=line) as raised:
        open_model(f"transformers:{tmp_path}")
    assert "\n" not in str(raised.value)


def test_a_model_without_chat_template_is_refused(tmp_path):
    save_tiny_model(tmp_path, template=None)
    with pytest.raises(ModelUnavailable, match="has no chat template"):
        open_model(f"transformers:{tmp_path}")


def test_a_tokenizer_of_another_model_is_refused(tmp_path):
    save_tiny_model(tmp_path, rows=64)
    with pytest.raises(ModelUnavailable, match=r"tokens and its model 64: they do not belong together"):
        open_model(f"transformers:{tmp_path}")


@pytest.mark.parametrize("name", ["./nowhere", "~/nowhere", "/nowhere", "some-org/not-downloaded"])
def test_a_model_that_is_not_there_is_one_clear_line(name):
    with pytest.raises(ModelUnavailable) as raised:
        open_model(f"transformers:{name}")
    assert "\n" not in str(raised.value)


def test_litellm_says_how_to_get_it():
    with pytest.raises(ModelUnavailable, match="pip install litellm"):
        open_model("litellm:anything")
