"""An index follows its notes, and survives what happens to files."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock

from corpus import Note, load_notes
from retrieval import Index, SearchSettings
from retrieval.errors import (
    EncoderMismatch,
    EncoderUnavailable,
    IndexDamaged,
    IndexLocked,
    IndexMissing,
    RetrievalError,
    StorageFull,
)
from retrieval.repair import repair
from tests.fakes import HashingEncoder

ROOT = Path(__file__).parents[2]


class CountingEncoder(HashingEncoder):
    """Remembers every text that it encoded for the index."""

    def __init__(self):
        super().__init__()
        self.encoded = []

    def encode_tokens(self, texts, *, query=False):
        self.encoded += [] if query else texts
        return super().encode_tokens(texts, query=query)


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    for name, text in {
        "rope": "rotary embeddings turn pairs",
        "adam": "adaptive moments of gradients",
        "bm25": "term frequency saturates",
    }.items():
        (folder / f"{name}.md").write_text(f"# {name}\n\n{text}\n")
    return folder


@pytest.fixture
def encoder():
    return CountingEncoder()


@pytest.fixture
def index(tmp_path, notes, encoder):
    with Index.create(tmp_path / "index", encoder) as index:
        index.update(load_notes(notes))
        yield index


def counts(report):
    return (report.added, report.changed, report.removed, report.unchanged)


def test_the_first_update_takes_everything_in(index):
    assert index.counts() == (3, 3)
    assert index.search("rotary embeddings")[0].chunk.note_id == "rope.md"


def test_an_update_without_changes_writes_and_encodes_nothing(index, notes, encoder):
    before = index.generation
    encoder.encoded.clear()
    report = index.update(load_notes(notes))
    assert counts(report) == (0, 0, 0, 3)
    assert index.generation == before
    assert encoder.encoded == []


def test_only_the_edited_text_is_encoded_again(index, notes, encoder):
    encoder.encoded.clear()
    (notes / "rope.md").write_text("# rope\n\nnow something about positions\n")
    report = index.update(load_notes(notes))
    assert counts(report) == (0, 1, 0, 2)
    assert len(encoder.encoded) == report.embedded == 1
    assert index.search("positions")[0].chunk.note_id == "rope.md"
    assert index.search("rotary", mode="bm25") == []


def test_a_renamed_and_a_moved_file_are_not_encoded_again(index, notes, encoder):
    encoder.encoded.clear()
    (notes / "rope.md").rename(notes / "rotary.md")
    (notes / "deep").mkdir()
    (notes / "adam.md").rename(notes / "deep" / "adam.md")
    report = index.update(load_notes(notes))
    assert counts(report) == (2, 0, 2, 1)
    assert encoder.encoded == []
    assert {entry.note_id for entry in index.notes()} == {"bm25.md", "deep/adam.md", "rotary.md"}


def test_a_deleted_note_leaves_nothing_behind(index, notes, tmp_path):
    (notes / "rope.md").unlink()
    assert counts(index.update(load_notes(notes))) == (0, 0, 1, 2)
    index.close()
    everything = b"".join(path.read_bytes() for path in (tmp_path / "index").rglob("*") if path.is_file())
    assert b"rotary" not in everything
    with sqlite3.connect(tmp_path / "index" / "embeddings.db") as connection:
        assert connection.execute("SELECT count(*) FROM vectors").fetchone() == (2,)


def test_two_folders_with_the_same_file_names_both_stay(index, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "rope.md").write_text("# rope\n\na rope for climbing\n")
    assert counts(index.update(load_notes(other))) == (1, 0, 0, 0)
    assert {"rope.md", "other/rope.md"} <= {entry.note_id for entry in index.notes()}


def test_a_file_that_turns_bad_keeps_its_earlier_note(index, notes):
    (notes / "rope.md").write_bytes(bytes(range(256)) * 40)
    report = index.update(load_notes(notes))
    assert counts(report) == (0, 0, 0, 3)
    assert [reason for _, reason in report.failed] == [reason for _, reason in index.failures()] != []
    assert index.note("rope.md") is not None


def test_notes_made_in_python_can_be_indexed(tmp_path, encoder):
    with Index.create(tmp_path / "index", encoder) as index:
        assert index.update([Note("a", "A", "alpha words", "a")]).added == 1
        assert index.update([Note("b", "B", "beta words \ud800\x00", "b")]).removed == 1
        assert index.note("b").text == "beta words \ufffd\ufffd"


def test_hits_are_verbatim_and_in_a_total_order(index):
    for mode in ("hybrid", "bm25", "dense"):
        hits = index.search("gradients of rotary term", mode=mode)
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        for hit in hits:
            assert index.note(hit.chunk.note_id).text[hit.chunk.start : hit.chunk.end] == hit.chunk.text


def test_the_order_of_the_notes_does_not_change_a_ranking(tmp_path, encoder):
    notes = [Note(f"n{i}", f"N{i}", f"words about topic {i % 3} and gradient", f"n{i}") for i in range(12)]
    rankings = []
    for order in (notes, notes[::-1]):
        with Index.create(tmp_path / str(len(rankings)), encoder) as index:
            index.update(order)
            rankings.append([(hit.chunk.chunk_id, hit.score) for hit in index.search("gradient topic 2", k=12)])
    assert rankings[0] == rankings[1]


def test_a_filter_is_applied_before_the_cut(tmp_path, encoder):
    notes = [Note(f"n{i:03}", "N", "the same words everywhere", f"n{i}", metadata={"i": i}) for i in range(50)]
    with Index.create(tmp_path / "index", encoder) as index:
        index.update(notes)
        for mode in ("hybrid", "bm25", "dense"):
            hits = index.search("same words", k=3, mode=mode, where={"must": [{"field": "i", "range": {"gte": 47}}]})
            assert {hit.chunk.note_id for hit in hits} == {"n047", "n048", "n049"}


def test_a_misspelt_word_finds_what_the_right_spelling_finds(index, tmp_path):
    for mode in ("hybrid", "bm25", "dense"):
        wrong, right = index.search("rotery embeddings", mode=mode), index.search("rotary embeddings", mode=mode)
        assert [(hit.chunk, hit.score) for hit in wrong] == [(hit.chunk, hit.score) for hit in right] != []
    with Index.open(tmp_path / "index", HashingEncoder(), settings=SearchSettings(correct_spelling=False)) as literal:
        assert literal.search("rotery", mode="bm25") == []


def test_an_encoder_that_is_missing_is_told_by_the_search_and_not_by_preparing_it(index, tmp_path):
    with Index.open(tmp_path / "index", "no-such-encoder") as other:
        other.prepare()
        with pytest.raises(EncoderUnavailable, match="no-such-encoder"):
            other.search("dropout")


@pytest.mark.parametrize("query", ["", "  ", "\n"])
def test_an_empty_query_finds_nothing(index, query):
    assert index.search(query) == []


def test_an_empty_index_can_be_searched(tmp_path, encoder):
    with Index.create(tmp_path / "index", encoder) as index:
        assert index.search("anything") == []
        assert index.counts() == (0, 0)


def test_a_missing_index_is_named(tmp_path):
    with pytest.raises(IndexMissing, match="footnote index PATH"):
        Index.open(tmp_path / "nowhere")


def test_another_encoder_is_refused(index, tmp_path):
    class Other(HashingEncoder):
        fingerprint = "other"

    with pytest.raises(EncoderMismatch, match="made with another encoder"):
        Index.open(tmp_path / "index", Other())


def test_a_second_writer_is_refused(index, notes, tmp_path):
    with FileLock(tmp_path / "index" / "writer.lock"), pytest.raises(IndexLocked, match="another process"):
        Index.open(tmp_path / "index", HashingEncoder()).update(load_notes(notes))


def test_a_stale_lock_file_is_no_obstacle(index, notes, tmp_path):
    (tmp_path / "index" / "writer.lock").write_text("left over")
    assert counts(index.update(load_notes(notes))) == (0, 0, 0, 3)


def test_a_reader_keeps_its_generation_until_it_reopens(index, notes, tmp_path):
    with Index.open(tmp_path / "index", HashingEncoder()) as reader:
        (notes / "rope.md").unlink()
        index.update(load_notes(notes))
        assert reader.stale
        assert reader.counts() == (3, 3)
        assert reader.search("rotary embeddings")[0].chunk.note_id == "rope.md"
        reader.reopen()
        assert not reader.stale
        assert reader.counts() == (2, 2)


def flip_a_byte(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def halve(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def generation_files(folder):
    return [path for path in sorted((folder / "generations").rglob("*")) if path.is_file()]


@pytest.mark.parametrize("damage", [flip_a_byte, halve, Path.unlink], ids=["flipped", "truncated", "deleted"])
def test_damage_to_any_file_of_a_generation_is_found_and_repaired(index, notes, tmp_path, damage):
    folder = tmp_path / "index"
    index.close()
    for position in range(len(generation_files(folder))):
        path = generation_files(folder)[position]
        if not path.stat().st_size:
            continue
        damage(path)
        with pytest.raises(IndexDamaged, match="footnote index"):
            Index.open(folder, HashingEncoder())
        assert repair(folder)
        with Index.create(folder, HashingEncoder()) as repaired:
            repaired.update(load_notes(notes))
            assert repaired.search("rotary embeddings")[0].chunk.note_id == "rope.md"


@pytest.mark.parametrize("lost", ["generations", "embeddings.db"])
def test_a_repair_keeps_the_notes_of_folders_that_are_not_read_again(index, notes, tmp_path, lost):
    folder, other = tmp_path / "index", tmp_path / "other"
    before = index.counts()[0]
    index.close()
    other.mkdir()
    (other / "lora.md").write_text("# lora\n\nlow rank matrices\n")
    shutil.rmtree(folder / "generations")
    if lost == "embeddings.db":
        flip_a_byte(folder / lost)
    assert repair(folder)
    with Index.create(folder, HashingEncoder()) as repaired:
        report = repaired.update(load_notes(other))
        assert (report.notes, report.added, report.removed) == (before + 1, 1, 0)
        assert repaired.search("rotary embeddings")[0].chunk.note_id == "rope.md"
        repaired.check()


def test_a_repair_never_changes_the_encoder(index, tmp_path):
    index.close()
    shutil.rmtree(tmp_path / "index" / "generations")
    repair(tmp_path / "index")
    other = HashingEncoder()
    other.fingerprint = "another"
    with pytest.raises(EncoderMismatch):
        Index.create(tmp_path / "index", other)


@pytest.mark.parametrize("damage", [flip_a_byte, halve], ids=["flipped", "truncated"])
def test_a_damaged_database_never_gives_altered_text(index, notes, tmp_path, damage):
    folder = tmp_path / "index"
    index.close()
    good = (folder / "notes.db").read_bytes()
    texts = {path.name: path.read_text() for path in notes.glob("*.md")}
    for place in range(100, len(good), max(1, len(good) // 40)):
        data = bytearray(good)
        data[place] ^= 0x01
        (folder / "notes.db").write_bytes(data if damage is flip_a_byte else data[:place])
        with contextlib.suppress(RetrievalError), Index.open(folder, HashingEncoder()) as opened:
            hits = opened.search("rotary embeddings gradients term", k=3)
            assert all(hit.chunk.text in texts[hit.chunk.note_id] for hit in hits)


def test_a_full_disk_leaves_the_old_generation(index, notes, tmp_path, monkeypatch):
    import retrieval.updating as updating

    def no_room(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(updating, "write_dense", no_room)
    (notes / "new.md").write_text("# new\n\nfresh words\n")
    with pytest.raises(StorageFull, match="disk is full"):
        index.update(load_notes(notes))
    monkeypatch.undo()
    with Index.open(tmp_path / "index", HashingEncoder()) as opened:
        assert opened.counts() == (3, 3)
    assert index.update(load_notes(notes)).added == 1


KILLED = """
import sys, time
sys.path.insert(0, {root!r})
from corpus import Note
from retrieval import Index, SearchSettings
from tests.fakes import HashingEncoder
index = Index.create({folder!r}, HashingEncoder())
print("ready", flush=True)
number = int(sys.argv[1])
while True:
    number += 1
    index.update([Note(f"n{{i}}", f"N{{i}}", f"state {{number}} of note {{i}}", "s") for i in range(20)])
"""


def test_killing_the_writer_leaves_one_whole_generation(tmp_path):
    """A short loop of the fault table; `evals/benchmarks/faults.py` does hundreds."""
    folder = tmp_path / "index"
    code = KILLED.format(root=str(ROOT), folder=str(folder))
    for number in range(6):
        process = subprocess.Popen([sys.executable, "-c", code, str(number * 1000)], stdout=subprocess.PIPE, cwd=ROOT)
        assert process.stdout.readline() == b"ready\n"
        time.sleep(0.05 + 0.037 * number)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with Index.open(folder, HashingEncoder()) as index:
            index.check()
            texts = [index.note(entry.note_id).text for entry in index.notes()]
            assert len({text.split()[1] for text in texts}) <= 1
            assert len(texts) in (0, 20)
            if texts:
                assert len(index.search(texts[0], k=20)) == 20
