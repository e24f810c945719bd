"""An index on a medium that cannot be written is searched like any other, and one that was closed says so."""

import os

import pytest

from corpus import Note
from retrieval import Index
from retrieval.errors import IndexDamaged, RetrievalError
from tests.fakes import HashingEncoder


def test_a_reader_makes_no_file_where_it_may_not_write(tmp_path, monkeypatch):
    with Index.create(tmp_path, HashingEncoder()) as index:
        index.update([Note("rope", "RoPE", "Rotary embeddings turn pairs.", "rope")])
    for name in ("notes.db", "embeddings.db"):
        for rest in tmp_path.glob(f"{name}-*"):
            assert rest.name.endswith("-shm") or not rest.stat().st_size, "all is in the database"
            rest.unlink()
    before = sorted(tmp_path.rglob("*"))
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and may(path, mode))
    with Index.open(tmp_path, HashingEncoder()) as index:
        assert index.search("rotary")[0].chunk.note_id == "rope"
        index.check()
        assert sorted(tmp_path.rglob("*")) == before


def test_an_index_that_was_closed_is_not_called_damaged(tmp_path):
    index = Index.create(tmp_path, HashingEncoder())
    index.close()
    with pytest.raises(RetrievalError, match="was closed; open it again") as error:
        index.note("rope")
    assert not isinstance(error.value, IndexDamaged)
