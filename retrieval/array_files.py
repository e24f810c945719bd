"""Records of arrays as `.npy` files in a folder: `postings.starts.npy` holds field `starts` of field `postings`."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import numpy as np

from retrieval.errors import IndexDamaged

Record = TypeVar("Record")


def save_arrays(folder: Path, record: Any, prefix: str = "") -> None:
    """Write every array and number of a dataclass, and of the dataclasses in it, into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for field in fields(record):
        value, name = getattr(record, field.name), f"{prefix}{field.name}"
        if is_dataclass(value):
            save_arrays(folder, value, f"{name}.")
        else:
            np.save(folder / f"{name}.npy", np.asarray(value), allow_pickle=False)


def open_for_writing(path: Path, shape: tuple[int, ...], dtype: Any) -> Any:
    """An array in a `.npy` file, to be filled in without holding it in memory."""
    return np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)


def load_arrays(folder: Path, kind: type[Record], prefix: str = "") -> Record:
    """The record that was saved, its arrays memory-mapped and read-only.

    Raises:
        IndexDamaged: A file is missing, truncated or no array.
    """
    values: dict[str, Any] = {}
    for name, declared in get_type_hints(kind).items():
        if isinstance(declared, type) and is_dataclass(declared):
            values[name] = load_arrays(folder, declared, f"{prefix}{name}.")
        else:
            array = _open(folder / f"{prefix}{name}.npy")
            values[name] = array if array.ndim else array.item()
    return kind(**values)


def _open(path: Path) -> Any:
    try:
        return np.load(path, mmap_mode="r").view(np.ndarray)  # slices of the base class are several times faster
    except (OSError, ValueError) as error:
        raise IndexDamaged(f"{path} cannot be opened ({error}); run `footnote index` to repair the index") from error
