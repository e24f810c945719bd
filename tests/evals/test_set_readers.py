"""Reading question sets: simple JSON Lines, and how the form is told by what lies there."""

import json
import os
from pathlib import Path

import pytest

from corpus import load_notes
from evals.errors import InvalidSet, SetNotFound
from evals.judgements import resolve_set
from evals.question_sets import Question, Quote
from evals.set_readers import read_set, read_simple

FULL = {
    "id": "h1",
    "kind": "paraphrase",
    "file": "notes/gan.md",
    "split": "dev",
    "question": "Who is the police?",
    "evidence": ["the police", {"text": "detective", "file": "b.md"}],
    "answer": ["discriminator", "network"],
    "reference": "the discriminator",
    "history": ["What is a GAN?"],
}


def write(folder, *rows, name="questions.jsonl"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_every_label_of_a_line_is_read(tmp_path):
    path = write(tmp_path, FULL)
    assert read_simple(path).questions == (
        Question(
            id="h1",
            text="Who is the police?",
            kind="paraphrase",
            split="dev",
            evidence=(Quote("the police", "notes/gan.md"), Quote("detective", "b.md")),
            patterns=("discriminator", "network"),
            references=("the discriminator",),
            history=("What is a GAN?",),
        ),
    )
    assert read_simple(path).questions[0].origin == f"{path}:1"


def test_what_is_not_said_has_a_default(tmp_path):
    path = write(
        tmp_path,
        {"question": "Which language?", "answer": "rust", "file": "*", "evidence": "in Rust"},
        {"question": "Who wins?", "kind": "unanswerable", "evidence": [], "answer": [], "file": ""},
        {"question": "How tall?", "kind": "number", "answerable": False},
    )
    assert read_simple(path).questions == (
        Question("line-1", "Which language?", "fact", evidence=(Quote("in Rust"),), patterns=("rust",)),
        Question("line-2", "Who wins?", "unanswerable", answerable=False),
        Question("line-3", "How tall?", "number", answerable=False),
    )


def test_the_version_follows_the_content_but_not_the_line_ends(tmp_path):
    first = read_simple(write(tmp_path, FULL))
    unix = tmp_path / "questions.jsonl"
    unix.write_bytes(unix.read_bytes().replace(b"\n", b"\r\n"))
    assert (read_simple(unix).version, read_simple(unix).digests) == (first.version, first.digests)
    assert read_simple(write(tmp_path, {**FULL, "question": "Who?"})).version != first.version


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"question": None}, "the field `question` is missing"),
        ({"question": "  "}, "`question` is blank"),
        ({"answer": ["("]}, "`answer` '(' is not a regular expression"),
        ({"answer": ["x*", "y?"]}, "accepts an empty answer"),
        ({"answer": [""]}, "none of them blank"),
        ({"evidence": [3]}, "`evidence` must be words of the notes"),
        ({"evidence": [{"txt": "a"}]}, "`evidence` must be words of the notes"),
        ({"evidence": [" "]}, "text that is not blank"),
        ({"evidence": [], "answer": [], "reference": None}, "nothing says what is right"),
        ({"kind": "unanswerable"}, "an unanswerable question must have no `evidence`"),
        ({"answerable": False}, "an unanswerable question must have no `evidence`"),
        ({"kind": "unanswerable", "answerable": True}, "`answerable` is true but the kind is"),
        ({"answerable": "no"}, "`answerable` must be true or false"),
        ({"evidences": ["a"], "evidence": None}, "unknown field `evidences`"),
        ({"evidence": None, "answer": None, "reference": None, "anwser": "x"}, "did you mean `answer`"),
    ],
)
def test_a_faulty_line_is_refused_with_file_and_line(tmp_path, changes, reason):
    fields = {name: value for name, value in {**FULL, **changes}.items() if value is not None}
    path = write(tmp_path, {**FULL, "id": "before"}, fields)
    with pytest.raises(InvalidSet) as error:
        read_simple(path)
    (problem,) = error.value.problems
    assert problem.startswith(f"{path}:2: ")
    assert reason in problem


def test_a_pattern_may_rule_out_words_beside_one_that_asks_for_some(tmp_path):
    path = write(tmp_path, {**FULL, "answer": ["gru", "^(?!.*lstm)"]})
    assert read_simple(path).questions[0].patterns == ("gru", "^(?!.*lstm)")


def test_two_questions_with_one_id_are_refused_with_both_lines(tmp_path):
    path = write(tmp_path, FULL, {**FULL, "id": "h2"}, FULL)
    with pytest.raises(InvalidSet) as error:
        read_simple(path)
    assert error.value.problems == (f"{path}:3: the id 'h1' is taken by {path}:1",)


def test_the_form_shows_in_what_lies_there(tmp_path):
    simple = write(tmp_path, FULL)
    beir = write(tmp_path / "beir", {"_id": "q", "text": "?"}, name="queries.jsonl").parent
    (beir / "qrels").mkdir()
    (beir / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\tn\t1\n")
    own = write(tmp_path / "own", {"_id": "q", "text": "?"}, name="queries.jsonl").parent
    (own / "set.yaml").write_text("id: mine\nlicence: CC0-1.0\n")
    write(own, {"_id": "q", "answer": "x"}, name="answers.jsonl")
    squad = tmp_path / "dev.json"
    squad.write_text('{"version": "1.1", "data": []}')
    assert [read_set(path).id for path in (simple, beir, own, squad)] == ["questions", "beir", "mine", "dev"]
    assert read_set(str(beir)).questions[0].kind == "query"


@pytest.mark.parametrize("name", ["no-such-set", "no/such/file.jsonl"])
def test_a_set_that_is_nowhere_is_refused(name):
    with pytest.raises(SetNotFound, match="no such file or folder"):
        read_set(name)


TEST_DATA = Path(os.environ.get("FOOTNOTE_TEST_DATA", Path(__file__).parents[3] / "shared"))
"""A folder with more to test on: `seeds/` (notes), `questions/seeds.jsonl` about them, `sets/` in BEIR's form."""
needs_test_data = pytest.mark.skipif(
    not (TEST_DATA / "sets").is_dir(), reason=f"there are no public sets at {TEST_DATA}; set FOOTNOTE_TEST_DATA"
)


@needs_test_data
def test_the_evidence_of_the_seed_questions_is_in_the_seed_notes():
    notes = list(load_notes(TEST_DATA / "seeds"))
    resolved = resolve_set(read_set(TEST_DATA / "questions" / "seeds.jsonl"), notes)
    assert all(question.places for question in resolved.questions if question.answerable)


@needs_test_data
@pytest.mark.parametrize("name", ["cacm", "dtc-faq", "scifact"])
def test_public_sets_are_read_and_judge_notes_of_their_own(name):
    found = read_set(TEST_DATA / "sets" / name)
    assert set(found.judged_note_ids()) <= {note.note_id for note in found.notes}
    assert all(question.places for question in found.questions)
