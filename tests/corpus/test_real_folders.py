"""Folders as people keep them: an index among the notes, saved pages, odd names, folders that are closed."""

import os
import sys

import pytest

from corpus import load_notes
from retrieval import Index
from tests.fakes import HashingEncoder

NOTE = "# A\n\nDropout switches units off."


def names(folder):
    return [note.note_id for note in load_notes(folder)]


def write(folder, *paths):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(NOTE, "utf-8")


def test_a_link_to_a_folder_above_the_notes_is_not_followed(tmp_path):
    write(tmp_path, "mine/a.md", "others/b.md", "c.md")
    (tmp_path / "mine" / "up").symlink_to(tmp_path)
    (tmp_path / "mine" / "beside").symlink_to(tmp_path / "others")
    assert names(tmp_path / "mine") == ["a.md", "beside/b.md"]


def test_an_index_among_the_notes_is_no_note(tmp_path):
    write(tmp_path, "a.md")
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        index.update(load_notes(tmp_path))
        report = index.update(load_notes(tmp_path))
    assert (report.notes, report.unchanged, report.failed) == (1, 1, ())


def test_what_a_browser_keeps_beside_a_saved_page_is_left_out(tmp_path):
    write(tmp_path, "page_files/script.js", "page.html", "my_files/a.md")
    assert names(tmp_path) == ["page.html", "my_files/a.md"]


@pytest.mark.skipif(sys.platform != "linux", reason="names of other systems are Unicode")
def test_a_name_that_is_no_utf8_is_spelt_out(tmp_path):
    write(tmp_path, "b.md")
    with open(os.fsencode(tmp_path) + b"/latin-\xe9.md", "w") as stream:
        stream.write(NOTE)
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        first = index.update(load_notes(tmp_path))
        second = index.update(load_notes(tmp_path))
        assert index.note(r"latin-\udce9.md").text == NOTE
    assert (first.added, second.unchanged, second.failed) == (2, 2, ())


def fail_to_list(patch, folder, error):
    """Let the system fail where that folder is listed."""
    listed = os.scandir

    def scandir(path):
        if str(path).endswith(folder):
            raise error
        return listed(path)

    patch.setattr(os, "scandir", scandir)


def test_notes_in_a_folder_that_cannot_be_listed_are_kept_and_the_folder_is_named(tmp_path, monkeypatch):
    write(tmp_path, "a.md", "closed/b.md")
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        index.update(load_notes(tmp_path))
        with monkeypatch.context() as patch:
            fail_to_list(patch, "closed", PermissionError(13, "Permission denied", str(tmp_path / "closed")))
            report = index.update(load_notes(tmp_path))
        assert (report.notes, report.removed, report.unchanged) == (2, 0, 1)
        assert [reason for _, reason in report.failed] == ["the folder cannot be listed; check its permissions"]
        report = index.update(load_notes(tmp_path))
    assert (report.notes, report.unchanged, report.failed) == (2, 2, ())


def test_a_folder_that_vanishes_while_it_is_walked_has_gone(tmp_path, monkeypatch):
    write(tmp_path, "a.md", "gone/b.md")
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        index.update(load_notes(tmp_path))
        fail_to_list(monkeypatch, "gone", FileNotFoundError(2, "No such file or directory", str(tmp_path / "gone")))
        assert index.update(load_notes(tmp_path)).removed == 1
