"""Folders and files to notes, and what becomes of those that cannot be read."""

import os
import zipfile

import pytest

from corpus import SourceNotFound, load_notes, shipped_notes
from corpus.loading import MAX_FILE_BYTES


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_notes_come_in_a_stable_order_with_ids_below_the_root(tmp_path):
    write(tmp_path, {"b.md": "# B\n\ntext", "a/c.txt": "plain text", "a/a.md": "# A\n\ntext"})
    assert [note.note_id for note in load_notes(tmp_path)] == ["b.md", "a/a.md", "a/c.txt"]


def test_a_single_file_is_a_root(tmp_path):
    write(tmp_path, {"one.md": "# One\n\ntext"})
    (note,) = load_notes(tmp_path / "one.md")
    assert (note.note_id, note.title, note.root) == ("one.md", "One", str(tmp_path / "one.md"))


def test_a_missing_path_is_refused(tmp_path):
    with pytest.raises(SourceNotFound, match="no file or folder"):
        load_notes(tmp_path / "nowhere")


def test_front_matter_becomes_metadata(tmp_path):
    write(
        tmp_path, {"n.md": "---\ntitle: T\ntags: [a, b]\ndate: 2024-05-01\nsource: https://x.org/n\n---\n# H\n\ntext"}
    )
    (note,) = load_notes(tmp_path)
    assert note.title == "T"
    assert note.source == "https://x.org/n"
    assert note.metadata == {"tags": ("a", "b"), "date": "2024-05-01", "url": "https://x.org/n", "format": "markdown"}
    assert note.text == "# H\n\ntext"


def test_broken_front_matter_stays_in_the_text(tmp_path):
    text = "---\ntitle: [unclosed\n---\n# H\n\ntext"
    write(tmp_path, {"n.md": text})
    assert next(iter(load_notes(tmp_path))).text == text


def test_media_hidden_files_and_caches_are_left_out_and_counted(tmp_path):
    write(
        tmp_path,
        {"a.md": "# A\n\nx", "p.png": b"\x89PNG", ".secret": "x", ".git/config": "x", "node_modules/x.md": "x"},
    )
    source = load_notes(tmp_path)
    assert [note.note_id for note in source] == ["a.md"]
    assert sum(source.skipped.values()) == 2


def test_a_link_that_leads_back_up_is_not_followed(tmp_path):
    write(tmp_path, {"a/n.md": "# A\n\nx"})
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    assert [note.note_id for note in load_notes(tmp_path)] == ["a/n.md"]


def test_an_unreadable_file_is_reported_and_the_others_land(tmp_path):
    write(tmp_path, {"a.md": "# A\n\nx", "empty.md": "", "binary.md": bytes(range(256)) * 20})
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere.md")
    os.mkfifo(tmp_path / "pipe.md")
    reasons = {file.name: file.reason for file in load_notes(tmp_path).files()}
    assert reasons["a.md"] == ""
    assert all(reasons[name] for name in ("empty.md", "binary.md", "gone.md", "pipe.md"))


def test_a_file_that_is_too_large_is_not_taken_in(tmp_path):
    with (tmp_path / "big.txt").open("wb") as stream:
        stream.truncate(MAX_FILE_BYTES + 1)
    (file,) = load_notes(tmp_path).files()
    assert "larger than 200 MB" in file.reason


def test_an_archive_gives_the_notes_of_its_members_and_reports_the_others(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("deep/one.md", "# One\n\ntext")
        archive.writestr("bad.md", bytes(range(256)) * 20)
        archive.writestr("../out.md", "# Out\n\ntext")
        archive.writestr("picture.png", b"\x89PNG")
    source = load_notes(tmp_path)
    (file,) = source.files()
    assert [note.note_id for note in file.notes] == ["a.zip/deep/one.md"]
    assert {name for name, _ in file.lost} == {"a.zip/bad.md", "a.zip/../out.md"}
    assert source.skipped == {".png": 1}


def test_every_note_says_which_format_it_came_in(tmp_path):
    write(
        tmp_path,
        {
            "a.md": "# A\n\nx",
            "b.txt": "plain words",
            "c.csv": "title,text\nOne,first text here\nTwo,second text here\n",
        },
    )
    assert {note.metadata["format"] for note in load_notes(tmp_path)} == {"markdown", "plain", "table"}


def test_a_known_file_is_not_read_again(tmp_path):
    write(tmp_path, {"a.md": "# A\n\nx"})
    (first,) = load_notes(tmp_path).files()
    (again,) = load_notes(tmp_path).files({(first.root, "a.md"): first.fingerprint})
    assert again.unchanged
    assert again.notes == ()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("\ufeffhéllo".encode(), "héllo"),
        ("héllo".encode("utf-16"), "héllo"),
        (
            "Les élèves étudient à l'université française.".encode("latin-1"),
            "Les élèves étudient à l'université française.",
        ),
        (b"a\r\nb\rc", "a\nb\nc"),
        (b"nul\x00byte", "nulbyte"),
        ("😀 e\u0301 עברית".encode(), "😀 e\u0301 עברית"),
    ],
)
def test_encodings(tmp_path, data, expected):
    write(tmp_path, {"n.txt": data})
    assert [note.text for note in load_notes(tmp_path)] == [expected]


def test_the_shipped_notes_load_without_a_failure():
    files = list(shipped_notes().files())
    assert len(files) >= 100
    assert [file.name for file in files if file.reason] == []


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Underlined\n==========\n\ntext", "Underlined"),
        ("```python\n# a comment\n```\n\n# Title\n\ntext", "Title"),
        ("## Second level\n\ntext", "n"),
    ],
)
def test_the_title_is_the_first_heading_however_it_is_marked(tmp_path, text, title):
    write(tmp_path, {"n.md": text})
    assert next(iter(load_notes(tmp_path))).title == title
