"""Real pages and tables, where a folder of them is at hand (`FOOTNOTE_SEEDS`), are told apart and lose nothing."""

import os
from pathlib import Path

import pytest

from corpus.formats import json_lines, question_dump, stack_exchange, tables, telegram_export, telegram_page
from corpus.source_file import SourceFile

FOLDER = Path(os.environ.get("FOOTNOTE_SEEDS") or Path(__file__).resolve().parents[4] / "shared" / "seeds")
READERS = {"002": question_dump, "003": telegram_page, "004": tables}
"""Which format reads the file whose name begins so; the others are plain text."""


def seed(prefix: str) -> SourceFile:
    paths = sorted(FOLDER.glob(f"{prefix}_*.txt")) if FOLDER.is_dir() else []
    if not paths:
        pytest.skip(f"no file {prefix}_*.txt in {FOLDER}; set FOOTNOTE_SEEDS to the folder with the seed files")
    return SourceFile(paths[0].name, paths[0].read_bytes(), str(paths[0]))


def without_space(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("prefix", ["000", "001", "002", "003", "004"])
def test_each_file_is_recognised_by_its_format_and_by_no_other(prefix):
    file = seed(prefix)
    formats = [tables, json_lines, telegram_export, telegram_page, question_dump, stack_exchange]
    expected = [READERS[prefix]] if prefix in READERS else []
    assert [each for each in formats if each.matches(file)] == expected


def test_the_table_of_blog_posts_gives_sixteen_notes_with_titles_and_addresses():
    file = seed("004")
    notes = tables.read(file)
    assert len(notes) == 16
    assert len({note.note_id for note in notes}) == 16
    assert all(note.source.startswith("https://") and note.metadata["url"] == note.source for note in notes)
    assert all(note.text.split("\n", 1)[0] == note.title for note in notes)
    assert all(note.text in file.text for note in notes if '"' not in note.text)


def test_the_page_of_questions_gives_six_notes_and_loses_nothing():
    file = seed("002")
    notes = question_dump.read(file)
    assert len(notes) == 6
    assert all(note.text.startswith(note.title) for note in notes)
    assert without_space("".join(note.text for note in notes)) == without_space(file.text).replace("Related", "", 1)


def test_the_page_of_a_channel_is_told_apart_into_posts_and_loses_nothing():
    file = seed("003")
    head, *posts = telegram_page.read(file)
    assert without_space("".join(note.text for note in [head, *posts])) == without_space(file.text)
    assert max(len(note.text) for note in posts) < 4096
    assert 15 <= len(posts) <= 18
    titles = [note.title for note in posts]
    inner = {"Use-cases", "Technical highlights", "Links"}
    assert not inner.intersection(titles)
    assert sum(len(title) <= 60 and not title.endswith((".", "…")) for title in titles) >= 9
