"""Records of arrays as `.npy` files in a folder: `postings.starts.npy` holds field `starts` of field `postings`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def open_for_writing(path: Path, shape: tuple[int, int], dtype: Any) -> Iterator[Callable[[int, Any], None]]:
    """A function that writes some rows of an array in a `.npy` file, given the first row's number; all rows are due.

    A memory map would be shorter, but ends the process when the disk is full.
    """
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        begin, width = file.tell(), shape[1] * np.dtype(dtype).itemsize

        def write(row: int, rows: Any) -> None:
            file.seek(begin + row * width)
            file.write(np.ascontiguousarray(rows, dtype=dtype).tobytes())

        yield write


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
