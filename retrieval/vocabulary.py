"""Strings numbered from 0, in arrays that can be opened without being read."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Strings in the order of their hashes, so that one binary search finds the strings of a whole query.

    Attributes:
        hashes: (n,) CRC-32 of the UTF-8 bytes of each string, ascending.
        starts: (n + 1,) where each string begins in `letters`.
        letters: The UTF-8 bytes of all strings.
    """

    hashes: NDArray[np.uint32]
    starts: NDArray[np.int64]
    letters: NDArray[np.uint8]

    @classmethod
    def build(cls, strings: Sequence[str]) -> tuple[Self, NDArray[np.int32]]:
        """The vocabulary of some strings, all different, and the number that each of them got."""
        encoded = [string.encode() for string in strings]
        hashes = np.fromiter(map(zlib.crc32, encoded), dtype=np.uint32, count=len(encoded))
        order = np.argsort(hashes, kind="stable")
        numbers = np.empty(len(encoded), dtype=np.int32)
        numbers[order] = np.arange(len(encoded), dtype=np.int32)
        ordered = [encoded[at] for at in order.tolist()]
        starts = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum([len(string) for string in ordered], out=starts[1:])
        return cls(hashes[order], starts, np.frombuffer(b"".join(ordered), dtype=np.uint8)), numbers

    def __len__(self) -> int:
        return len(self.hashes)

    def __getitem__(self, number: int) -> str:
        return self._encoded(number).decode()

    def find(self, strings: Sequence[str]) -> list[int]:
        """The number of each string, or `UNKNOWN`."""
        encoded = [string.encode() for string in strings]
        hashes = list(map(zlib.crc32, encoded))
        firsts = np.searchsorted(self.hashes, np.array(hashes, dtype=np.uint32)).tolist()
        return [self._match(*wanted) for wanted in zip(encoded, hashes, firsts, strict=True)]

    def _match(self, string: bytes, hashed: int, number: int) -> int:
        """The first number from `number` on that has the string, among those with its hash."""
        while number < len(self.hashes) and self.hashes[number] == hashed:
            if self._encoded(number) == string:
                return number
            number += 1
        return UNKNOWN

    def _encoded(self, number: int) -> bytes:
        return self.letters[self.starts[number] : self.starts[number + 1]].tobytes()
