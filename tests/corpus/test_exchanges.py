"""Who asks and who answers in a note is told by labels, by the names in a chat, or by the words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import Note
from corpus.exchanges import exchange_at, exchanges, is_furniture
from corpus.loading import load_notes, shipped_notes
from tests.question_threads import SHAPES, WITHOUT_ASKER, threads, write_threads


def split(text, markup="plain", kind=""):
    """The asker's words and the answers of each exchange."""
    note = Note("n", "T", text, "n", markup, {"format": kind})
    return [(text[one.start : one.answers].strip(), text[one.answers : one.end].strip()) for one in exchanges(note)]


@pytest.mark.parametrize("shape", [one for one in SHAPES if one not in WITHOUT_ASKER], ids=lambda one: one.__name__)
def test_each_shape_tells_the_asker_from_the_answers(tmp_path, shape):
    write_threads(tmp_path, shape, threads())
    notes = list(load_notes(tmp_path))
    pairs = [
        (note.text[one.start : one.answers], note.text[one.answers : one.end])
        for note in notes
        for one in exchanges(note)
    ]
    for thread in threads():
        (pair,) = [one for one in pairs if thread.asker_lines.splitlines()[-1] in " ".join(one[0].split())]
        asked, answered = (" ".join(part.split()) for part in pair)
        assert thread.asker_lines.splitlines()[0] in asked
        assert all(line in answered for answer in thread.answers for line in answer.splitlines())


def test_the_shipped_notes_have_no_exchanges():
    assert not [note.note_id for note in shipped_notes() if exchanges(note)]


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("# Prompting\n\n```\nQuestion: {q}\nAnswer:\n```\n", "markdown"),
        ("# Scores\n\nAnswer relevance is measured by a judge.\n\nResponses differ.", "markdown"),
        (
            "Precision: the share of hits.\nRecall: what share of all does it find, and why?\nAccuracy: right ones.",
            "plain",
        ),
        ("Why is attention scaled?\n\nThe variance of a dot product grows with its width.", "plain"),
        ("", "plain"),
    ],
)
def test_other_notes_have_none(text, markup):
    assert split(text, markup) == []


def test_the_question_of_an_answer_is_the_section_above_it():
    text = "# FAQ\n\nHello.\n\n## One\n\nasks\n\n### Answer\n\ntells one\n\n## Two\n\nasks\n\n### Answer\n\ntells two"
    assert [(asked[:6], answered[-9:]) for asked, answered in split(text, "markdown")] == [
        ("## One", "tells one"),
        ("## Two", "tells two"),
    ]


def test_headings_within_an_answer_belong_to_it():
    text = "# T\n\nasks\n\n## Answer (score 3)\n\n### Why\n\nbecause\n\n## Answer\n\nso"
    assert [answered for _, answered in split(text, "markdown")] == [text[text.index("## Answer (") :]]


def test_a_chat_goes_from_question_to_question():
    text = "\n".join(
        [
            "Ana: Which optimiser do you all use for a small Transformer?",
            "Ana: I tried plain SGD.",
            "Ben: AdamW.",
            "Ana: With weight decay?",
            "Ben: 0.01.",
            "Carla: And does anybody here know a good value for the warm-up?",
            "Ben: 2,000 steps.",
        ]
    )
    assert split(text) == [
        ("\n".join(text.split("\n")[:2]), "\n".join(text.split("\n")[2:5])),
        (text.split("\n")[5], text.split("\n")[6]),
    ]


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        (["I train a net.", "It is slow.", "Is that normal?"], ["Yes, it is.", "I think so, too."]),
        (["I know why for small nets, but I do not know it for large ones."], ["Speed is relative."]),
        (["Our net is slow. Is that normal? I use two GPUs.", "Thanks in advance"], ["My guess is the disk."]),
        (["Is it normal that I wait?"], ["You should not have to.", "Did you look at the disk?"]),
        (["I wait for my net. Can you tell me why?"], []),
    ],
)
def test_the_words_tell_where_the_answers_begin(asked, answers):
    text = "Slow training of nets\n\n" + "\n".join([*asked, *answers])
    assert split(text, kind="questions") == [("Slow training of nets\n\n" + "\n".join(asked), "\n".join(answers))]


def test_what_is_asked_is_the_sentences_that_ask():
    text = "Q: I have 100 rows. How many trees do I need?\nA: Fifty."
    (one,) = exchanges(Note("n", "T", text, "n"))
    assert [text[start:end] for start, end in one.asking] == ["How many trees do I need?"]
    assert exchange_at([one], text.index("Fifty")) == one
    assert exchange_at([one], len(text)) is None


@pytest.mark.parametrize(
    ("text", "furniture"),
    [
        ("Share\nImprove this answer\nFollow", True),
        ("answered Mar 4, 2021 at 8:01", True),
        ("Sorted by:", True),
        ("3 Answers", True),
        ("Share the weights of both layers.", False),
        ("Edited the config and it worked", False),
        ("16", False),
        ("edited 1" + "a" * 100 + "$b", False),
    ],
)
def test_buttons_and_dates_are_furniture(text, furniture):
    assert is_furniture(text) == furniture


@given(
    st.lists(
        st.sampled_from(
            ["Q: why?", "A: so", "Answer", "## x", "I ask?", "Ana: why so, and what of it, say?", "Ben: b", "", "t"]
        )
    )
)
def test_exchanges_are_in_order_and_apart(lines):
    text = "\n".join(lines)
    for markup in ("plain", "markdown"):
        found = exchanges(Note("n", "T", text, "n", markup))
        bounds = [offset for one in found for offset in (one.start, one.answers, one.end)]
        assert bounds == sorted(bounds)
        assert all(one.start < one.end <= len(text) for one in found)
        assert all(one.start <= a < b <= one.answers for one in found for a, b in one.asking)
