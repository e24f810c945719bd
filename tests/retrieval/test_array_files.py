"""Records of arrays on disk."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from retrieval.array_files import load_arrays, save_arrays
from retrieval.errors import IndexDamaged


@dataclass(frozen=True, slots=True)
class Inner:
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Outer:
    inner: Inner
    numbers: NDArray[np.int64]
    size: int


@pytest.fixture
def folder(tmp_path):
    save_arrays(tmp_path / "new", Outer(Inner(np.array([1.5, 2.5], np.float32)), np.empty(0, np.int64), 7))
    return tmp_path / "new"


def test_loading_gives_back_what_was_saved(folder):
    loaded = load_arrays(folder, Outer)
    assert loaded.inner.values.tolist() == [1.5, 2.5]
    assert (loaded.numbers.dtype, len(loaded.numbers), loaded.size) == (np.int64, 0, 7)


def test_loaded_arrays_cannot_be_written_to(folder):
    with pytest.raises(ValueError, match="read-only"):
        load_arrays(folder, Outer).inner.values[0] = 0


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-3])])
def test_a_missing_or_truncated_file_is_named(folder, damage):
    damage(folder / "inner.values.npy")
    with pytest.raises(IndexDamaged, match=r"inner\.values\.npy"):
        load_arrays(folder, Outer)
