"""SQuAD's JSON: paragraphs as notes, answers as places, and faults with the line of their question."""

import json

import pytest

from corpus import Note
from evals.answer_measures import matches_all
from evals.errors import InvalidSet, SetNotFound
from evals.question_sets import Place, Question
from evals.squad import read_squad

CONTEXT = "RoPE rotates queries and keys. ALiBi adds a bias.\nBoth are relative, says Müller."


def qa(question_id="a1", question="What does RoPE rotate?", answers=("queries and keys",), **extra):
    found = [{"text": text, "answer_start": CONTEXT.find(text)} for text in answers]
    return {"id": question_id, "question": question, "answers": found, **extra}


def document(*qas, title="Positional_encoding"):
    return {"version": "v2.0", "data": [{"title": title, "paragraphs": [{"context": CONTEXT, "qas": list(qas)}]}]}


def write(tmp_path, content, indent=None):
    path = tmp_path / "dev.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=indent), "utf-8")
    return path


def test_a_paragraph_is_a_note_and_answers_are_places(tmp_path):
    answers = ["queries and keys", "queries", "queries and keys"]
    found = read_squad(write(tmp_path, document(qa(answers=answers), qa("é", answers=["Müller"]))))
    note_id = "Positional_encoding#0"
    assert found.notes == (Note(note_id, "Positional encoding", CONTEXT, note_id),)
    first, second = found.questions
    assert first.evidence == (Place(note_id, 13, 29), Place(note_id, 13, 20))
    assert first.references == ("queries and keys", "queries")
    assert CONTEXT[second.places[0].start : second.places[0].end] == "Müller"
    assert found.version.startswith("v2.0+")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rotates the Queries and  keys.", True),
        ("All queries are rotated.", True),
        ("All subqueries are rotated.", False),
        ("It rotates them.", False),
    ],
)
def test_an_answer_that_holds_any_reference_as_words_is_right(tmp_path, text, expected):
    (question,) = read_squad(write(tmp_path, document(qa(answers=["queries and keys", "queries"])))).questions
    assert matches_all(text, question.patterns) is expected


def test_an_impossible_question_is_unanswerable(tmp_path):
    plausible = [{"text": "keys", "answer_start": 25}]
    (found,) = read_squad(
        write(tmp_path, document(qa(answers=[], is_impossible=True, plausible_answers=plausible)))
    ).questions
    assert found == Question("a1", "What does RoPE rotate?", "unanswerable", answerable=False)


def test_articles_of_one_title_keep_their_paragraphs_apart(tmp_path):
    both = {"data": document(qa("a"))["data"] + document(qa("b"))["data"] + document(qa("c"), title="")["data"]}
    found = read_squad(write(tmp_path, both))
    assert [note.note_id for note in found.notes] == ["Positional_encoding#0", "Positional_encoding#1", "dev#0"]
    assert [one.places[0].note_id for one in found.questions] == [note.note_id for note in found.notes]


def line_of(path, words):
    return next(number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if words in line)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"question": " "}, "needs the text `question`"),
        ({"answers": []}, "has no answer and is not marked `is_impossible`"),
        ({"answers": [{"text": "RoPE", "answer_start": 1}]}, "does not stand at `answer_start` 1"),
        ({"answers": [{"text": "RoPE", "answer_start": -83}]}, "does not stand at `answer_start` -83"),
        ({"answers": [{"text": "RoPE"}]}, "does not stand at `answer_start` None"),
        ({"answers": [{"text": "", "answer_start": 0}]}, "needs the text `text`"),
        ({"answers": ["RoPE"]}, "answers[0] is no object"),
        ({"answers": None}, "has no list `answers`"),
        ({"id": "a1"}, "the id 'a1' is taken by"),
    ],
)
def test_a_faulty_question_is_refused_with_its_line(tmp_path, changes, reason):
    faulty = qa("b2", "What does ALiBi add?", ["a bias"]) | changes
    path = write(tmp_path, document(qa(), faulty), indent=1)
    with pytest.raises(InvalidSet) as error:
        read_squad(path)
    (problem,) = error.value.problems
    assert reason in problem
    line = line_of(path, '"b2"') if "id" not in changes else line_of(path, '"question": "What does ALiBi') - 1
    assert problem.startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{\n"data": [}', ":2: not JSON"),
        ("[]", ":1: the file has no list `data`"),
        ({"data": [{"title": "t"}]}, ":1: the file, data[0] has no list `paragraphs`"),
        ({"data": [{"paragraphs": []}]}, ":1: the file, data[0] needs the text `title`"),
        ({"data": [{"title": "t", "paragraphs": [{"qas": []}]}]}, "paragraphs[0] needs the text `context`"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path, content, reason):
    with pytest.raises(InvalidSet) as error:
        read_squad(write(tmp_path, content))
    assert reason in str(error.value)


def test_a_file_that_is_not_utf_8_or_not_there_is_refused(tmp_path):
    with pytest.raises(SetNotFound):
        read_squad(tmp_path / "none.json")
    (tmp_path / "latin.json").write_bytes(b'{"data": "\xe9"}')
    with pytest.raises(InvalidSet, match="not UTF-8"):
        read_squad(tmp_path / "latin.json")
