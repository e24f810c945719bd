"""A model is downloaded whole and as published, goes on where it was interrupted, and every fault is one clear line."""

import os
import subprocess
import sys

import pytest
from huggingface_hub import constants

from agent.errors import DownloadFailed
from agent.found_models import KnownModel, is_downloaded
from agent.model_download import download
from agent.models import open_model
from tests.hub_server import COMMIT, Hub, hub_server, sha256
from tests.tiny_model import save_tiny_model


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = save_tiny_model(tmp_path_factory.mktemp("tiny"))
    return {path.name: path.read_bytes() for path in folder.iterdir()} | {"pytorch_model.bin": b"pickle"}


@pytest.fixture
def hub(files, monkeypatch):
    """A hub with one model, which `huggingface_hub` takes for the real one; it does not wait between its tries."""
    with hub_server(Hub(dict(files))) as running:
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "ENDPOINT", running.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", running.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 500)
        monkeypatch.setattr("time.sleep", lambda _: None)
        yield running


def blobs(cache):
    return cache / "models--org--tiny" / "blobs"


def is_there(cache):
    return is_downloaded(KnownModel("org/tiny", 0.1, "none"), cache)


def test_all_files_of_a_model_are_got_and_it_answers(hub, tmp_path):
    shown = []
    folder = download("org/tiny", lambda *step: shown.append(step), tmp_path)
    size = len(hub.files["model.safetensors"])
    assert shown[-1] == ("model.safetensors", size, size)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        name: content for name, content in hub.files.items() if name != "pytorch_model.bin"
    }
    assert is_there(tmp_path)
    assert (folder.parent.parent / "refs" / "main").read_text() == COMMIT
    assert open_model(f"transformers:{folder}").generate([{"role": "user", "content": "Why?"}], max_tokens=3).content


def test_what_is_there_is_not_got_again(hub, tmp_path):
    download("org/tiny", cache=tmp_path)
    hub.asked.clear()
    download("org/tiny", cache=tmp_path)
    assert not [path for method, path, _ in hub.asked if method == "GET" and "/resolve/" in path]


def test_an_interrupted_download_goes_on_where_it_stopped(hub, tmp_path):
    content = hub.files["model.safetensors"]
    hub.cut_after = 1_000  # also at each further try
    with pytest.raises(DownloadFailed, match=r"cannot be reached .*kept: run the same command"):
        download("org/tiny", cache=tmp_path)
    part = next(blobs(tmp_path).glob("*.incomplete"))
    assert part.read_bytes() == content[:1_000]
    assert not is_there(tmp_path)
    hub.cut_after = None
    hub.asked.clear()
    download("org/tiny", cache=tmp_path)
    ranges = [range_ for method, path, range_ in hub.asked if method == "GET" and path.endswith(".safetensors")]
    assert ranges == ["bytes=1000-"]
    assert (blobs(tmp_path) / sha256(content)).read_bytes() == content
    assert is_there(tmp_path)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_file_that_is_not_the_published_one_is_deleted(hub, tmp_path, name):
    hub.altered = {name}
    with pytest.raises(DownloadFailed, match=rf"{name} of org/tiny is not the published file .* it was deleted"):
        download("org/tiny", cache=tmp_path)
    assert not is_there(tmp_path)
    hub.altered = set()
    download("org/tiny", cache=tmp_path)
    assert is_there(tmp_path)


def test_a_file_that_was_damaged_on_the_disk_is_noticed(hub, tmp_path):
    folder = download("org/tiny", cache=tmp_path)
    blob = (folder / "model.safetensors").resolve()
    content = blob.read_bytes()
    blob.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DownloadFailed, match=r"model\.safetensors of org/tiny is not the published file"):
        download("org/tiny", cache=tmp_path)
    download("org/tiny", cache=tmp_path)
    assert is_there(tmp_path)


def test_a_part_that_is_too_long_is_begun_anew(hub, tmp_path):
    content = hub.files["model.safetensors"]
    blobs(tmp_path).mkdir(parents=True)
    (blobs(tmp_path) / f"{sha256(content)}.footnote.incomplete").write_bytes(content + b"more")
    download("org/tiny", cache=tmp_path)
    assert is_there(tmp_path)


@pytest.mark.parametrize(
    ("status", "code", "line"),
    [
        (404, "RepoNotFound", "the hub has no model 'org/tiny' for everybody; `footnote model list`"),
        (403, "GatedRepo", "is given out on conditions; accept them at http"),
        (500, "", "refuses: "),
    ],
)
def test_a_hub_that_refuses_is_one_clear_line(hub, tmp_path, status, code, line):
    hub.status, hub.code = status, code
    with pytest.raises(DownloadFailed, match=line) as raised:
        download("org/tiny", cache=tmp_path)
    assert "\n" not in str(raised.value)


def test_a_model_without_safetensors_is_not_got(hub, tmp_path):
    del hub.files["model.safetensors"]
    with pytest.raises(DownloadFailed, match="has no weights in safetensors"):
        download("org/tiny", cache=tmp_path)


def test_a_name_that_is_none_is_one_clear_line(hub, tmp_path):
    with pytest.raises(DownloadFailed, match="is no id of a model, such as"):
        download("org/tiny/../x", cache=tmp_path)


def test_nothing_is_downloaded_while_the_hub_is_set_offline(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadFailed, match="HF_HUB_OFFLINE is set"):
        download("org/tiny", cache=tmp_path)
    assert hub.asked == []


def footnote(tmp_path, url, *arguments, **environment):
    """The command as a person gives it, with an empty cache of its own."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    known |= {"HF_ENDPOINT": url, "HF_HUB_CACHE": str(tmp_path), **environment}
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", "model", *arguments], env=known, capture_output=True, text=True, check=False
    )


def test_the_command_gets_a_model_and_lists_what_is_here(files, tmp_path):
    with hub_server(Hub(files, name="Qwen/Qwen3-0.6B")) as hub:
        listed = footnote(tmp_path, hub.url, "list")
        assert hub.asked == []  # listing sends nothing
        done = footnote(tmp_path, hub.url, "get", "Qwen/Qwen3-0.6B")
    assert (done.returncode, done.stderr) == (0, "")
    assert "every file as published; use it with --model transformers:Qwen/Qwen3-0.6B" in done.stdout
    assert [line.split()[-1] for line in listed.stdout.splitlines() if "Qwen3-0.6B" in line] == ["fits"]
    again = footnote(tmp_path, hub.url, "list").stdout
    assert [line.split()[-1] for line in again.splitlines() if "Qwen3-0.6B" in line] == ["downloaded"]


def test_the_command_says_in_one_line_that_the_hub_cannot_be_reached(tmp_path):
    with hub_server(Hub({})) as hub:
        pass
    done = footnote(tmp_path, hub.url, "get", "Qwen/Qwen3-0.6B")
    assert done.returncode == 1
    assert done.stderr.startswith(f"footnote: the hub {hub.url} cannot be reached (ConnectError)")
    assert len(done.stderr.splitlines()) == 1
