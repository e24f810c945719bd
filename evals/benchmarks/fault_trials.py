"""One trial of a fault: an index that counts letters, its states, and the judgement of what a fault left of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus import Note
from retrieval import Index
from retrieval.encoder import EncodedText
from retrieval.encoder_tokens import Tokens
from retrieval.errors import IndexMissing, RetrievalError
from retrieval.repair import repair

NOTES = 150
"""More than are embedded between two commits of the cache."""


@dataclass(slots=True)
class Tally:
    """What became of the trials of one fault."""

    fault: str
    tried: int = 0
    old_or_new: int = 0
    refused: int = 0
    repaired: int = 0
    wrong: int = 0

    def row(self) -> str:
        """A line of the table."""
        counts = (self.tried, self.old_or_new, self.refused, self.repaired, self.wrong)
        return f"| {self.fault} | {' | '.join(map(str, counts))} |"


class LetterEncoder:
    """Counts letters: quick, and slow enough to be killed in the middle."""

    fingerprint = "letters"
    dimension = 32

    def encode(self, texts: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """(n, 32) of length 1."""
        time.sleep(0.002)
        rows = np.ones((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            np.add.at(rows[row], np.frombuffer(text.encode(), dtype=np.uint8) % self.dimension, 1)
        unit: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit

    def encode_query(self, text: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """(32,) of length 1."""
        return self.encode([text])[0]  # type: ignore[no-any-return]

    def encode_tokens(self, texts: Sequence[str], *, query: bool = False) -> list[EncodedText]:
        """One token a text."""
        words, spans = np.zeros(1, dtype=np.int32), [np.array([[0, len(text)]], dtype=np.int32) for text in texts]
        return [EncodedText(row, row[None], words, span) for row, span in zip(self.encode(texts), spans, strict=True)]

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """One token a text."""
        made = self.encode_tokens(texts)
        return [Tokens(np.zeros(1, dtype=np.int64), own.words, own.offsets) for own in made]


def notes_of(state: int) -> list[Note]:
    """The notes in one state: every text names it."""
    return [
        Note(f"n{i:02}", f"Note {i}", f"state {state} of note {i}, {state * i} words", f"n{i}") for i in range(NOTES)
    ]


def state_of(folder: Path, *, every_byte: bool = True) -> int | None:
    """The one state of all notes of the index, None while it is empty.

    Args:
        folder: Where the index is.
        every_byte: Whether to compare all its files with their checksums.

    Raises:
        RetrievalError: The index says that it is damaged.
        AssertionError: It holds a mixture, or does not find what it holds.
    """
    with Index.open(folder, LetterEncoder()) as index:
        if every_byte:
            index.check()
        texts = [note.text for entry in index.notes() if (note := index.note(entry.note_id))]
        states = {int(text.split()[1]) for text in texts}
        assert len(texts) in (0, NOTES), f"{len(texts)} notes"
        assert len(states) <= 1, f"states {states}"
        if texts:
            found = index.search(texts[0], k=NOTES)
            assert len(found) == NOTES, f"{len(found)} hits"
            assert {hit.chunk.text for hit in found} == set(texts), "hits of another state"
        return states.pop() if states else None


def judge(tally: Tally, folder: Path, allowed: set[int | None]) -> None:
    """Count one trial: a whole state that is allowed, an error that leads to a repair, or wrong."""
    tally.tried += 1
    try:
        if state_of(folder) in allowed:
            tally.old_or_new += 1
        else:
            tally.wrong += 1
        return
    except AssertionError:
        tally.wrong += 1
        return
    except RetrievalError as error:
        if isinstance(error, IndexMissing) and None in allowed:
            tally.old_or_new += 1
            return
        if "footnote index" not in str(error):
            tally.wrong += 1
            return
        tally.refused += 1
    repair(folder)
    with Index.create(folder, LetterEncoder()) as index:
        index.update(notes_of(7))
    tally.repaired += state_of(folder) == 7


def settle(folder: Path, state: int) -> None:
    """Bring the index to that state."""
    with Index.create(folder, LetterEncoder()) as index:
        index.update(notes_of(state))
