"""Texts into vectors: the seam that the index knows, and the choice of the fastest way on this machine.

    purpose    way                                          when
    query      ONNX Runtime, fp32                           always; loads in 0.3 s, without PyTorch
    bulk       sentence-transformers, fp16                  a GPU that PyTorch can use
               OpenVINO, bf16                               installed, and the CPU has bfloat16 instructions
               ONNX Runtime, fp32                           otherwise
    both       sentence-transformers, fp32                  no ONNX graph can be made of the model

All ways of the same weights share one fingerprint: their vectors may be compared.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.encoder_graph import Engine, GraphUnavailable, open_graph
from retrieval.encoder_tokens import Tokens, replace_surrogates
from retrieval.encoder_weights import Weights, find_weights
from retrieval.errors import EncoderUnavailable
from retrieval.file_digests import FileDigests

_log = logging.getLogger(__name__)

Floats = NDArray[np.float32]
Purpose = Literal["query", "bulk"]


@dataclass(frozen=True, slots=True)
class EncodedText:
    """A text with the state of each of its tokens, which late interaction compares.

    Attributes:
        embedding: (d,) of length 1, the same that `encode` gives.
        states: (t, d) rows of length 1.
        words: (t,) number of the word that a token is part of; -1 for tokens that do not stand in the text.
        offsets: (t, 2) first code point of a token in the text, and one past its last.
    """

    embedding: Floats
    states: Floats
    words: NDArray[np.int32]
    offsets: NDArray[np.int32]


class Encoder(Protocol):
    """Texts into vectors whose inner product is their likeness. Safe to use from many threads."""

    @property
    def fingerprint(self) -> str:
        """Names the weights, the tokeniser, the pooling and the cut; vectors with another one can't be compared."""
        ...

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """(n, d) rows of length 1 for passages; (0, d) for none. Rows don't depend on each other."""
        ...

    def encode_query(self, text: str) -> Floats:
        """(d,) vector of length 1."""
        ...

    def encode_tokens(self, texts: Sequence[str], *, query: bool = False) -> list[EncodedText]:
        """Embedding and token states of each text, as passages or as queries."""
        ...

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens that `encode_tokens` gives of each passage, without their states: a matter of microseconds."""
        ...


class Runner(Protocol):
    """One way to run an encoder's weights; `path` names it for people."""

    @property
    def path(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Floats: ...

    def token_states(self, texts: Sequence[str]) -> list[tuple[Tokens, Floats, Floats]]:
        """Tokens, (t, d) states and (d,) embedding of each text."""
        ...

    def tokens(self, texts: Sequence[str]) -> list[Tokens]: ...


class LocalEncoder:
    """An encoder on this machine, whose weights are loaded when the first text comes."""

    def __init__(self, weights: Weights, open_runner: Callable[[], Runner]) -> None:
        self._weights = weights
        self._open_runner = open_runner
        self._opened: Runner | None = None
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        """Names the weights, the tokeniser, the pooling and the cut; the same for every way to run them."""
        return self._weights.fingerprint

    @property
    def dimension(self) -> int:
        return self._runner.dimension

    @property
    def path(self) -> str:
        """How the weights are run, for people: `ONNX Runtime fp32`."""
        return self._runner.path

    def encode(self, texts: Sequence[str]) -> Floats:
        """(n, d) rows of length 1 for passages; (0, d) for none. Lone surrogates are read as U+FFFD."""
        return self._embed(self._weights.text_prefix, texts)

    def encode_query(self, text: str) -> Floats:
        """(d,) vector of length 1."""
        vector: Floats = self._embed(self._weights.query_prefix, [text])[0]
        return vector

    def encode_tokens(self, texts: Sequence[str], *, query: bool = False) -> list[EncodedText]:
        """Embedding and token states of each text, of which at most the encoder's `max_tokens` tokens are read."""
        prefix = self._weights.query_prefix if query else self._weights.text_prefix
        clean = [replace_surrogates(prefix + text) for text in texts]
        made = self._runner.token_states(clean) if clean else []
        return [_encoded(_without_prefix(len(prefix), own), states, row) for own, states, row in made]

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens that `encode_tokens` gives of each passage, without their states."""
        prefix = self._weights.text_prefix
        made = self._runner.tokens([replace_surrogates(prefix + text) for text in texts]) if texts else []
        return [_without_prefix(len(prefix), own) for own in made]

    def _embed(self, prefix: str, texts: Sequence[str]) -> Floats:
        if isinstance(texts, str):
            raise TypeError("encode() takes a list of texts, not one text; use encode_query() for a query")
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return self._runner.embed([replace_surrogates(prefix + text) for text in texts])

    @property
    def _runner(self) -> Runner:
        with self._lock:
            if self._opened is None:
                self._opened = self._open_runner()
                _log.debug("encoding by %s", self._opened.path)
            return self._opened


def _encoded(tokens: Tokens, states: Floats, embedding: Floats) -> EncodedText:
    return EncodedText(embedding, states, tokens.words, tokens.offsets)


def _without_prefix(prefix: int, tokens: Tokens) -> Tokens:
    """Tokens of a text as it was before a prefix of that many characters, which has no tokens of the text."""
    inside = tokens.offsets[:, 0] >= prefix
    offsets = np.maximum(tokens.offsets - prefix, 0).astype(np.int32)
    return Tokens(tokens.ids, np.where(inside, tokens.words, -1).astype(np.int32), offsets)


def load_encoder(
    spec: str | None = None,
    *,
    purpose: Purpose = "query",
    cache_dir: Path | None = None,
    max_tokens: int | None = None,
    find_accelerator: Callable[[], str | None] | None = None,
) -> Encoder:
    """An encoder by name or folder; nothing is ever downloaded.

    Args:
        spec: None or `all-MiniLM-L6-v2` for the shipped weights, the folder of a sentence-transformers model, or the
            name of one in the Hugging Face cache.
        purpose: `query` answers soonest, `bulk` encodes most texts a second.
        cache_dir: Where prepared models are kept; None is the user's cache folder.
        max_tokens: Where texts are cut; None is what the model's authors published (for the shipped one 512).
        find_accelerator: Names the GPU to use for bulk encoding, or None; by default PyTorch is asked.

    Raises:
        EncoderUnavailable: There is no such model on this machine, or nothing that can run it.
        ValueError: `max_tokens` is more than the model can read.
    """
    cache = cache_dir or default_cache()
    weights = find_weights(spec, FileDigests(cache / "digests.json"), max_tokens)
    return LocalEncoder(weights, partial(_open_runner, weights, purpose, cache, find_accelerator))


def _open_runner(
    weights: Weights, purpose: Purpose, cache: Path, find_accelerator: Callable[[], str | None] | None
) -> Runner:
    if purpose == "bulk" and (device := _accelerator(find_accelerator)):
        return _open_torch(weights, device)
    try:
        return open_graph(weights, cache, _open_for_bulk if purpose == "bulk" else _open_for_queries)
    except GraphUnavailable as reason:
        _log.warning("%s; sentence-transformers runs it instead, which loads and answers more slowly", reason)
        return _open_torch(weights, "cpu")


def _accelerator(find: Callable[[], str | None] | None) -> str | None:
    if find is not None:
        return find()
    from retrieval.encoder_torch import find_accelerator

    return find_accelerator()


def _open_torch(weights: Weights, device: str) -> Runner:
    from retrieval.encoder_torch import TorchRunner

    try:
        return TorchRunner(weights, device)
    except (ImportError, OSError, ValueError, RuntimeError) as error:
        raise EncoderUnavailable(
            f"the encoder in {str(weights.folder)!r} cannot be loaded: {error}; see `footnote doctor`"
        ) from error


def _open_for_queries(graph: Path) -> Engine:
    from retrieval.cores import physical_cores
    from retrieval.encoder_onnx import QUERY_THREADS, OnnxEngine

    return OnnxEngine(graph, min(physical_cores(), QUERY_THREADS))


def _open_for_bulk(graph: Path) -> Engine:
    from retrieval.encoder_onnx import OnnxEngine
    from retrieval.encoder_openvino import OpenVinoEngine, pays_off

    if pays_off():
        try:
            return OpenVinoEngine(graph)
        except Exception as error:  # an optional library must not stop an index from being made
            _log.warning("OpenVINO cannot run %s (%s); ONNX Runtime does", graph, error)
    return OnnxEngine(graph)


def default_cache() -> Path:
    """The folder in the user's cache that keeps prepared encoders."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("footnote", appauthor=False)) / "encoders"
