"""Late interaction: the tokens of a query against those of the best candidates of a search.

The score of a passage is the weighted mean, over the tokens of the query, of the largest cosine that the token has with
a token of the passage (MaxSim of Khattab and Zaharia 2020, doi:10.1145/3397271.3401075); a token weighs as much as its
word is rare. The states are those from which the encoder makes its embeddings, so no second model is needed. They are
kept along their principal directions, as int8, without stop words and punctuation: 96 bytes a token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.loading import SHIPPED_FOLDER
from retrieval.array_files import load_arrays, open_for_writing, save_arrays
from retrieval.encoder import EncodedText
from retrieval.encoder_tokens import Tokens
from retrieval.tokens import STOP_WORDS, stem

DIRECTIONS = 96
"""Principal directions kept of a state: 64 lost 0.1 points of nDCG@10 in the mean of five sets, 0.7 on one."""
_SAMPLE_EVERY, _SAMPLE_LENGTH = 4, 800
"""Which shipped notes are sampled, and characters of each. A sample of 6,000 tokens was as good as one of 92,000."""
_SCALE = 127
"""From a coordinate in [-1, 1] to int8."""

Floats = NDArray[np.float32]
Codes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class TokenArrays:
    """The token states of all chunks of a generation.

    Attributes:
        projection: (d, DIRECTIONS) from the encoder's states to what is kept of them.
        starts: (chunks + 1,) where each chunk's tokens begin in `codes`.
        codes: (tokens, DIRECTIONS) states of length 1, times 127.
    """

    projection: Floats
    starts: NDArray[np.int64]
    codes: Codes


@dataclass(frozen=True, slots=True)
class QueryTokens:
    """(t, DIRECTIONS) states of length 1 of a query's tokens, and (t,) weights that add up to 1."""

    states: Floats
    weights: Floats


@dataclass(frozen=True, slots=True)
class PassageTokens:
    """The tokens of a passage that count, in reading order.

    Attributes:
        codes: (t, DIRECTIONS) states of length 1, times 127.
        starts: (t,) where each begins in the note's text; before the passage for those of its title and headings.
        passage: Where the passage begins.
    """

    codes: Codes
    starts: NDArray[np.int64]
    passage: int

    def between(self, *spans: tuple[int, int]) -> Floats:
        """(n, DIRECTIONS) states of length 1 of the tokens of title and headings, and of those that begin in a span."""
        bounds = [(0, int(np.searchsorted(self.starts, self.passage)))]
        bounds += [(int(first), int(last)) for first, last in np.searchsorted(self.starts, spans)]
        codes = np.concatenate([self.codes[first:last] for first, last in bounds])
        return codes.astype(np.float32) / np.float32(_SCALE)


class LateInteraction:
    """The token states of a generation, memory-mapped; safe to use from many threads."""

    def __init__(self, arrays: TokenArrays) -> None:
        self._arrays = arrays

    @classmethod
    def load(cls, folder: Path) -> LateInteraction | None:
        """What `write_tokens` left in `folder`; None where it left nothing.

        Raises:
            IndexDamaged: A file is missing or is not what was saved.
        """
        return cls(load_arrays(folder, TokenArrays)) if folder.is_dir() else None

    def prepare(self, query: EncodedText, text: str, rarity: Callable[[str], float]) -> QueryTokens:
        """The tokens of `text` that count, given what the encoder made of it and how rare a stem is."""
        places, words = content_tokens(query, text)
        weights = np.array([rarity(stem(word)) for word in words], dtype=np.float32)
        states = _project(query.states[places], self._arrays.projection)
        return QueryTokens(states, weights / weights.sum() if len(weights) else weights)

    def project(self, states: Floats) -> Floats:
        """(t, DIRECTIONS) of length 1, what would be kept of (t, d) states."""
        return _project(states, self._arrays.projection)

    def passage(self, position: int, tokens: Tokens, text: str, prefix: int, start: int) -> PassageTokens | None:
        """The tokens of the chunk at a position; None where these are not the tokens that were kept.

        Args:
            position: Of the chunk in the generation.
            tokens: Those of `text`.
            text: What the encoder read: the chunk, behind its title and headings.
            prefix: Characters of the title and the headings.
            start: Where the chunk begins in its note.
        """
        places, _ = content_tokens(tokens, text)
        codes = self._arrays.codes[self._arrays.starts[position] : self._arrays.starts[position + 1]]
        if len(codes) != len(places):
            return None
        return PassageTokens(np.array(codes), tokens.offsets[places, 0].astype(np.int64) + (start - prefix), start)

    def scores(self, query: QueryTokens, positions: NDArray[np.integer]) -> Floats:
        """(n,) scores in [0, 1] of the chunks at (n,) positions; 0 for a chunk or query without tokens that count."""
        starts, ends = self._arrays.starts[positions], self._arrays.starts[positions + 1]
        scores = np.zeros(len(positions), dtype=np.float32)
        some = np.flatnonzero(ends > starts)
        if not len(some) or not len(query.weights):
            return scores
        codes = np.concatenate([self._arrays.codes[starts[at] : ends[at]] for at in some])
        cosines = query.states @ codes.T.astype(np.float32) / np.float32(_SCALE)
        firsts = np.concatenate([[0], np.cumsum(ends[some] - starts[some])[:-1]])
        scores[some] = query.weights @ np.maximum.reduceat(cosines, firsts, axis=1)
        return np.clip(scores, 0, 1)


def content_tokens(tokens: EncodedText | Tokens, text: str) -> tuple[NDArray[np.intp], list[str]]:
    """Places of the tokens that are part of a word other than a stop word, and the word of each in lower case."""
    inside = np.flatnonzero(tokens.words >= 0)
    if not len(inside):
        return inside, []
    firsts = np.flatnonzero(np.diff(tokens.words[inside], prepend=-1))
    starts = np.minimum.reduceat(tokens.offsets[inside, 0], firsts).tolist()
    ends = np.maximum.reduceat(tokens.offsets[inside, 1], firsts).tolist()
    words = [text[start:end].casefold() for start, end in zip(starts, ends, strict=True)]
    counted = [own not in STOP_WORDS and any(map(str.isalnum, own)) for own in words]
    sizes = np.diff(firsts, append=len(inside))
    kept = np.repeat(np.array(counted), sizes)
    return inside[kept], [words[at] for at in np.repeat(np.arange(len(words)), sizes)[kept].tolist()]


def sample_texts() -> list[str]:
    """The beginnings of some of the shipped notes, about 6,000 tokens: what principal directions are fitted on."""
    notes = sorted(SHIPPED_FOLDER.glob("*.md"))[::_SAMPLE_EVERY]
    return [note.read_text("utf-8")[:_SAMPLE_LENGTH] for note in notes]


def fit_projection(texts: Iterable[EncodedText]) -> Floats:
    """(d, DIRECTIONS) the principal directions of the token states of some texts, which hold at least one token."""
    states = np.concatenate([encoded.states for encoded in texts]).astype(np.float64)
    _, directions = np.linalg.eigh(states.T @ states)
    return directions[:, ::-1][:, :DIRECTIONS].astype(np.float32)


def compress(encoded: EncodedText, text: str, projection: Floats) -> Codes:
    """(t, DIRECTIONS) what is kept of the tokens of `text` that count."""
    places, _ = content_tokens(encoded, text)
    return np.rint(_project(encoded.states[places], projection) * _SCALE).astype(np.int8)


def _project(states: Floats, projection: Floats) -> Floats:
    projected = states @ projection
    lengths = np.linalg.norm(projected, axis=1, keepdims=True)
    return np.asarray(projected / np.maximum(lengths, 1e-9), dtype=np.float32)


def write_tokens(
    folder: Path, projection: Floats, sizes: NDArray[np.int64], codes: Iterable[tuple[list[int], Codes]]
) -> None:
    """Write the token states of a generation into `folder`, which is made, never holding all of them in memory.

    Args:
        folder: Where the files go.
        projection: What the states were compressed with.
        sizes: (chunks,) how many tokens each chunk keeps.
        codes: Positions of the chunks that have these codes, and the codes, in any order; every chunk once.
    """
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    save_arrays(folder, TokenArrays(projection, starts, np.empty((0, projection.shape[1]), dtype=np.int8)))
    with open_for_writing(folder / "codes.npy", (int(starts[-1]), projection.shape[1]), np.int8) as write:
        for positions, own in codes:
            for position in positions:
                write(int(starts[position]), own)
