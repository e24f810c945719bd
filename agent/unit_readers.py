"""What the sentences of a passage are compared with a question by.

The index keeps the state of each token of a passage, as the encoder saw it among its neighbours. A sentence is read
from those: nothing but the question is encoded, and a sentence is understood in its passage ("it" is what was spoken
of before). Passages of which no states are kept, such as those of web pages, are encoded sentence by sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from agent.evidence import Evidence
from agent.passage_units import Unit
from agent.remembering import Recent, RememberingEncoder, words_of
from retrieval import Index
from retrieval.encoder import EncodedText
from retrieval.late_interaction import PassageTokens, content_tokens

Floats = NDArray[np.float32]

Encoded = tuple[EncodedText, Floats | None]
"""A question, and its token states as the index keeps such."""
Place = tuple[int, str, int, int]
"""Generation of the index, note, and span of a passage."""

_QUESTIONS: Final = 64
"""Questions that are remembered while they are answered."""
_PASSAGES: Final = 2_000
"""Passages whose tokens are remembered: 50 MB for the shipped encoder."""


class UnitReader(Protocol):
    """One way to compare units with a question; safe to use from many threads."""

    @property
    def most(self) -> int:
        """Units that it compares with a question in a moment."""
        ...

    def cosines(self, question: str, units: Sequence[Unit]) -> Floats:
        """(n,) how near each unit is to the question, in [0, 1]."""
        ...

    def words(self, question: str) -> list[tuple[str, Floats]]:
        """The words of a question with the (t, d) states of their tokens."""
        ...

    def states(self, units: Sequence[Unit]) -> list[Floats]:
        """For each unit the (t, d) states of its tokens and of those that stand above it; they compare with `words`."""
        ...


class StoredReader:
    """Reads units from the token states of the index."""

    most = 1_000

    def __init__(self, index: Index) -> None:
        self._index = index
        self._questions: Recent[tuple[int, str], Encoded] = Recent(_QUESTIONS)
        self._passages: Recent[Place, PassageTokens | None] = Recent(_PASSAGES)

    def knows(self, evidence: Sequence[Evidence]) -> bool:
        """Whether the index keeps the token states of all of these passages."""
        return all(one.kind == "note" and self._tokens(one) is not None for one in evidence)

    def cosines(self, question: str, units: Sequence[Unit]) -> Floats:
        """As `UnitReader.cosines`: between the mean states of the words that count."""
        encoded, projected = self._question(question)
        if projected is None or not len(units):
            return np.zeros(len(units), dtype=np.float32)
        counted = content_tokens(encoded, question)[0]
        asked = projected[counted].sum(axis=0)
        means = np.array([states.sum(axis=0) for states in self.states(units)], dtype=np.float32)
        lengths = np.linalg.norm(means, axis=1) * np.linalg.norm(asked)
        found: Floats = np.clip(means @ asked / np.maximum(lengths, 1e-9), 0.0, 1.0)
        return found

    def words(self, question: str) -> list[tuple[str, Floats]]:
        """As `UnitReader.words`."""
        encoded, projected = self._question(question)
        return words_of(question, encoded, encoded.states if projected is None else projected)

    def states(self, units: Sequence[Unit]) -> list[Floats]:
        """As `UnitReader.states`; those of the words that count."""
        found = []
        for unit in units:
            tokens = self._tokens(unit.evidence)
            assert tokens is not None, "units are read from here only where the tokens of their passage are known"
            parts = [(part.start, part.end) for part in (unit, unit.header, unit.lead) if part is not None]
            found.append(tokens.between(*parts, *unit.titles))
        return found

    def _question(self, question: str) -> Encoded:
        key = self._index.generation, question
        return self._questions.get([key], lambda _: [self._index.query_tokens(question)])[0]

    def _tokens(self, passage: Evidence) -> PassageTokens | None:
        place = passage.note_id, passage.start, passage.end
        return self._passages.get([(self._index.generation, *place)], lambda _: [self._index.passage_tokens(*place)])[0]


class EncodingReader:
    """Reads units by encoding them; `most` of them at a time."""

    def __init__(self, encoder: RememberingEncoder, most: int) -> None:
        self._encoder = encoder
        self.most = most

    def cosines(self, question: str, units: Sequence[Unit]) -> Floats:
        """As `UnitReader.cosines`: between embeddings, each unit behind its innermost heading."""
        vectors = self._encoder.encode([question, *(unit.under_heading for unit in units)])
        found: Floats = np.clip(vectors[1:] @ vectors[0], 0.0, 1.0)
        return found

    def words(self, question: str) -> list[tuple[str, Floats]]:
        """As `UnitReader.words`."""
        return self._encoder.words(question)

    def states(self, units: Sequence[Unit]) -> list[Floats]:
        """As `UnitReader.states`; each unit behind its title and headings."""
        return self._encoder.states([" : ".join((*unit.path, unit.text)) for unit in units])
