"""footnote's own folders: what is read, what contradicts, and that a written set reads back the same."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus import Note
from evals.errors import InvalidSet, SetNotFound
from evals.judgements import check_notes
from evals.question_sets import Place, Question, QuestionSet, Quote, digest_notes
from evals.set_export import write_folder
from evals.set_folder import read_folder

NOTES = (
    Note(
        "rope.md",
        "RoPE",
        "RoPE rotates\u2028queries and keys.",
        "rope.md",
        "markdown",
        {"tags": ("a", "b"), "year": 2021},
    ),
    Note("alibi.md", "ALiBi", "ALiBi adds a bias.", "https://alibi"),
)
QUESTIONS = (
    Question(
        "q1",
        "What is rotated?",
        "fact",
        "dev",
        evidence=(Place("rope.md", 13, 29, 2), Quote("queries and keys", "rope.md")),
    ),
    Question("q2", "What is added?", "typo", evidence=(Place("alibi.md"), Quote("bias")), patterns=("bias|Bias",)),
    Question("q3", "And without it?", "follow-up", references=("nothing", "no bias"), history=("What is added?",)),
    Question("q4", "How is bread baked?", "unanswerable", answerable=False),
    Question("q5", "Who is it?", "fact", answerable=False, evidence=(Place("rope.md", 0, 4, 0),)),
)
SET = QuestionSet("small", "1.10", "CC0-1.0", QUESTIONS, NOTES, description="A few: for the tests.")


def written(folder, question_set=SET, **extra):
    write_folder(question_set, folder, **extra)
    return folder


def test_a_written_set_reads_back_the_same(tmp_path):
    found = read_folder(written(tmp_path))
    assert replace(found, digests={}, notes_digest="") == SET
    assert set(found.digests) == {"queries.jsonl", "answers.jsonl", "corpus.jsonl", "qrels/dev.tsv", "qrels/test.tsv"}
    assert found.notes_digest == digest_notes(NOTES, ["rope.md", "alibi.md"])
    check_notes(found, NOTES)


def test_writing_again_changes_no_byte_and_leaves_nothing_stale(tmp_path):
    first = {p.relative_to(tmp_path): p.read_bytes() for p in sorted(written(tmp_path).rglob("*.*"))}
    written(tmp_path, replace(SET, questions=QUESTIONS[1:], notes=()), judged_on=NOTES)
    assert not (tmp_path / "qrels" / "dev.tsv").exists()
    assert not (tmp_path / "corpus.jsonl").exists()
    assert read_folder(tmp_path).notes_digest == digest_notes(NOTES, ["rope.md", "alibi.md"])
    again = written(tmp_path)
    assert {p.relative_to(again): p.read_bytes() for p in sorted(again.rglob("*.*"))} == first


names = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=8)
spans = st.builds(Place, names, st.just(3), st.integers(4, 9), st.integers(0, 3))
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
questions = st.builds(
    Question,
    id=names,
    text=texts,
    kind=st.sampled_from(["fact", "typo"]),
    split=st.sampled_from(["dev", "test"]),
    evidence=st.lists(st.builds(Quote, texts, st.sampled_from(["", "a.md"])), max_size=2).map(tuple),
    references=st.lists(texts, min_size=1, max_size=2).map(tuple),
    history=st.lists(texts, max_size=2).map(tuple),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(questions, unique_by=lambda one: one.id, max_size=3), st.data())
def test_any_set_reads_back_the_same(tmp_path, some_questions, data):
    judged = []
    for question in some_questions:
        places = data.draw(st.lists(spans, max_size=2))
        judged.append(replace(question, evidence=(*places, *question.evidence)))
    folder = tmp_path / "set"
    question_set = QuestionSet("s", "1", "MIT", tuple(judged))
    write_folder(question_set, folder)
    assert replace(read_folder(folder), digests={}) == question_set


def edit(path, old, new):
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new), "utf-8", newline="\n")


def unsealed(folder):
    """The set without its digests, so that its other rules are reached."""
    manifest = folder / "set.yaml"
    manifest.write_text(manifest.read_text().partition("digests:")[0])
    return folder


def problems_of(folder):
    with pytest.raises(InvalidSet) as error:
        read_folder(folder)
    return error.value.problems


def test_a_file_that_was_changed_after_its_digest_was_taken_is_refused(tmp_path):
    edit(written(tmp_path) / "qrels" / "test.tsv", "alibi.md\t1", "alibi.md\t0")
    (problem,) = problems_of(tmp_path)
    assert problem.startswith(f"{tmp_path / 'set.yaml'}:1: qrels/test.tsv is ")
    (tmp_path / "answers.jsonl").unlink()
    assert "answers.jsonl is missing" in problems_of(tmp_path)[0]


def test_line_ends_of_another_system_are_no_change(tmp_path):
    written(tmp_path)
    for path in [*tmp_path.glob("*.jsonl"), *tmp_path.glob("qrels/*")]:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert replace(read_folder(tmp_path), digests={}, notes_digest="") == SET


@pytest.mark.parametrize(
    ("name", "old", "new", "where", "reason"),
    [
        ("answers.jsonl", '"_id": "q2"', '"_id": "q9"', "answers.jsonl:2", "there is no query 'q9'"),
        ("answers.jsonl", '"_id": "q2"', '"_id": "q1"', "answers.jsonl:2", "the id 'q1' is taken by line 1"),
        (
            "answers.jsonl",
            '"split": "dev"',
            '"split": "test"',
            "answers.jsonl:1",
            "is judged in qrels/dev",
        ),
        ("answers.jsonl", '"reference"', '"refrence"', "answers.jsonl:3", "did you mean `reference`"),
        ("answers.jsonl", "bias|Bias", "(bias", "answers.jsonl:2", "is not a regular expression"),
        ("qrels/test.tsv", "q5\trope.md\t0", "q5\trope.md\t1", "answers.jsonl:5", "has relevant places"),
        ("qrels/test.tsv", "q2\t", "q1\t", "test.tsv:2", "'q1' is judged in another split too"),
        ("qrels/dev.tsv", "rope.md", "rop.md", "dev.tsv:2", "the corpus has no note 'rop.md'"),
        ("queries.jsonl", '"_id": "q1"', '"_id": "q2"', "queries.jsonl:2", "the id 'q2' is taken by"),
        ("set.yaml", "licence", "license", "set.yaml:1", "did you mean `licence`"),
        ("set.yaml", "id: small", "id: [", "set.yaml:3", "not YAML"),
        ("set.yaml", "id: small\n", "", "set.yaml:1", "`id` is missing"),
        ("set.yaml", "notes:", "digests: [a]\nnotes:", "set.yaml:1", "`digests` must give a sha256"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_file_and_line(tmp_path, name, old, new, where, reason):
    unsealed(written(tmp_path))
    edit(tmp_path / name, old, new)
    problem = problems_of(tmp_path)[0]
    assert problem.startswith(f"{tmp_path}/")
    assert f"{where}: " in problem
    assert reason in problem


def test_a_question_that_is_only_judged_needs_no_labels(tmp_path):
    unsealed(written(tmp_path))
    (tmp_path / "answers.jsonl").unlink()
    problems = problems_of(tmp_path)
    assert [problem.split(": ")[0].rpartition(":")[2] for problem in problems] == ["3", "4"]
    assert all("says what is right" in problem for problem in problems)
    queries = tmp_path / "queries.jsonl"
    lines = queries.read_text().splitlines(keepends=True)
    queries.write_text("".join(lines[:2] + lines[4:]))
    assert [(one.id, one.kind, one.split) for one in read_folder(tmp_path).questions] == [
        ("q1", "fact", "dev"),
        ("q2", "fact", "test"),
        ("q5", "fact", "test"),
    ]


def test_a_version_is_text_or_made_from_the_files(tmp_path):
    unsealed(written(tmp_path))
    manifest = tmp_path / "set.yaml"
    manifest.write_text("id: small\nlicence: CC0-1.0\nversion: 1.10\n")
    assert read_folder(tmp_path).version == "1.10"
    manifest.write_text("id: small\nlicence: CC0-1.0\n")
    assert len(read_folder(tmp_path).version) == 12


def test_a_folder_without_its_files_is_refused(tmp_path):
    with pytest.raises(SetNotFound, match=r"set\.yaml"):
        read_folder(tmp_path)
    (tmp_path / "set.yaml").write_text("id: small\nlicence: MIT\n")
    with pytest.raises(SetNotFound, match=r"queries\.jsonl"):
        read_folder(tmp_path)


def test_ids_that_a_tsv_cannot_hold_are_refused_before_anything_is_written(tmp_path):
    broken = replace(SET, questions=(replace(QUESTIONS[0], evidence=(Place("a\tb", 0, 1),)),))
    with pytest.raises(InvalidSet, match="holds a tab"):
        write_folder(broken, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_judgements_can_be_read_as_beir_reads_them(tmp_path):
    """BEIR's loader takes the first three columns of each line after the first."""
    written(tmp_path)
    lines = (tmp_path / "qrels" / "test.tsv").read_text().splitlines()[1:]
    assert [(*line.split("\t")[:2], int(line.split("\t")[2])) for line in lines] == [
        ("q2", "alibi.md", 1),
        ("q5", "rope.md", 0),
    ]
    assert [json.loads(line)["_id"] for line in (tmp_path / "corpus.jsonl").read_text("utf-8").split("\n") if line] == [
        "rope.md",
        "alibi.md",
    ]
