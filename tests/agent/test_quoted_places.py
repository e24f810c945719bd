"""A written sentence is quoted from the places that hold its words, its names and its numbers."""

import pytest

from agent.assistant import terms_of
from agent.evidence import Evidence
from agent.grounding import Instruments
from agent.quoted_places import places_of

TEXT = (
    "VGG-16 was made in Oxford. Training took weeks. It came second in the challenge of 2014, behind GoogLeNet. "
    "Its layers are alike. The network has 138 million parameters."
)
PASSAGE = Evidence("n1", "note", "vgg.md", "VGG networks", "vgg.md", ("Results",), 50, 50 + len(TEXT), TEXT)
INSTRUMENTS = Instruments(terms_of, lambda _: 1.0)


def quotes(claim, *passages):
    shown = passages or (PASSAGE,)
    places = places_of(claim, [one.key for one in shown], shown, INSTRUMENTS)
    return [one.evidence.text[one.start - one.evidence.start : one.end - one.evidence.start] for one in places]


SECOND = "It came second in the challenge of 2014, behind GoogLeNet."


@pytest.mark.parametrize(
    ("claim", "quoted"),
    [
        ("It came second in the challenge of 2014.", [SECOND]),
        ("VGG came second in the challenge of 2014.", [SECOND]),
        ("VGG-16 came second in the challenge, behind GoogLeNet.", [SECOND, "VGG-16 was made in Oxford."]),
        (
            "With 138 million parameters it came second in the challenge of 2014, behind GoogLeNet.",
            [SECOND, "The network has 138 million parameters."],
        ),
        ("Alexander came second in the challenge of 2014.", [SECOND]),
    ],
)
def test_sentences_with_other_names_and_numbers_of_the_claim_are_quoted_as_well(claim, quoted):
    assert quotes(claim) == quoted


def test_a_name_is_looked_for_in_every_passage_of_the_claim():
    other = Evidence("n2", "note", "g.md", "Authors", "g.md", (), 0, 22, "Simonyan led the team.")
    claim = "Simonyan came second in the challenge of 2014, behind GoogLeNet."
    assert quotes(claim, PASSAGE, other) == [SECOND, "Simonyan led the team."]
    assert quotes(claim, PASSAGE) == [SECOND]
