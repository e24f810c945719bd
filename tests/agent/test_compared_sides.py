"""A right calculation under a sentence that names its sides the wrong way round."""

import pytest

from agent.evidence import Evidence, Figure
from agent.grounding import Instruments, ground
from tests.fakes_model import code
from tests.team_runs import scripted

SEARCH = 'found = search_notes("BERT-large BERT-base layers", k=2)\n'
INSTRUMENTS = Instruments(analyse=lambda text: tuple(text.lower().split()), rarity=lambda term: 1.0)


def numbers_pass(claim, equation, *texts):
    notes = [
        Evidence(f"n{at}", "note", f"{at}.md", "Models", f"{at}.md", (), 0, len(text), text)
        for at, text in enumerate(texts, 1)
    ]
    figures = tuple(Figure(one.key, one.note_id, 0, one.end) for one in notes)
    made = Evidence("t1", "tool", "e", "Calculation", "calculate", (), 0, len(equation), equation, figures=figures)
    findings = ground(claim, [made, *notes], INSTRUMENTS).findings
    return next(one.passed for one in findings if one.check == "numbers")


LAYERS = ("24 − 12 = 12", "BERT-large has 24 layers.", "BERT-base has 12 layers.")
ONE_SENTENCE = ("24 − 12 = 12", "BERT-large has 24 layers, while BERT-base has 12 layers.")
TABLE = ("24 ÷ 12 = 2", "| model | layers |\n|---|---|\n| BERT-large | 24 |\n| BERT-base | 12 |")
SECONDS = ("90 − 30 = 60", "Tall takes 90 seconds for an epoch.", "Wide takes 30 seconds for an epoch.")
SPEEDS = ("90 − 30 = 60", "Tall reads 90 tokens.", "Wide reads 30 tokens.")
UNITS = ("2 h − 90 min = 30 min", "Tall takes 2 h.", "Wide takes 90 min.")


@pytest.mark.parametrize(
    ("right", "swapped", "found"),
    [
        ("BERT-large has 12 more layers than BERT-base.", "BERT-base has 12 more layers than BERT-large.", LAYERS),
        ("BERT-base has 12 fewer layers than BERT-large.", "BERT-large has 12 fewer layers than BERT-base.", LAYERS),
        ("BERT-large is 12 layers deeper than BERT-base.", "BERT-base is 12 layers deeper than BERT-large.", LAYERS),
        ("So BERT-large has 12 more than BERT-base has", "So BERT-base has 12 more than BERT-large has", LAYERS),
        (
            "This shows that BERT-large has 12 more than BERT-base.",
            "This shows that BERT-base has 12 more than BERT-large.",
            LAYERS,
        ),
        ("BERT-large has 12 more than BERT-base.", "BERT-base has 12 more than BERT-large.", ONE_SENTENCE),
        (
            "BERT-large has 2 times as many layers as BERT-base.",
            "BERT-base has 2 times as many layers as BERT-large.",
            TABLE,
        ),
        ("BERT-large is 2 times larger than BERT-base.", "BERT-base is 2 times larger than BERT-large.", TABLE),
        ("Tall takes 60 seconds longer than Wide.", "Wide takes 60 seconds longer than Tall.", SECONDS),
        ("Wide is 60 seconds faster than Tall.", "Tall is 60 seconds faster than Wide.", SECONDS),
        ("Tall is 60 tokens faster than Wide.", "Wide is 60 tokens faster than Tall.", SPEEDS),
        ("Tall takes 30 min longer than Wide.", "Wide takes 30 min longer than Tall.", UNITS),
    ],
)
def test_the_side_that_is_said_to_have_more_has_the_larger_figure(right, swapped, found):
    assert numbers_pass(right, *found)
    assert not numbers_pass(swapped, *found)


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        ("It has 12 more layers than BERT-base.", LAYERS),
        ("The small one has 12 more layers than the large one.", LAYERS),
        ("BERT-base does not have 12 more layers than BERT-large.", LAYERS),
        ("The difference in layers: 12.", LAYERS),
        ("BERT-base has 12 more layers than BERT-large.", (*LAYERS, "BERT-base has 24 layers in the draft.")),
    ],
)
def test_nothing_is_said_where_the_order_is_not_certain(claim, found):
    assert numbers_pass(claim, *found)


@pytest.mark.parametrize(
    ("claim", "stands"),
    [
        ("BERT-base has 12 fewer layers than BERT-large. [t1]", True),
        ("BERT-base has 12 more layers than BERT-large. [t1]", False),
    ],
)
def test_a_manager_cannot_swap_the_sides_of_its_calculation(opened, claim, stands):
    step = code(f'{SEARCH}calculate("24 - 12", ["n1", "n2"])\nfinal_answer({claim!r})')
    assistant, _ = scripted(opened, step, code(f"final_answer({claim!r})"))
    answer = assistant.ask("How many more layers does BERT-large have?", mode="agent")
    assert (claim.removesuffix(" [t1]") in answer.text) == stands
    assert answer.dropped == (not stands)
