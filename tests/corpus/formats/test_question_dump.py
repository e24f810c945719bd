"""The text of a page of questions becomes one note a question, and other texts are left alone."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.formats import question_dump
from corpus.source_file import SourceFile

ASKED = (
    "My bread comes out of the oven flat although I followed each step of the recipe that my aunt wrote down for me."
)
TOLD = "Then the dough was too warm. Let it rise in a cool room over night, and put it into an oven that is really hot."
BODY = f"{ASKED}\n{TOLD}"
TITLES = [
    "Why does my bread stay flat?",
    "How long may a dough rest?",
    "Rye flour or wheat flour for beginners",
    "Is steam needed, and when?",
    "What does salt do to yeast?",
]


def source(text: str, name: str = "page.txt") -> SourceFile:
    return SourceFile(name, text.encode())


def page(*titles: str, related_after: int = 1, body: str = BODY) -> str:
    blocks = [block for title in titles for block in (title, body)]
    if related_after:
        blocks.insert(2 * related_after, "Related")
    return "\n\n".join(blocks) + "\n"


@pytest.mark.parametrize("related_after", [0, 1])
def test_a_question_is_a_note_with_its_answers(related_after):
    file = source(page(*TITLES, related_after=related_after))
    assert question_dump.matches(file)
    notes = question_dump.read(file)
    assert [note.title for note in notes] == TITLES
    assert [note.text for note in notes] == [f"{title}\n\n{BODY}" for title in TITLES]
    assert notes[0].note_id == "page.txt#why-does-my-bread-stay-flat"
    assert notes[0].metadata == {"format": "questions"}


def test_few_questions_need_the_line_related():
    assert question_dump.matches(source(page(*TITLES[:3], related_after=1)))
    assert not question_dump.matches(source(page(*TITLES[:3], related_after=0)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Related\n\nWords.\n",
        "\n\n".join(TITLES),
        page(*TITLES, body=ASKED),
        page("# " + TITLES[0], *TITLES),
        page("Baking¶", *TITLES),
        page("The first chapter of it", "Another chapter of the book", "The last chapter of it"),
        f"An essay on bread\n\n{BODY}\n\nRelated\n\n{BODY}\n\nWhat follows from this?\n\n{BODY}\n",
        page(*[f"{n}. {title}" for n, title in enumerate(TITLES)]),
    ],
    ids=["empty", "related", "titles only", "single paragraphs", "markdown", "marked", "chapters", "essay", "numbered"],
)
def test_other_texts_are_no_page_of_questions(text):
    assert not question_dump.matches(source(text))


@pytest.mark.parametrize("lone", ["Thanks in advance", "Use this setting:", "It helped me a lot."])
def test_lone_lines_of_an_answer_stay_in_it(lone):
    text = page(*TITLES).replace(BODY, f"{BODY}\n\n{lone}\n\n{TOLD}", 1)
    notes = question_dump.read(source(text))
    assert [note.title for note in notes] == TITLES
    assert notes[0].text == f"{TITLES[0]}\n\n{BODY}\n\n{lone}\n\n{TOLD}"


def test_what_stands_above_the_first_question_is_a_note():
    notes = question_dump.read(source("Baking forum\nlog in\n\n" + page(*TITLES)))
    assert [note.title for note in notes] == ["Baking forum", *TITLES]


def test_twins_get_parts_of_their_own():
    notes = question_dump.read(source(page(TITLES[0], TITLES[0], TITLES[1])))
    assert [note.note_id.partition("#")[2] for note in notes[:2]] == [
        "why-does-my-bread-stay-flat",
        "why-does-my-bread-stay-flat-2",
    ]


def test_a_text_without_questions_is_refused_with_the_reason():
    with pytest.raises(UnreadableFile, match="no question"):
        question_dump.read(source("Words.\n"))


PIECES = st.sampled_from(["\n", "\n\n", " ", "Related", *TITLES, BODY, ASKED, "1. ", "#", "\x0b", "?"])


@given(st.lists(PIECES, max_size=20).map("".join))
def test_the_notes_hold_all_of_the_text_but_the_line_related(text):
    file = source(text)
    question_dump.matches(file)
    with contextlib.suppress(UnreadableFile):
        notes = question_dump.read(file)
        held = "".join("".join(note.text for note in notes).split())
        assert all(note.text in file.text for note in notes)
        assert held.replace("Related", "") == "".join(text.split()).replace("Related", "")


@given(st.binary(max_size=200))
def test_any_bytes_give_notes_or_a_reason(data):
    file = SourceFile("page.txt", data)
    question_dump.matches(file)
    with contextlib.suppress(UnreadableFile):
        assert question_dump.read(file)
