"""Settings come from the environment, and what cannot be meant is one clear line."""

import pytest

from agent.errors import InvalidSetting, ModelUnavailable
from agent.models import open_model
from agent.settings import LocalModelSettings, Settings
from tests.tiny_model import save_tiny_model
from ui.cli import main


def test_bits_and_seconds_come_from_the_environment():
    settings = Settings.from_environment({"FOOTNOTE_BITS": "4", "FOOTNOTE_SECONDS": "12.5"})
    assert (settings.local_model.bits, settings.writing.seconds) == (4, 12.5)
    usual = Settings.from_environment({})
    assert (usual.local_model.bits, usual.writing.seconds) == (16, 60.0)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("FOOTNOTE_BITS", "5", "FOOTNOTE_BITS is '5'; it is one of 16, 8, 4"),
        ("FOOTNOTE_BITS", "four", "FOOTNOTE_BITS is 'four'"),
        ("FOOTNOTE_SECONDS", "soon", "FOOTNOTE_SECONDS is 'soon'; it is a number of seconds above 0"),
        ("FOOTNOTE_SECONDS", "0", "FOOTNOTE_SECONDS is '0'"),
        ("FOOTNOTE_SECONDS", "nan", "FOOTNOTE_SECONDS is 'nan'"),
    ],
)
def test_a_variable_that_cannot_mean_anything_is_named(name, text, line):
    with pytest.raises(InvalidSetting, match=line):
        Settings.from_environment({name: text})


def test_the_command_line_says_so_in_one_line(monkeypatch, capsys):
    monkeypatch.setenv("FOOTNOTE_BITS", "5")
    assert main(["show", "x"]) == 1
    assert capsys.readouterr().err == "footnote: FOOTNOTE_BITS is '5'; it is one of 16, 8, 4\n"


@pytest.mark.parametrize("bits", [8, 4])
def test_fewer_bits_need_a_gpu_and_say_so(tmp_path, bits):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    folder = save_tiny_model(tmp_path)
    with pytest.raises(ModelUnavailable, match=f"{bits}-bit loading needs a CUDA GPU; leave FOOTNOTE_BITS and --bits"):
        open_model(f"transformers:{folder}", LocalModelSettings(bits=bits))


@pytest.mark.weights
def test_bits_reach_the_model_from_the_command_line(tmp_path, monkeypatch, capsys):
    folder = save_tiny_model(tmp_path / "model")
    (tmp_path / "a.md").write_text("# Dropout\n\nDropout sets activations to zero.\n")
    index = str(tmp_path / "index")
    assert main(["index", str(tmp_path / "a.md"), "--index", index]) == 0
    asked = ["ask", "What does dropout do?", "--index", index, "--model", f"transformers:{folder}"]
    assert main([*asked, "--bits", "4"]) == 1
    assert "4-bit loading needs a CUDA GPU" in capsys.readouterr().err
    monkeypatch.setenv("FOOTNOTE_BITS", "8")
    assert main(asked) == 1
    assert "8-bit loading needs a CUDA GPU" in capsys.readouterr().err
