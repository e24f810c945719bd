"""A digest is computed once a file, and again when the file changes."""

import hashlib
import os

import pytest

from retrieval.file_digests import FileDigests


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "weights.bin"
    path.write_bytes(b"one")
    os.utime(path, ns=(10**18, 10**18))
    return path


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def test_a_digest_is_the_files_sha256(file, tmp_path):
    assert FileDigests(tmp_path / "cache" / "digests.json").digest(file) == sha256(b"one")


def test_a_file_with_the_same_size_and_time_is_not_read_again(file, tmp_path):
    FileDigests(tmp_path / "digests.json").digest(file)
    file.write_bytes(b"two")
    os.utime(file, ns=(10**18, 10**18))
    assert FileDigests(tmp_path / "digests.json").digest(file) == sha256(b"one")


@pytest.mark.parametrize(("content", "time"), [(b"two", 10**18 + 1), (b"three", 10**18)])
def test_a_file_that_changed_is_digested_anew(file, tmp_path, content, time):
    digests = FileDigests(tmp_path / "digests.json")
    digests.digest(file)
    file.write_bytes(content)
    os.utime(file, ns=(time, time))
    assert digests.digest(file) == sha256(content)


@pytest.mark.parametrize("damage", ["", "[1, 2]", "{", '{"PATH": 3}', '{"PATH": [3, 1000000000000000000, null]}'])
def test_a_damaged_memory_is_written_anew(file, tmp_path, damage):
    memory = tmp_path / "digests.json"
    memory.write_text(damage.replace("PATH", str(file.resolve())))
    assert FileDigests(memory).digest(file) == sha256(b"one")
    assert str(file.resolve()) in FileDigests(memory)._read()


def test_a_memory_that_cannot_be_written_costs_only_time(file, tmp_path):
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("a file, not a folder")
    assert FileDigests(in_the_way / "digests.json").digest(file) == sha256(b"one")


def test_several_files_are_remembered_and_no_draft_is_left(file, tmp_path):
    other = tmp_path / "other.bin"
    other.write_bytes(b"other")
    digests = FileDigests(tmp_path / "cache" / "digests.json")
    assert [digests.digest(file), digests.digest(other)] == [sha256(b"one"), sha256(b"other")]
    assert len(digests._read()) == 2
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["digests.json"]
