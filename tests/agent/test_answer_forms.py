"""Which form of answer a question asks for, and which pieces of notes have it."""

import pytest

from agent.answer_forms import asked_form, definition_of, thing_of
from agent.passage_units import loose_units
from tests.agent.test_extractive import answer, note, passage

FORMULA = "$$\nL = -\\ln p\n$$"
CODE = "```py\nloss = f(x)\n```"


def units_of_kind(text):
    return {unit.kind: unit for unit in loose_units(passage(note(text)))}


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("formula for the focal loss", "math"),
        ("the truncation trick as an equation", "math"),
        ("KL between two Gaussians in closed form?", "math"),
        ("Write down the double DQN target.", "math"),
        ("cost of a layer as a function of its width", "math"),
        ("PPO clipped surrogate objective?", "math"),
        ("pytorch snippet for the gradient penalty", "fence"),
        ("NumPy code for a permutation test", "fence"),
        ("how do I pad in Python?", "fence"),
    ],
)
def test_a_formula_or_code_is_asked_for(question, kind):
    form = asked_form(question)
    found = units_of_kind(f"A loss falls.\n\n{FORMULA}\n\n{CODE}")
    assert form is not None
    assert {one for one, unit in found.items() if form.has(unit)} == {kind}


@pytest.mark.parametrize(
    ("question", "text", "fits"),
    [
        ("how many layers has it?", "It has 12 layers.", True),
        ("how many layers has it?", "It has layers.", False),
        ("when was it published?", "It was published in 2017.", True),
        ("when was it published?", "It has 12 layers.", False),
        ("why does it diverge?", "It diverges because the rate is high.", True),
        ("GIoU definition", "GIoU is an overlap.", True),
    ],
)
def test_other_forms_show_in_the_words(question, text, fits):
    form = asked_form(question)
    assert form is not None
    assert form.has(units_of_kind(text)["sentence"]) is fits


@pytest.mark.parametrize("question", ["Does dropout help?", "What is the loss of AlexNet on ImageNet called?"])
def test_a_question_may_leave_the_form_open(question):
    form = asked_form(question)
    assert form is None or not form.kind


@pytest.mark.parametrize("question", ["What is a GAN?", "define GAN", "definition of a GAN", "GAN definition"])
def test_a_definition_begins_with_its_thing(question):
    defines = definition_of(question)
    assert defines is not None
    assert defines.match("A GAN is a game of two networks.")
    assert not defines.match("Training a GAN is hard.")


def test_a_formula_that_is_asked_for_is_quoted_before_sentences_about_it():
    text = f"## Focal loss\n\nThe focal loss was made for detectors.\n\n{FORMULA}"
    assert answer("focal loss formula", text, sentences=1) == [FORMULA]
    assert answer("focal loss formula", text, sentences=1, block_weight=0.0) != [FORMULA]


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("What is teacher forcing?", "teacher forcing"),
        ("what are the convex bodies", "convex bodies"),
        ("How does simulated annealing work?", "simulated annealing"),
        ("What does RoPE stand for?", "RoPE"),
        ("Explain message passing", "message passing"),
        ("spectral clustering", "spectral clustering"),
        ("GIoU definition", "GIoU"),
        ("What is the benefit of batch normalisation?", ""),
        ("What is attention used for?", ""),
        ("why is it slow", ""),
        ("Which optimiser did BERT use?", ""),
    ],
)
def test_the_thing_that_is_asked_about(question, thing):
    assert thing_of(question) == thing


@pytest.mark.parametrize(
    "question", ["." * 9_000 + "?x y z w v", "how does " + "x " * 4_000 + "work well", "+" * 9_990]
)
def test_a_very_long_question_names_no_thing_and_is_read_at_once(question):
    assert thing_of(question) == ""
    assert definition_of(question) is None
    assert asked_form(question) is None
