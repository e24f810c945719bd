"""A Telegram export becomes one note a post, with links, code, tags, dates and authors."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.formats import telegram_export
from corpus.source_file import SourceFile

LONG = "Words that go on. " * (telegram_export.SHORT_MESSAGE // 18 + 1)


def message(number, text, date="2024-05-01T10:00:00", **fields):
    return {"id": number, "type": "message", "date": date, "from": "Ann", "text": text, **fields}


def channel(*messages, **fields):
    return {"name": "Notes", "type": "public_channel", "id": 123, "messages": list(messages), **fields}


def export(value) -> SourceFile:
    return SourceFile("result.json", json.dumps(value, indent=1).encode())


def texts(*messages):
    return [note.text for note in telegram_export.read(export(channel(*messages)))]


def test_a_message_is_a_note_with_date_author_channel_tags_and_address():
    text = [
        "A title\n\nSee ",
        {"type": "text_link", "text": "this", "href": "https://a.example"},
        " ",
        {"type": "hashtag", "text": "#nlp"},
    ]
    (note,) = telegram_export.read(export(channel(message(7, text, forwarded_from="Bob"))))
    assert note.note_id == "result.json#7"
    assert note.title == "A title"
    assert note.text == "A title\n\nSee this (https://a.example) #nlp"
    assert note.source == "https://t.me/c/123/7"
    assert note.metadata == {
        "format": "telegram",
        "channel": "Notes",
        "date": "2024-05-01T10:00:00",
        "author": "Ann",
        "forwarded_from": "Bob",
        "tags": ("nlp",),
        "url": "https://t.me/c/123/7",
    }


@pytest.mark.parametrize(
    ("piece", "text"),
    [
        ("plain", "plain"),
        ({"type": "bold", "text": "bold"}, "bold"),
        ({"type": "link", "text": "https://a.example"}, "https://a.example"),
        ({"type": "text_link", "text": "https://a.example", "href": "https://a.example"}, "https://a.example"),
        ({"type": "code", "text": "x = 1"}, "x = 1"),
        ({"type": "pre", "text": "x = 1", "language": ""}, "x = 1"),
        ({"type": "pre", "text": "if x:\n    y\n", "language": "python"}, "```python\nif x:\n    y\n```"),
        ({"type": "bold"}, ""),
        (None, ""),
        (5, "5"),
    ],
)
def test_each_piece_of_a_text_is_written_out(piece, text):
    assert texts(message(1, ["before ", piece, " after"]))[0].split() == ["before", *text.split(), "after"]


@pytest.mark.parametrize(
    ("second", "joined"),
    [
        (message(2, "A short rest.", "2024-05-01T10:09:59"), True),
        (message(2, "A short rest.", "2024-05-01T10:10:00"), True),
        (message(2, "Too late.", "2024-05-01T10:10:01"), False),
        (message(2, "Before it.", "2024-05-01T09:59:00"), False),
        (message(2, LONG, "2024-05-01T10:01:00"), False),
        (message(2, "Somebody else.", "2024-05-01T10:01:00", **{"from": "Bob"}), False),
        (message(2, "Forwarded.", "2024-05-01T10:01:00", forwarded_from="Bob"), False),
        (message(2, "No date.", ""), False),
        (message(2, "By the other clock.", "2024-05-01T10:01:00", date_unixtime="1800000000"), False),
    ],
)
def test_a_short_message_soon_after_belongs_to_the_one_before(second, joined):
    first = message(1, "The beginning.")
    expected = [f"The beginning.\n\n{second['text'].strip()}"] if joined else ["The beginning.", second["text"].strip()]
    assert texts(first, second) == expected


def test_minutes_are_counted_from_the_message_before_not_from_the_first():
    chain = [message(number, f"Part {number}.", f"2024-05-01T10:{9 * number:02d}:00") for number in range(4)]
    assert texts(*chain) == ["\n\n".join(f"Part {number}." for number in range(4))]


def test_service_messages_and_messages_without_text_are_left_out():
    service = {"id": 1, "type": "service", "date": "2024-05-01T10:00:00", "action": "pin_message", "text": "pinned"}
    assert texts(service, message(2, "", photo="a.jpg"), message(3, "Words.")) == ["Words."]


def test_a_poll_is_its_question_over_its_answers():
    poll = {"question": "Which?", "answers": [{"text": "This", "voters": 2}, {"text": "That"}]}
    assert texts(message(1, "", poll=poll)) == ["Which?\n- This\n- That"]


def test_an_account_holds_many_chats_whose_parts_do_not_collide():
    chats = [channel(message(1, "One."), id=5), channel(message(1, "Two."), id=6, type="personal_chat")]
    account = {
        "about": "Here is the data.",
        "contacts": {},
        "chats": {"about": 'All "of" them', "list": chats},
        "left_chats": {"list": [channel(message(1, "Three."), id=7)]},
    }
    file = export(account)
    assert telegram_export.matches(file)
    notes = telegram_export.read(file)
    assert [(note.note_id, note.text) for note in notes] == [
        ("result.json#5-1", "One."),
        ("result.json#6-1", "Two."),
        ("result.json#7-1", "Three."),
    ]
    assert [note.source for note in notes] == ["https://t.me/c/5/1", "result.json", "https://t.me/c/7/1"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (channel(message(1, "x")), True),
        (channel(), True),
        ({"chats": {"list": []}}, True),
        ({"messages": [{"role": "user", "content": "text"}]}, False),
        ({"text": '"messages": ['}, False),
        ([channel(message(1, "x"))], False),
        ({"nbformat": 4, "cells": []}, False),
    ],
)
def test_an_export_is_told_from_other_json(value, expected):
    assert telegram_export.matches(export(value)) is expected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (json.dumps(channel(message(1, "x")))[:-10].encode(), "was cut off"),
        (json.dumps(channel()).encode(), "no message with text"),
        (b"[]", "no message with text"),
        (b"[" * 100_000, "broken"),
        (b"\x00\xff\xfe\x01" * 50, "text"),
    ],
)
def test_a_broken_or_empty_export_is_refused_with_the_reason(data, reason):
    with pytest.raises(UnreadableFile, match=reason):
        telegram_export.read(SourceFile("result.json", data))


FIELDS = [
    "id",
    "type",
    "date",
    "date_unixtime",
    "from",
    "text",
    "href",
    "poll",
    "answers",
    "question",
    "name",
    "messages",
    "list",
    "chats",
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["message", "pre", "words", "2024-05-01", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=12,
)


@given(st.fixed_dictionaries({"messages": st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON), max_size=4)}) | JSON)
def test_any_json_gives_notes_or_a_reason(value):
    file = export(value)
    telegram_export.matches(file)
    notes = []
    with contextlib.suppress(UnreadableFile):
        notes = telegram_export.read(file)
        assert notes
    assert all(note.text.strip() and note.title and note.text.encode() for note in notes)
    assert len({note.note_id for note in notes}) == len(notes)


@given(st.binary(max_size=200))
def test_any_bytes_give_notes_or_a_reason(data):
    file = SourceFile("result.json", data)
    telegram_export.matches(file)
    with contextlib.suppress(UnreadableFile):
        assert telegram_export.read(file)


def group(*messages):
    return telegram_export.read(export(channel(*messages, type="private_supergroup")))


def test_replies_in_a_group_stand_below_what_they_answer():
    notes = group(
        message(1, f"{LONG} Which rate works?"),
        message(2, "Something else.", **{"from": "Cy"}),
        message(3, "0.01 for me.", reply_to_message_id=1, **{"from": "Bob"}),
        message(4, "With decay.", reply_to_message_id=1, **{"from": "Bob"}),
        message(5, "Then 0.1.", reply_to_message_id=4, **{"from": "Cy"}),
        message(6, "Right.", reply_to_message_id=2),
    )
    asked = f"{LONG} Which rate works?"
    assert [(note.note_id, note.text) for note in notes] == [
        ("result.json#1", f"{asked}\n\nReply by Bob:\n\n0.01 for me.\n\nWith decay.\n\nReply by Cy:\n\nThen 0.1."),
        ("result.json#2", "Something else."),
        ("result.json#6", "Right."),
    ]


def test_short_answers_to_two_questions_stay_apart():
    first, second, *others = group(
        message(1, "Does it converge?"),
        message(2, "Is it fast?", **{"from": "Cy"}),
        message(3, "Yes.", reply_to_message_id=1, **{"from": "Bob"}),
        message(4, "No.", reply_to_message_id=2, **{"from": "Bob"}),
    )
    assert (first.text[-4:], second.text[-3:], others) == ("Yes.", "No.", [])


def test_posts_of_a_channel_stay_notes_of_their_own():
    assert len(texts(message(1, f"{LONG} Why?"), message(2, f"{LONG} So.", reply_to_message_id=1))) == 2


def test_messages_without_a_number_are_all_kept():
    notes = group(message("", f"{LONG} Why?"), message("", f"{LONG} How?"), message(3, LONG, reply_to_message_id=""))
    assert len(notes) == 3
