"""The text of a channel's page becomes one note a post; no line is lost, no list and no code is cut."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.formats import telegram_page
from corpus.formats._telegram_boundaries import MAX_POST, split_posts
from corpus.formats._telegram_lines import code_lines, forwarded_from, is_end_mark, is_item, is_title
from corpus.source_file import SourceFile

HEAD = (
    "Garden Notes – Telegram\nGarden Notes\n1.5K subscribers\n4 photos\n"
    "About plants and soil.\n#garden\nDownload Telegram\n"
)

ROSES = (
    "Pruning roses in spring\n\nCut each shoot above a bud that looks outwards. The bush stays open that way.\n\n"
    "Tools\n\n- a sharp knife\n- gloves\n\nClean the blade after each bush."
)
TOMATO = "Why tomatoes split\n\nThe fruit takes up water faster than its skin can grow. Water little and often."
COMPOST = "There is a heap behind the shed that I turn every month.\nIt holds leaves, peel and straw in equal shares."


def page(*posts: str, head: str = HEAD) -> SourceFile:
    return SourceFile("garden.txt", (head + "\n".join(posts)).encode())


def texts(*posts: str) -> list[str]:
    return [note.text for note in telegram_page.read(page(*posts))[1:]]


def without_space(text: str) -> str:
    return "".join(text.split())


def test_the_head_is_a_note_and_each_post_is_one():
    head, roses, tomato = telegram_page.read(page(ROSES, TOMATO))
    assert (head.note_id, head.title, head.text) == ("garden.txt#channel", "Garden Notes", HEAD.strip())
    assert (roses.note_id, roses.title, roses.text) == (
        "garden.txt#pruning-roses-in-spring",
        "Pruning roses in spring",
        ROSES,
    )
    assert tomato.text == TOMATO
    assert tomato.metadata == {"format": "telegram page", "channel": "Garden Notes", "subscribers": 1500}


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (HEAD, True),
        ("Garden – Telegram\nDownload Telegram\n", True),
        ("\nGarden - Telegram\n12 subscribers\n", True),
        ("Garden – Telegram\nWe write about messengers.\n", False),
        ("A history of messengers\n\nDownload Telegram\n1 subscriber\n", False),
        ("12 subscribers\n" * 6 + "Garden – Telegram\n", False),
        ("", False),
    ],
)
def test_a_page_is_told_by_its_title_and_its_counts(head, expected):
    assert telegram_page.matches(page(ROSES, head=head)) is expected


@pytest.mark.parametrize(
    ("line", "subscribers"),
    [
        ("1 subscriber", 1),
        ("2.2K subscribers", 2200),
        ("1 234 members", 1234),
        ("3M subscribers", 3_000_000),
        ("1.2.3 subscribers", None),
    ],
)
def test_subscribers_are_a_number(line, subscribers):
    notes = telegram_page.read(page(TOMATO, head=f"Garden – Telegram\n{line}\nDownload Telegram\n"))
    assert notes[-1].metadata.get("subscribers") == subscribers


@pytest.mark.parametrize("mark", ["👍1", "👍 12 ❤️ 3", "🔥5👏2", "1.2K views", "310 views edited 12:30", "09:15"])
def test_a_post_ends_with_its_reactions_and_views(mark):
    assert texts(f"{COMPOST}\n{mark}", COMPOST) == [f"{COMPOST}\n{mark}", COMPOST]


def test_marks_below_each_other_end_one_post():
    assert texts(f"{COMPOST}\n👍1\n1.2K views\n09:15", TOMATO) == [f"{COMPOST}\n👍1\n1.2K views\n09:15", TOMATO]


@pytest.mark.parametrize("space", [" ", "\u00a0"])
def test_a_forwarded_post_begins_with_where_it_is_from(space):
    forwarded = f"Forwarded from{space}Soil & Co (Ann)\n{TOMATO}"
    note = telegram_page.read(page(COMPOST, forwarded))[-1]
    assert note.text == forwarded
    assert note.title == "Why tomatoes split"
    assert note.metadata["forwarded_from"] == "Soil & Co (Ann)"


@pytest.mark.parametrize("heading", ["Tools", "Use-cases", "Technical highlights", "Links"])
def test_a_heading_between_blank_lines_stays_in_its_post(heading):
    post = f"{TOMATO}\n\n{heading}\n\nMulch keeps the soil moist for longer."
    assert texts(ROSES, post) == [ROSES, post]


@pytest.mark.parametrize(
    "post",
    [
        "A list with a lone line in it\n\n- one thing\nAn aside between items\n\n- another thing\n\nThe end.",
        'Set it up as below\n\n{\n"water": 1,\n"Soil": "dry."\nThe value above counts\n\n}\n\nThat is all.',
        "Run this in a shell\n\n```\necho done.\nNot A Title At All\n\necho more\n```\n\nThat is all.",
        "Three ways to water\n\n1. Pour it.\n2. Spray it.\nYou can find my can here\n\nOr wait for rain.",
    ],
    ids=["list", "braces", "fence", "sentence"],
)
def test_lists_code_and_sentences_are_not_cut(post):
    assert texts(ROSES, post, TOMATO) == [ROSES, post, TOMATO]


def paragraph(*words: str, sentences: int) -> str:
    return " ".join(f"The {words[n % len(words)]} {words[(n + 1) % len(words)]} helps here." for n in range(sentences))


def test_what_no_message_can_hold_is_cut_where_the_words_change():
    roots = "\n\n".join(paragraph("rooting", "digging", "earthworm", "moisture", sentences=20) for _ in range(4))
    stars = "\n\n".join(paragraph("telescope", "galaxies", "nebulae", "eclipses", sentences=20) for _ in range(4))
    assert len(roots) < MAX_POST < len(roots) + len(stars)
    assert texts(roots, stars) == [roots, stars]


def test_what_one_message_can_hold_is_not_cut_for_its_words():
    post = paragraph("rooting", "digging", sentences=20) + "\n" + paragraph("telescope", "galaxies", sentences=20)
    assert len(post) < MAX_POST
    assert texts(post) == [post]


def test_titles_that_repeat_get_parts_of_their_own():
    notes = telegram_page.read(page(ROSES, ROSES, TOMATO))
    assert [note.note_id.partition("#")[2] for note in notes] == [
        "channel",
        "pruning-roses-in-spring",
        "pruning-roses-in-spring-2",
        "why-tomatoes-split",
    ]


def test_hashtags_become_tags():
    assert telegram_page.read(page("Soil and water\n\nRead this. #soil #water_2 a#b &#39;"))[-1].metadata["tags"] == (
        "soil",
        "water_2",
    )


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Filters for dense search", True),
        ("🔲 A new engine", True),
        ("Why does it work?", True),
        ("It works.", False),
        ("You can see it here", False),
        ("lower case", False),
        ("- item", False),
        ("x = Model()", False),
        ("return Model()", False),
        ("The following:", False),
        ("https://a.example/b", False),
        ("A " + "very " * 14 + "long line", False),
        ("", False),
    ],
)
def test_titles_are_told_from_sentences_and_code(line, title):
    assert is_title(line) is title


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("👍1", True),
        ("❤️ 1.5K", True),
        ("12 views", True),
        ("12:30", True),
        ("👍", False),
        ("1. First", False),
        ("● 5 tips", False),
        ("2", False),
        ("👍1 for this", False),
        ("", False),
    ],
)
def test_end_marks(line, mark):
    assert is_end_mark(line) is mark


@pytest.mark.parametrize("line", ["- a", "* a", "• a", "1. a", "2) a", "a. b", "-"])
def test_items(line):
    assert is_item(line)


@pytest.mark.parametrize("line", ["Forwarded from the last layer, it grows.", "forwarded from Ann", "Forwarded from"])
def test_not_forwarded(line):
    assert forwarded_from(line) == ""


def test_an_open_brace_is_code_until_prose_follows():
    prose = "This is a sentence of more than eight words in a row."
    assert code_lines(["{", "a", prose, "b"]) == [False, True, True, False]


LINES = st.sampled_from(
    [
        "",
        "A title here",
        "Some words that end.",
        "👍1",
        "Forwarded from Ann",
        "- item",
        "{",
        "}",
        "```",
        "x" * 700,
        "Words. " * 90,
        "lower",
        "12:30",
        "#tag",
        "\u2028",
        "Garden – Telegram",
    ]
)


@given(st.lists(LINES | st.text(max_size=20), max_size=40))
def test_posts_hold_every_line_once_and_in_order(lines):
    lines = "\n".join(lines).split("\n")
    posts = split_posts(lines)
    assert all(start < end for start, end in posts)
    assert all(before[1] == after[0] for before, after in itertools.pairwise(posts))
    held = "\n".join("\n".join(lines[start:end]) for start, end in posts)
    assert without_space(held) == without_space("\n".join(lines))


@given(st.lists(LINES, max_size=30))
def test_the_notes_of_a_page_hold_all_of_its_text_in_order(lines):
    file = page(*lines)
    assert telegram_page.matches(file)
    notes = telegram_page.read(file)
    assert all(note.text in file.text for note in notes)
    assert without_space("".join(note.text for note in notes)) == without_space(file.text)
    assert len({note.note_id for note in notes}) == len(notes)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_give_notes_or_a_reason(data):
    file = SourceFile("page.txt", data)
    telegram_page.matches(file)
    with contextlib.suppress(UnreadableFile):
        assert telegram_page.read(file)
