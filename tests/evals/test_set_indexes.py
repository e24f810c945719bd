"""Where the index of a set lies."""

from pathlib import Path

import pytest

from agent import Settings
from evals.question_sets import QuestionSet
from evals.set_indexes import index_folder, shipped_index
from retrieval.errors import IndexMissing


def test_two_copies_of_footnote_do_not_mix_their_notes_in_one_index(tmp_path):
    ours, theirs = (shipped_index(tmp_path, Path(f"/{copy}/corpus/notes")) for copy in ("one", "other"))
    assert ours != theirs
    assert ours == shipped_index(tmp_path, Path("/one/corpus/notes"))


def test_a_set_without_notes_needs_an_index(tmp_path):
    bare = QuestionSet("mine", "1", "unknown", ())
    settings = Settings(tmp_path, tmp_path / "index")
    with pytest.raises(IndexMissing, match="--index DIR"):
        index_folder(bare, None, settings, lambda _: None)
    assert index_folder(bare, tmp_path / "given", settings, lambda _: None) == tmp_path / "given"
