"""Exports: the fields that ragas and inspect_ai read."""

import json

import pytest

from corpus import Note
from evals.errors import EvidenceNotFound
from evals.question_sets import Place, Question, QuestionSet, Quote
from evals.set_export import REFUSAL, inspect_rows, ragas_rows, write_rows

NOTES = (Note("rope.md", "RoPE", "RoPE rotates queries and keys. It is relative.", "rope.md"),)
SET = QuestionSet(
    "small",
    "1",
    "CC0-1.0",
    (
        Question("q1", "What is rotated?", "fact", evidence=(Quote("queries AND keys"), Place("rope.md", 0, 4, 0))),
        Question("q2", "Is it?", "follow-up", "dev", references=("yes", "it is"), history=("What is relative?",)),
        Question("q3", "Bread?", "unanswerable", answerable=False),
        Question("q4", "RoPE?", "fact", evidence=(Place("rope.md"),), patterns=("rotat",)),
    ),
    NOTES,
)


def test_ragas_gets_one_turn_with_its_reference_and_evidence():
    rows = list(ragas_rows(SET))
    assert rows[0] == {
        "user_input": "What is rotated?",
        "reference": "queries and keys",
        "reference_contexts": ["queries and keys"],
        "reference_context_ids": ["rope.md@13-29"],
    }
    assert (rows[1]["user_input"], rows[1]["reference"]) == ("What is relative?\nIs it?", "yes")
    assert (rows[2]["reference"], rows[2]["reference_contexts"]) == (REFUSAL, [])
    assert rows[3]["reference_contexts"] == [NOTES[0].text]
    assert {tuple(row) for row in rows} == {tuple(rows[0])}


def test_inspect_gets_samples():
    rows = list(inspect_rows(SET))
    assert rows[0] == {
        "id": "q1",
        "input": "What is rotated?",
        "target": ["queries and keys"],
        "metadata": {
            "kind": "fact",
            "split": "test",
            "answerable": True,
            "patterns": [],
            "evidence": [{"id": "rope.md@13-29", "text": "queries and keys"}],
            "set": "small 1",
        },
    }
    assert rows[1]["input"] == [
        {"role": "user", "content": "What is relative?"},
        {"role": "user", "content": "Is it?"},
    ]
    assert rows[1]["target"] == ["yes", "it is"]
    assert (rows[2]["target"], rows[2]["metadata"]["answerable"]) == ([REFUSAL], False)
    assert rows[3]["metadata"]["patterns"] == ["rotat"]


@pytest.mark.parametrize("export", [ragas_rows, inspect_rows])
def test_the_notes_may_lie_elsewhere_but_must_hold_the_evidence(export):
    other = [Note("new.md", "New", "He rotates queries and keys, too.", "new.md")]
    questions = QuestionSet("small", "1", "CC0-1.0", SET.questions[:1])
    with pytest.raises(EvidenceNotFound, match=r"'rope\.md' is not among 1 notes"):
        list(export(questions, other))
    assert len(list(export(questions, [*NOTES, *other]))) == 1


def test_rows_are_written_one_a_line(tmp_path):
    path = tmp_path / "out" / "ragas.jsonl"
    write_rows(path, [{"a": "é\nb"}, {"a": "\u2028"}])
    assert path.read_bytes().count(b"\n") == 2
    assert [json.loads(line) for line in path.read_text("utf-8").split("\n")[:2]] == [{"a": "é\nb"}, {"a": "\u2028"}]
