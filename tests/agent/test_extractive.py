"""Which pieces of a passage can answer, and which of them are chosen."""

import numpy as np
import pytest

from agent.evidence import Evidence
from agent.extractive import Extractor
from agent.passage_units import loose_units, units_of
from agent.quick import sentence_texts
from agent.remembering import RememberingEncoder
from agent.settings import ExtractiveSettings
from agent.unit_readers import EncodingReader
from corpus import Note
from retrieval.tokens import analyse
from tests.fakes import HashingEncoder

READER = EncodingReader(RememberingEncoder(HashingEncoder), 20)


def passage(note, start=0, end=None, score=1.0):
    end = len(note.text) if end is None else end
    return Evidence("n1", "note", note.note_id, note.title, note.source, (), start, end, note.text[start:end], score)


def note(text, markup="markdown"):
    return Note("n.md", "T", text, "n.md", markup)


def terms(text):
    return analyse(text).terms


def units(text, markup="markdown"):
    one = note(text, markup)
    return units_of(passage(one), one)


def extractor(**settings):
    return Extractor(terms, lambda _: 1.0, ExtractiveSettings(**settings))


def answer(question, text, markup="markdown", **settings):
    found = units(text, markup)
    chooser = extractor(**settings)
    return [one.unit.text for one in chooser.choose(chooser.score(question, found, READER), found)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# H\n\nOne sentence. Another one.", ["One sentence.", "Another one."]),
        ("- first item\n- second item", ["- first item", "- second item"]),
        ("| a | b |\n|---|---|\n| 1 | 2 |", ["| 1 | 2 |"]),
        ("Text:\n\n$$\nx = y\n$$", ["Text:", "$$\nx = y\n$$"]),
        ("```py\ncode()\n```", ["```py\ncode()\n```"]),
    ],
)
def test_units_of_markdown(text, expected):
    assert [unit.text for unit in units(text)] == expected


def test_lines_of_plain_text_are_units_unless_it_is_hard_wrapped():
    assert [u.text for u in units("short note\nanother short note that is a bit longer", "plain")] == [
        "short note",
        "another short note that is a bit longer",
    ]
    wrapped = (
        "This paragraph was wrapped by an editor at a\nfixed width, so that its lines are all nearly\nequally long."
    )
    assert len(units(wrapped, "plain")) == 1


def test_units_know_their_headings_and_are_verbatim():
    text = "# Top\n\n## LIME\n\nIt explains one prediction."
    (unit,) = units(text)
    assert unit.heading == ("Top", "LIME")
    assert text[unit.start : unit.end] == unit.text
    assert unit.under_heading == "LIME: It explains one prediction."


def test_a_unit_knows_where_its_headings_stand_in_the_passage():
    text = "# Top\n\n## LIME\n\nIt explains.\n\n## SHAP\n\nIt shares out."
    one = note(text)
    for found in (units(text), units_of(passage(one, start=text.index("## LIME")), one)):
        shown = [[text[start:end].strip() for start, end in unit.titles] for unit in found]
        assert [titles[-1] for titles in shown] == ["## LIME", "## SHAP"]
    assert shown == [["## LIME"], ["## SHAP"]]  # the title of the note is not in the second passage


def test_a_passage_that_begins_inside_a_block_still_gives_its_units():
    text = "First sentence here. Second sentence here."
    one = note(text)
    found = units_of(passage(one, start=text.index("Second")), one)
    assert [unit.text for unit in found] == ["Second sentence here."]


TEXT = (
    "# Networks\n\nMobileNet has 28 layers in total. MobileNet was trained on images. Bananas are yellow. "
    "How many layers does MobileNet have? MobileNet layers."
)


def test_the_sentence_with_the_number_is_chosen_and_the_question_is_not():
    assert answer("How many layers does MobileNet have?", TEXT, sentences=1) == ["MobileNet has 28 layers in total."]


def test_what_is_chosen_stays_in_reading_order_and_within_its_limits():
    chosen = answer("How many layers does MobileNet have?", TEXT, sentences=2, margin=1.0)
    assert chosen == ["MobileNet has 28 layers in total.", "MobileNet was trained on images."]
    assert answer("How many layers does MobileNet have?", TEXT, characters=40, margin=1.0) == chosen[:1]


def test_a_sentence_that_announces_a_list_brings_the_list():
    text = (
        "The model consists of several steps:\n\n- extract features\n- decode them\n\nUnrelated closing words follow."
    )
    assert answer("What steps does the model consist of?", text, sentences=1) == [
        "The model consists of several steps:",
        "- extract features",
        "- decode them",
    ]


def test_a_word_of_the_heading_counts_for_its_sentences():
    text = "## LIME\n\nFits a simple surrogate near one input.\n\n## Other\n\nFits a complex surrogate near one input."
    assert answer("What does LIME fit?", text, sentences=1) == ["Fits a simple surrogate near one input."]


def test_nothing_to_choose_from_gives_nothing():
    assert extractor().score("anything", [], READER) == []
    assert extractor().choose([], []) == []


def test_scores_do_not_depend_on_the_order_of_the_units():
    found = units(TEXT)
    one = extractor().score("MobileNet layers?", found, READER)
    other = extractor().score("MobileNet layers?", found[::-1], READER)
    assert [s.unit.start for s in one] == [s.unit.start for s in other]
    assert [s.score for s in one] == pytest.approx([s.score for s in other])
    assert all(np.isfinite(s.score) for s in one)


FORMULA = "The size is\n\n$$\no = i - k + 1\n$$\n\nIt is rounded down."
TABLE = "Errors:\n\n| layers | plain | residual |\n|---|---|---|\n| 18 | 27.9 % | 27.8 % |\n| 34 | 28.5 % | 25.0 % |"


def test_a_row_knows_the_header_and_the_lead_of_its_table():
    lead, first, second = units(TABLE)
    assert lead.announces
    for row in (first, second):
        assert row.header.text == "| layers | plain | residual |"
        assert row.lead == lead
    assert second.surroundings == "T Errors: | layers | plain | residual |"


def test_a_sentence_without_an_end_leads_up_to_the_formula_below():
    lead, formula, after = units(FORMULA)
    assert lead.announces
    assert formula.lead == lead
    assert after.lead is None


def test_a_row_is_quoted_with_the_header_of_its_table():
    chosen = answer("How many residual errors with 34 layers?", TABLE, sentences=1)
    assert chosen == ["| layers | plain | residual |", "| 34 | 28.5 % | 25.0 % |"]


def test_a_formula_and_the_sentence_that_leads_up_to_it_go_together():
    both = ["The size is", "$$\no = i - k + 1\n$$"]
    assert answer("What is the size?", FORMULA, sentences=1) == both
    assert answer("k + 1 = o", FORMULA, sentences=1) == both


def test_units_of_a_page_lie_where_they_stand_in_it():
    page = Evidence("w1", "web", "http://a.b", "T", "http://a.b", (), 100, 100 + len(FORMULA), FORMULA)
    lead, formula, _ = loose_units(page)
    assert (lead.start, formula.lead.start) == (100, 100)
    assert FORMULA[formula.start - 100 : formula.end - 100] == formula.text


def test_a_heading_is_said_once_for_the_sentences_below_it():
    found = units(
        "# H\n\n## Dropout\n\nIt zeroes activations. It is off at test time.\n\n## Adam\n\nIt keeps averages."
    )
    texts = sentence_texts(found, "What do dropout and Adam do?", terms)
    assert texts == ["Dropout: It zeroes activations.", "It is off at test time.", "Adam: It keeps averages."]


@pytest.mark.parametrize(
    ("question", "defines"),
    [
        ("What is dropout?", "Dropout sets each activation to zero at random."),
        ("What are MobileNets?", "MobileNet is a network for phones."),
        ("what is RoPE", "Rotary position embeddings (RoPE) turn queries and keys."),
    ],
)
def test_what_a_thing_is_stands_where_a_sentence_begins_with_it(question, defines):
    others = (
        "People often ask about dropout, MobileNets and RoPE. Dropout needs no tuning. RoPE and MobileNets are old."
    )
    assert answer(question, f"{others} {defines}", sentences=1) == [defines]


@pytest.mark.parametrize(
    "empty",
    [
        "Optimizers suit deep networks, better ones are:",
        "Optimizers suit deep networks: https://better.example/optimizers/that/suit/deep/networks",
    ],
)
def test_what_says_nothing_gives_way_to_what_answers(empty):
    says = "Optimizers that suit deep networks keep a running mean of all gradients."
    assert answer("Which optimizers suit deep networks?", f"{empty}\n\n{says}", sentences=1) == [says]


def test_a_sentence_announces_only_what_follows_it():
    assert not units("The kinds are:\n\n# Next\n\n- one kind")[0].announces
    assert units("The kinds are:\n\n- one kind")[0].announces


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("- first kind", "first kind."),
        ("It holds 3%", "It holds 3%."),
        ("Is it?", "Is it?"),
        ("See https://site.example/page", "See https://site.example/page"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "| 1 | 2 |"),
    ],
)
def test_a_piece_without_a_mark_at_its_end_gets_a_full_stop(text, shown):
    assert sentence_texts(units(text), "question", terms) == [shown]


def test_code_keeps_its_lines_unless_one_is_wanted():
    found = units("## Penalty\n\n```py\nx = 1\ny = 2\n```")
    assert sentence_texts(found, "code of the penalty", terms) == ["Penalty:\n```py\nx = 1\ny = 2\n```"]
    assert sentence_texts(found, "code", terms, one_line=True) == ["```py x = 1 y = 2 ```"]


def test_a_row_below_its_header_says_no_heading():
    text = "## Parameters of VGG\n\n| part | parameters |\n|---|---|\n| convolutions | 14.7 million |"
    (row,) = units(text)
    alone = sentence_texts([row], "parameters of VGG", terms)
    assert alone == ["Parameters of VGG: | convolutions | 14.7 million |"]
    assert sentence_texts([row.header, row], "parameters of VGG", terms)[1] == "| convolutions | 14.7 million |"


ASKED = """Q: My network of two layers is slow to train on one laptop. How do I train a slow network?
A: Take a larger step and fewer examples."""


def test_a_unit_knows_what_is_asked_around_it_and_who_says_it():
    told, asks, answered = units(ASKED, "plain")
    assert (told.asked, asks.asked, answered.asked) == (True, True, False)
    assert told.question == answered.question == ASKED[: ASKED.index("A:")]
    assert answered.question in answered.surroundings
    assert [ASKED[start:end] for start, end in answered.titles] == ["How do I train a slow network?"]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("How do I train a slow network?", "A: Take"),
        ("How many layers did the slow network on one laptop have?", "Q: My"),
    ],
)
def test_the_asker_is_quoted_only_about_what_was(question, first):
    assert answer(question, ASKED, "plain", sentences=1)[0].startswith(first)


def test_a_question_that_nobody_answers_is_quoted_as_any_note():
    text = "Slow networks\n\nMy network is slow. How do I train a slow network?"
    one = Note("n.txt", "Slow networks", text, "n.txt", "plain", {"format": "questions"})
    assert [unit.asked for unit in units_of(passage(one), one)] == [False, False]


def test_a_question_outside_the_passage_is_known_but_stands_nowhere_in_it():
    one = note(ASKED + "\nAnd rest.", "plain")
    *_, last = units_of(passage(one, start=ASKED.index("A:")), one)
    assert last.question.startswith("Q: My network")
    assert last.titles == ()


def test_what_a_page_says_around_its_posts_is_no_unit():
    text = "Why so slow?\n\nI wait for hours.\n\nShare\nFollow\n\n2 Answers\n\n17\n\nBuy a GPU.\n\nFollow\n\n4"
    assert [unit.text for unit in units(text, "plain")] == ["Why so slow?", "I wait for hours.", "Buy a GPU."]


def test_talk_about_the_question_answers_nothing():
    text = (
        "Q: How do I train a slow network?\nA: Training a slow network is a great question to ask.\nTake larger steps."
    )
    assert answer("How do I train a slow network?", text, "plain", sentences=1) == ["Take larger steps."]


def test_what_leads_up_to_a_formula_is_left_out_where_the_formula_has_no_room():
    text = f"A rate warms up. The rate of a warm up is\n\n$$\n{'r + ' * 30}r\n$$\n"
    assert answer("rate warm up", text, characters=60) == ["A rate warms up."]
    assert len(answer("rate warm up", text, characters=600)) == 3


def test_what_leads_up_to_a_formula_is_not_closed_and_says_the_heading_for_both():
    found = units("## Rate\n\nWarm up is\n\n$$\nr = t\n$$")
    assert sentence_texts(found, "rate", terms) == ["Rate: Warm up is", "$$ r = t $$"]
