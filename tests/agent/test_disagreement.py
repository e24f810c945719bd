"""Two notes that give different figures for one thing are both shown; those that speak of different things are not."""

from dataclasses import replace

import pytest

from agent import Assistant, Settings
from agent.disagreement import disagreeing, with_both
from agent.evidence import Evidence
from agent.extractive import ScoredUnit
from agent.passage_units import Unit
from corpus import Note
from retrieval import Index
from retrieval.tokens import analyse
from tests.fakes import HashingEncoder


def scored(note_id, text, coverage=0.8):
    evidence = Evidence("n1", "note", note_id, "Notes", note_id, (), 0, len(text), text)
    return ScoredUnit(Unit(evidence, text, 0, len(text), (), "sentence"), 1.0, 0.5, coverage)


def found(one, other, note="b.md", **fields):
    pair = [scored("a.md", one), scored(note, other, **fields)]
    return disagreeing(pair[:1], pair, lambda text: analyse(text).terms, lambda _: 1.0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BERT uses a dropout rate of 0.1.", "The dropout rate of BERT is 0.3."),
        ("The encoder has 12 layers.", "The encoder has 24 layers."),
        ("Training BERT took 4 days on 16 chips.", "Training BERT took 40 hours on 16 chips."),
        ("Label smoothing is set to 10 %.", "Label smoothing is set to 0.2 %."),
    ],
)
def test_another_figure_for_the_same_thing_is_a_disagreement(one, other):
    assert found(one, other) is not None
    assert found(other, one) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BERT uses a dropout rate of 0.1.", "The dropout rate of BERT is 10 %."),
        ("Training BERT took 4 days.", "Training BERT took 96 hours."),
        ("GPT-2 uses a dropout rate of 0.1.", "The dropout rate of BERT is 0.3."),
        ("BERT-base has 12 layers.", "BERT-large has 24 layers."),
        ("The encoder has 12 layers.", "The encoder has 16 heads."),
        ("The encoder has 12 layers.", "Warm-up lasts 24 epochs and then the rate decays slowly."),
        ("The encoder has many layers.", "The encoder has 24 layers."),
        ("BERT was published in 2018 with 12 layers.", "BERT was published in 2018."),
    ],
)
def test_the_same_figure_or_another_thing_is_none(one, other):
    assert found(one, other) is None


def test_a_note_does_not_disagree_with_itself():
    assert found("The encoder has 12 layers.", "The encoder has 24 layers.", note="a.md") is None


def test_a_sentence_that_says_less_of_the_question_is_no_answer_to_it():
    assert found("The encoder has 12 layers.", "The encoder has 24 layers.", coverage=0.5) is None


@pytest.mark.parametrize(("announces", "shown"), [(False, "ACB"), (True, "ACBD")])
def test_the_other_sentence_takes_the_place_of_the_last_but_not_of_a_list(announces, shown):
    one, two, three, other = (scored(f"{name}.md", name) for name in "ABDC")
    one = replace(one, unit=replace(one.unit, announces=announces))
    assert "".join(unit.unit.text for unit in with_both([one, two, three], one, other, 3)) == shown


def test_a_disagreement_among_the_chosen_adds_nothing():
    one, two, three = (scored(f"{name}.md", name) for name in "ABC")
    assert [unit.unit.text for unit in with_both([one, two, three], one, three, 3)] == ["A", "C", "B"]


@pytest.fixture
def assistant(tmp_path):
    index = Index.create(tmp_path / "index", HashingEncoder())
    texts = {
        "mine.md": "# BERT\n\nThe dropout rate of BERT is 0.1 in all layers.",
        "theirs.md": "# BERT\n\nBERT has a dropout rate of 0.3 in all layers.",
        "other.md": "# Adam\n\nAdam keeps two moments for each weight.",
    }
    index.update([Note(name, text.split("\n")[0][2:], text, name, "markdown") for name, text in texts.items()])
    with Assistant.open(index, "extractive", Settings.from_environment()) as opened:
        yield opened


def test_both_notes_are_quoted_and_the_answer_says_that_their_figures_differ(assistant):
    answer = assistant.ask("What is the dropout rate of BERT?")
    assert {citation.note_id for citation in answer.citations} >= {"mine.md", "theirs.md"}
    assert "0.1" in answer.text
    assert "0.3" in answer.text
    assert answer.notice == "Your notes give different figures here: compare [1] and [2]."


def test_an_answer_without_a_disagreement_has_no_notice(assistant):
    assert assistant.ask("How many moments does Adam keep?").notice == ""
