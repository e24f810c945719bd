"""What tells a question that the notes answer from one that only shares their subject."""

import json
from dataclasses import replace

import pytest

from agent.evidence import Evidence
from agent.extractive import ScoredUnit
from agent.passage_units import Unit
from agent.refusal import RULE_FILE, RefusalRule, SupportFeatures, names_in, shipped_rule, support_features
from agent.remembering import RememberingEncoder
from agent.unit_readers import EncodingReader
from tests.fakes import HashingEncoder

TEXT = "DETR was trained for 500 epochs"
PASSAGE = Evidence("n1", "note", "detr.md", "DETR", "detr.md", ("DETR",), 0, len(TEXT), TEXT)
SCORED = [ScoredUnit(Unit(PASSAGE, TEXT, 0, len(TEXT), ("DETR",), "sentence"), 1.0, 0.5, 0.5)]


def features(question, evidence=(PASSAGE,), scored=SCORED):
    reader = EncodingReader(RememberingEncoder(HashingEncoder), 20)
    return support_features(question, evidence, scored, reader, lambda t: t.lower().split(), lambda _: 1.0)


def test_a_name_that_no_sentence_mentions_is_the_weakest_word():
    assert features("What epochs was DETR trained for").weakest > 0.9
    assert features("What epochs was SwAV trained for").weakest < 0.5


def test_the_attribute_that_is_asked_for_can_be_the_weakest_word():
    assert features("How many epochs was DETR trained for").weakest > 0.9
    assert features("What batch size was DETR trained with").weakest < 0.5


def test_every_word_of_the_thing_whose_meaning_is_asked_for_is_needed():
    assert features("What is DETR").weakest > 0.9
    assert features("What is epochs forcing").weakest < 0.5
    assert features("Explain epochs forcing").weakest < 0.5


def test_words_that_only_ask_are_not_looked_for():
    assert features("Explain DETR").together == features("DETR").together == 1.0


def test_the_margin_is_how_far_the_best_sentence_lies_above_the_middle_one():
    scored = [replace(SCORED[0], score=score) for score in (0.9, 0.4, 0.3)]
    assert features("What is DETR?", scored=scored).margin == pytest.approx(0.9 - 0.4)


@pytest.mark.parametrize("question", ["???", "what is it", "zzz"])
def test_nothing_found_or_nothing_asked_makes_no_error(question):
    for evidence, scored in (((), ()), ((PASSAGE,), SCORED)):
        found = features(question, evidence, scored)
        assert 0 <= found.weakest <= 1
        assert 0 <= found.margin <= 1


def test_a_question_that_shares_no_word_is_refused_whatever_is_near():
    rule = RefusalRule({"cosine": 100.0}, 0.0, 0.1)
    assert rule.refuses(SupportFeatures(1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0))


def test_the_shipped_rule_names_features_that_exist():
    assert set(shipped_rule().weights) < set(SupportFeatures.__dataclass_fields__)
    assert set(json.loads(RULE_FILE.read_text("utf-8"))) == {"weights", "bias", "threshold"}


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What batch size did DETR use?", ["DETR"]),
        ("should I use GPT-4 or AlphaFold", ["GPT-4", "AlphaFold"]),
        ("Where did Sergey Ioffe study?", ["Sergey", "Ioffe"]),
        ("Why? Because I say so.", []),
    ],
)
def test_names_are_what_names_one_thing(question, names):
    assert names_in(question) == names
