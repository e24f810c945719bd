"""BEIR's files: what is read, and that each fault is named with its line."""

import json

import pytest

from corpus import Note
from evals.beir import read_beir, read_corpus, read_judgements
from evals.errors import InvalidSet, SetNotFound
from evals.question_sets import Place, Question

QRELS = "query-id\tcorpus-id\tscore\nq1\tn1\t2\nq1\tn2\t0\nq2\tn2\t1\n"


def write(folder, queries=(), corpus=(), qrels=QRELS, split="test"):
    for name, rows in (("queries", queries), ("corpus", corpus)):
        if rows:
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "qrels").mkdir(exist_ok=True)
    (folder / "qrels" / f"{split}.tsv").write_text(qrels)
    return folder


QUERIES = [{"_id": f"q{n}", "text": f"question {n}", "course": "ml"} for n in (1, 2, 3)]
CORPUS = [{"_id": "n1", "title": "One", "text": "first"}, {"_id": "n2", "title": "Two", "text": "second"}]


def test_only_judged_queries_are_questions(tmp_path):
    found = read_beir(write(tmp_path, QUERIES, CORPUS))
    assert found.id == tmp_path.name
    assert found.questions == (
        Question("q1", "question 1", "query", evidence=(Place("n1", grade=2), Place("n2", grade=0))),
        Question("q2", "question 2", "query", evidence=(Place("n2"),)),
    )
    assert found.questions[1].origin == f"{tmp_path / 'queries.jsonl'}:2"
    assert [note.text for note in found.notes] == ["first", "second"]
    assert set(found.digests) == {"queries.jsonl", "corpus.jsonl", "qrels/test.tsv"}


def test_another_split_and_no_corpus(tmp_path):
    found = read_beir(write(tmp_path, QUERIES, qrels="q3\tn9\t1\n", split="dev"), split="dev")
    assert found.questions == (Question("q3", "question 3", "query", "dev", evidence=(Place("n9"),)),)
    assert found.notes == ()


def test_a_note_is_made_of_what_its_line_has(tmp_path):
    rows = [
        {"_id": "1", "title": " T ", "text": "x ", "url": "https://a", "year": 2020, "metadata": {"tag": "b"}, "l": []},
        {"_id": 2, "title": "Only a title", "text": ""},
        {"_id": "3", "text": "only a text", "source": "s", "markup": "markdown"},
    ]
    write(tmp_path, QUERIES, rows)
    assert read_corpus(tmp_path / "corpus.jsonl") == (
        Note("1", "T", "x ", "1", metadata={"tag": "b", "url": "https://a", "year": 2020}),
        Note("2", "Only a title", "Only a title", "2"),
        Note("3", "3", "only a text", "s", markup="markdown"),
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"_id": "n1", "text": "x"}, "the id 'n1' is taken by line 1"),
        ({"text": "x"}, "the field `_id` is missing"),
        ({"_id": "n9", "title": "", "text": " "}, "a note needs a `title` or a `text`"),
        ({"_id": "n9", "text": "x", "markup": "html"}, "`markup` must be plain or markdown"),
    ],
)
def test_a_faulty_note_is_refused(tmp_path, row, reason):
    write(tmp_path, QUERIES, [*CORPUS, row])
    with pytest.raises(InvalidSet) as error:
        read_corpus(tmp_path / "corpus.jsonl")
    assert str(error.value).startswith(f"{tmp_path / 'corpus.jsonl'}:3: ")
    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("query-id\tcorpus-id\tscore\r\nq\tn\t1\r\n", [Place("n")]),
        ("q\tn\t1\n\nq\tm\t-1", [Place("n"), Place("m", grade=-1)]),
        ("query-id\tcorpus-id\tscore\tstart\tend\nq\tn\t2\t0\t9\nq\tn\t1\n", [Place("n", 0, 9, 2), Place("n")]),
        ("", []),
    ],
)
def test_judgements_are_of_notes_or_of_spans(tmp_path, text, expected):
    write(tmp_path, qrels=text)
    judgements = read_judgements(tmp_path / "qrels" / "test.tsv")
    assert [one.place for one in judgements] == expected
    assert {one.split for one in judgements} <= {"test"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("q1 n1 1", "1 columns"),
        ("q1\tn1", "2 columns"),
        ("q1\tn1\t1\t5", "4 columns"),
        ("q1\tn1\thigh", "'high' is not a whole number"),
        ("q1\tn1\t1\t5\tx", "'x' is not a whole number"),
        ("q1\tn1\t1\t5\t5", "start 5 and end 5 are no span"),
        ("q1\tn1\t1\t-1\t5", "start -1 and end 5 are no span"),
        ("\tn1\t1", "must not be blank"),
    ],
)
def test_a_faulty_judgement_is_refused(tmp_path, line, reason):
    write(tmp_path, qrels=f"{QRELS}{line}\n")
    with pytest.raises(InvalidSet) as error:
        read_judgements(tmp_path / "qrels" / "test.tsv")
    assert str(error.value).startswith(f"{tmp_path / 'qrels' / 'test.tsv'}:5: ")
    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("q9\tn1\t1", "there is no query 'q9'"),
        ("q1\tn9\t1", "the corpus has no note 'n9'"),
        ("q1\tn1\t1\t2\t6", "n1@2-6 goes beyond the note (5 characters)"),
    ],
)
def test_a_judgement_of_nothing_is_refused(tmp_path, line, reason):
    write(tmp_path, QUERIES, CORPUS, qrels=f"{QRELS}{line}\n")
    with pytest.raises(InvalidSet) as error:
        read_beir(tmp_path)
    assert str(error.value) == f"{tmp_path / 'qrels' / 'test.tsv'}:5: {reason}"


def test_a_missing_split_is_named(tmp_path):
    with pytest.raises(SetNotFound, match=r"dev\.tsv"):
        read_beir(write(tmp_path, QUERIES), split="dev")
