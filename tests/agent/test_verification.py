"""An answer that was kept is checked again: quotes, verdicts, and whether its files are still the same."""

import json
import os
import time
from dataclasses import replace

import pytest

from agent import Answer, Assistant, Settings
from agent.errors import InvalidAnswer
from agent.verification import verify
from corpus import load_notes
from retrieval import Index
from tests.fakes import HashingEncoder
from ui.cli import main

QUESTION = "What does dropout set to zero during training?"


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "dropout.md").write_text(
        "# Dropout\n\nDropout sets a random share of the activations to zero during training.\n", "utf-8"
    )
    return folder


@pytest.fixture
def assistant(tmp_path, notes):
    index = Index.create(tmp_path / "index", HashingEncoder())
    index.update(load_notes(notes))
    with Assistant.open(index, "extractive", Settings.from_environment()) as opened:
        yield opened


def states(answer, assistant):
    """Of quotes and sentences."""
    checks = verify(answer, assistant.index, assistant.instruments)
    return [check.state for check in checks if check.what != "the answer"]


def test_an_answer_that_was_not_touched_holds(assistant):
    kept = Answer.from_json(assistant.ask(QUESTION).to_json())
    assert states(kept, assistant) == ["ok", "ok"]


def test_a_quote_that_was_forged_is_found(assistant):
    answer = assistant.ask(QUESTION)
    forged = replace(answer.citations[0], quote=answer.citations[0].quote.replace("random", "fixed"))
    assert states(replace(answer, citations=(forged,)), assistant)[0] == "failed"


@pytest.mark.parametrize("change", [("zero", "seven"), ("Dropout", "BatchNorm")])
def test_a_sentence_that_was_forged_is_found(assistant, change):
    answer = assistant.ask(QUESTION)
    forged = replace(answer.sentences[0], text=answer.sentences[0].text.replace(*change))
    assert states(replace(answer, sentences=(forged,)), assistant) == ["ok", "failed"]


def test_a_citation_of_a_note_that_is_gone_or_was_never_there_is_found(assistant):
    answer = assistant.ask(QUESTION)
    gone = replace(answer.citations[0], note_id="gone.md")
    assert states(replace(answer, citations=(gone,)), assistant) == ["failed", "failed"]
    assert states(replace(answer, citations=()), assistant) == ["failed"]


@pytest.mark.parametrize("mode", ["quick", "agent"])
def test_a_note_that_changed_since_it_was_indexed_is_marked(assistant, notes, mode):
    assert not assistant.ask(QUESTION, mode=mode).citations[0].changed
    file = notes / "dropout.md"
    later = time.time() + 10
    os.utime(file, (later, later))
    assert not assistant.ask(QUESTION, mode=mode).citations[0].changed
    file.write_text("# Dropout\n\nDropout is something else now.\n", "utf-8")
    os.utime(file, (later, later))
    answer = assistant.ask(QUESTION, mode=mode)
    assert answer.citations[0].changed
    assert "has changed" in verify(answer, assistant.index, assistant.instruments)[0].text
    file.unlink()
    assert assistant.ask(QUESTION, mode=mode).citations[0].changed


@pytest.mark.parametrize("document", ["", "{}", "not json", '{"question": 1}'])
def test_a_file_that_is_no_answer_is_refused_in_one_line(tmp_path, capsys, document):
    file = tmp_path / "answer.json"
    file.write_text(document, "utf-8")
    assert main(["verify", str(file)]) == 1
    error = capsys.readouterr().err
    assert "not an answer" in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("citations", "start", "a"),
        ("citations", "note_id", [1]),
        ("citations", "note_id", None),
        ("citations", "quote", 5),
        ("citations", "kind", "guess"),
        ("sentences", "text", 5),
        ("sentences", "citations", [[1]]),
        ("sentences", "verdict", "true"),
        ("steps", "seconds", "long"),
    ],
)
def test_an_answer_with_a_field_of_another_type_is_none(assistant, part, field, value):
    fields = json.loads(assistant.ask(QUESTION).to_json())
    fields[part][0][field] = value
    with pytest.raises(InvalidAnswer, match="not an answer") as raised:
        Answer.from_json(json.dumps(fields))
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize("content", [b"\xec\x00\xff", b"[" * 200_000])
def test_a_file_that_is_no_text_or_has_no_end_is_refused_in_one_line(tmp_path, capsys, content):
    file = tmp_path / "answer.json"
    file.write_bytes(content)
    assert main(["verify", str(file)]) == 1
    error = capsys.readouterr().err
    assert "not an answer" in error
    assert len(error.splitlines()) == 1


def test_a_file_that_is_not_there_is_named(tmp_path, capsys):
    assert main(["verify", str(tmp_path / "none.json")]) == 1
    assert "none.json" in capsys.readouterr().err
