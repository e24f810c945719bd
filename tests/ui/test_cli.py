"""The command line: what it prints, its exit codes, and one clear line for every mistake."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ui.cli import main

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.weights


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notes")
    (folder / "attention.md").write_text(
        "# Attention\n\n## Scaling\n\nAttention scores are divided by the square root of the key width, because large "
        "dot products would push the softmax into a region with tiny gradients.\n"
    )
    (folder / "dropout.md").write_text(
        "---\ntags: [regularisation]\n---\n# Dropout\n\n"
        "Dropout sets a random share of the activations to zero while training.\n"
    )
    return folder


@pytest.fixture(scope="module")
def index(notes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    assert main(["index", str(notes), "--index", str(folder)]) == 0
    return folder


def run(capsys, *arguments):
    """Exit code, stdout and stderr of a command."""
    code = main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_index_prints_what_changed(capsys, notes, index):
    code, out, _ = run(capsys, "index", notes, "--index", index)
    assert code == 0
    assert out.startswith("added 0 · changed 0 · removed 0 · unchanged 2\n2 notes, 2 passages in ")


def test_index_reports_files_that_cannot_be_read_and_goes_on(capsys, tmp_path):
    (tmp_path / "n").mkdir()
    (tmp_path / "n" / "good.md").write_text("# Good\n\ntext\n")
    (tmp_path / "n" / "bad.md").write_bytes(bytes(range(256)) * 20)
    code, out, err = run(capsys, "index", tmp_path / "n", "--index", tmp_path / "i")
    assert code == 0
    assert "added 1" in out
    assert "failed 1" in out
    assert "could not read" in err
    assert "bad.md" in err


def test_indexing_repairs_a_damaged_index(capsys, tmp_path, notes):
    folder = tmp_path / "i"
    assert run(capsys, "index", notes, "--index", folder)[0] == 0
    damaged = next((folder / "generations").rglob("dense.faiss"))
    damaged.write_bytes(damaged.read_bytes()[:-7])
    code, _, err = run(capsys, "search", "dropout", "--index", folder)
    assert code == 1
    assert "is damaged; run `footnote index`" in err
    code, out, err = run(capsys, "index", notes, "--index", folder)
    assert code == 0
    assert "making the index anew" in err
    assert "unchanged 2" in out
    assert run(capsys, "search", "dropout", "--index", folder)[0] == 0


def test_notes_that_are_lost_with_a_damaged_database_are_told(capsys, tmp_path, notes):
    folder = tmp_path / "i"
    assert run(capsys, "index", notes, "--index", folder)[0] == 0
    (folder / "notes.db").write_bytes(b"no database" * 1000)
    code, out, err = run(capsys, "index", notes, "--index", folder)
    assert code == 0
    assert "run `footnote index` with your other folders as well" in err
    assert "added 2" in out


def test_search_finds_a_passage(capsys, index):
    code, out, _ = run(capsys, "search", "softmax gradients", "--index", index)
    assert code == 0
    assert out.startswith(" 1. Attention › Scaling  [")


def test_search_json_is_one_document_with_the_promised_fields(capsys, index):
    code, out, _ = run(capsys, "search", "softmax gradients", "-k", "1", "--mode", "bm25", "--json", "--index", index)
    document = json.loads(out)
    assert code == 0
    assert set(document) == {"query", "mode", "seconds", "hits"}
    (hit,) = document["hits"]
    assert list(hit) == ["rank", "score", "chunk_id", "note_id", "title", "source", "heading", "start", "end", "text"]


def test_search_obeys_a_filter(capsys, index):
    where = json.dumps({"must": [{"field": "tags", "match": "regularisation"}]})
    _, out, _ = run(capsys, "search", "attention dropout", "--where", where, "--json", "--index", index)
    assert [hit["note_id"] for hit in json.loads(out)["hits"]] == ["dropout.md"]


def test_ask_json_quotes_the_text_that_show_prints(capsys, index):
    code, out, _ = run(
        capsys, "ask", "Why are attention scores divided by the root of the key width?", "--json", "--index", index
    )
    answer = json.loads(out)
    assert code == 0
    assert answer["citations"]
    for citation in answer["citations"]:
        _, text, _ = run(capsys, "show", citation["note_id"], "--index", index)
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_ask_prints_footnotes(capsys, index):
    _, out, _ = run(capsys, "ask", "What does dropout set to zero?", "--index", index)
    assert "[1]" in out
    assert "[1] Dropout\n    “Dropout sets" in out


def test_doctor_finds_the_index_well(capsys, index):
    code, out, _ = run(capsys, "doctor", "--index", index)
    assert code == 0
    assert "2 notes, 2 passages" in out
    assert "`footnote model get ID` downloads one" in out


def test_the_shipped_notes_are_indexed_on_first_use(capsys):
    code, out, err = run(capsys, "search", "rotary position embedding", "-k", "1")
    assert code == 0
    assert "indexing the shipped notes" in err
    assert "Rotary" in out


MISTAKES = [
    (["index", "{tmp}/nowhere", "--index", "{tmp}/i"], "there is no file or folder"),
    (["index", "{tmp}/empty", "--index", "{tmp}/i"], "no notes were found"),
    (["search", "x", "--index", "{tmp}/nowhere"], "there is no index in"),
    (["ask", "x", "--index", "{tmp}/nowhere"], "there is no index in"),
    (["ui", "--index", "{tmp}/nowhere"], "there is no index in"),
    (["ask", "what is x", "--model", "gpt-9", "--index", "{index}"], "unknown model 'gpt-9'"),
    (["ask", "???", "--index", "{index}"], "the question has no words"),
    (["search", "x", "--where", "{{", "--index", "{index}"], "--where takes a JSON object"),
    (["search", "x", "--where", "[1]", "--index", "{index}"], "--where takes a JSON object"),
    (
        ["search", "x", "--where", '{{"must": [{{"field": "nope", "match": 1}}]}}', "--index", "{index}"],
        "unknown field 'nope'",
    ),
    (["show", "nope.md", "--index", "{index}"], "there is no note 'nope.md'"),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_a_mistake_gives_one_line_and_exit_code_1(capsys, tmp_path, index, arguments, message):
    (tmp_path / "empty").mkdir()
    code, _, err = run(capsys, *(argument.format(tmp=tmp_path, index=index) for argument in arguments))
    assert code == 1
    assert message in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments", [[], ["nope"], ["search"], ["search", "x", "-k", "0"], ["ask", "x", "--mode", "nope"]]
)
def test_wrong_usage_has_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_an_index_of_another_encoder_is_refused(capsys, tmp_path):
    from corpus import Note
    from retrieval import Index
    from tests.fakes import HashingEncoder

    with Index.create(tmp_path / "i", HashingEncoder()) as made:
        made.update([Note("a", "A", "some words", "a")])
    code, _, err = run(capsys, "search", "words", "--index", tmp_path / "i")
    assert code == 1
    assert "made with another encoder" in err


def test_importing_and_asking_for_help_are_quick():
    """Half a second is promised; a loaded machine gets four times that, of the processor's own seconds."""
    for command in (["-c", "import agent"], ["-m", "ui.cli", "--help"]):
        before = _processor_seconds()
        subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)
        assert _processor_seconds() - before < 2.0


def _processor_seconds():
    """What the processes that were started and have ended took."""
    times = os.times()
    return times.children_user + times.children_system


OFFLINE = """
import sys
from pathlib import Path

def watch(event, arguments):
    here = ("127.", "::1", "localhost")
    if event == "socket.connect" and isinstance(arguments[1], tuple) and not str(arguments[1][0]).startswith(here):
        Path(sys.argv[1]).write_text(repr(arguments[1]))
        raise RuntimeError(f"connection to {arguments[1]!r}")
    if event == "socket.getaddrinfo" and arguments[0] not in (None, "localhost", "127.0.0.1", "::1", "0.0.0.0"):
        Path(sys.argv[1]).write_text(repr(arguments[0]))
        raise RuntimeError(f"look-up of {arguments[0]!r}")

sys.addaudithook(watch)
from ui.cli import main
for arguments in (["index", sys.argv[2]], ["search", "dropout"], ["ask", "What does dropout set to zero?"]):
    assert main([*arguments, "--index", sys.argv[3]]) == 0
"""


def test_no_command_reaches_for_another_machine(notes, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(tmp_path / "reached"), str(notes), str(tmp_path / "i")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "reached").exists()
