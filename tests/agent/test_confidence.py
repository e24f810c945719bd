"""How sure an answer is of being one, and what its reader is told."""

import json

import pytest

from agent import Answer, Assistant, Settings
from agent.assistant import terms_of
from agent.confidence import UNSURE, is_sure, shipped_model
from agent.final_text import Checked, least_confidence
from agent.grounding import Instruments, ground
from agent.refusal import RefusalRule
from corpus import Note
from retrieval import Index
from tests.fakes import HashingEncoder
from tests.fakes_model import StreamingModel

TEXT = (
    "# Dropout\n\nDropout sets a random share of the activations to zero during training. "
    "At test time dropout does nothing, and the weights stay as they are."
)
NEAR = "What does dropout set to zero during training?"
FAR = "Would dropout annoy my cat whenever the neighbours' kettle whistles on Tuesdays at training?"


@pytest.fixture
def index(tmp_path):
    made = Index.create(tmp_path / "index", HashingEncoder())
    made.update([Note("dropout.md", "Dropout", TEXT, "dropout.md", "markdown")])
    yield made
    made.close()


@pytest.fixture
def ask(index):
    def ask(question, model="extractive", mode="quick"):
        assistant = Assistant.open(index, model, Settings.from_environment())
        try:
            return assistant.ask(question, mode=mode)
        finally:
            assistant.pool.close()

    return ask


def test_the_chance_rises_with_what_the_best_sentence_holds_of_the_question():
    model = shipped_model()
    chances = [model.chance(share / 10) for share in range(11)]
    assert chances == sorted(chances)
    assert not is_sure(chances[0])
    assert is_sure(chances[-1])


def test_an_answer_in_the_words_of_the_question_is_sure(ask):
    answer = ask(NEAR)
    assert answer.confidence > 0.9
    assert UNSURE not in answer.notice


def test_a_reader_is_told_when_the_nearest_sentences_may_be_no_answer(ask, monkeypatch):
    monkeypatch.setattr("agent.quick.shipped_rule", lambda: RefusalRule({}, 0.0, 0.0))
    answer = ask(FAR)
    assert not answer.refused
    assert answer.confidence < 0.5
    assert answer.notice == UNSURE


def test_a_refusal_and_what_a_model_wrote_have_no_confidence(ask):
    assert ask("Who won the cup?").confidence is None
    written = ask(
        NEAR, StreamingModel(["Dropout sets a random share of the activations to zero during training [n1]."])
    )
    assert written.sentences
    assert (written.confidence, written.notice) == (None, "")


def test_what_is_quoted_in_place_of_a_models_text_has_one(ask):
    wrong = "Dropout sets 37 percent of the activations to zero during training [n1]."
    answer = ask(NEAR, StreamingModel([wrong, wrong]))
    assert answer.model == "extractive"
    assert answer.confidence > 0.9


def test_the_quotations_of_a_team_are_as_sure_as_those_of_the_quick_mode(ask):
    assert ask(NEAR, mode="agent").confidence == ask(NEAR).confidence


def test_an_answer_in_parts_is_as_sure_as_its_least_sure_part():
    grounding = ground("Dropout does nothing.", [], Instruments(terms_of, lambda _: 1.0))
    one, other = (Checked("Dropout does nothing.", grounding, confidence=chance) for chance in (0.4, 0.9))
    written = Checked("Dropout does nothing.", grounding)
    assert least_confidence([one, other]) == 0.4
    assert least_confidence([one, written]) is None
    assert least_confidence([]) is None


def test_a_reader_of_a_teams_quotations_is_told_as_well(ask, monkeypatch):
    monkeypatch.setattr("agent.final_text.shipped_rule", lambda: RefusalRule({}, 0.0, 0.0))
    answer = ask(FAR, mode="agent")
    assert answer.confidence < 0.5
    assert answer.notice == UNSURE


def test_it_is_kept_with_the_answer_and_older_answers_have_none(ask):
    answer = ask(NEAR)
    assert Answer.from_json(answer.to_json()).confidence == answer.confidence
    older = answer.to_dict()
    del older["confidence"]
    assert Answer.from_json(json.dumps(older)).confidence is None
