"""Encoding with a model that was turned into one ONNX graph: tokenise, batch, run, put the rows back in order."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.encoder_tokens import Padded, Tokeniser, Tokens, plan_batches
from retrieval.encoder_weights import Weights
from retrieval.errors import EncoderUnavailable

_log = logging.getLogger(__name__)

Floats = NDArray[np.float32]

INPUTS = ("input_ids", "attention_mask")
"""Both (texts, tokens) int64."""
EMBEDDING, TOKEN_STATES = "embedding", "token_states"
"""The outputs of a graph: (texts, d) and (texts, tokens, d), both of length 1."""

_GRAPH_VERSION = 1
"""Part of a graph's file name; raise it when what is exported changes."""
_WINDOW = 4096
"""Texts that are tokenised at a time: enough to stand beside others of their length, and at most 100 MB of ids."""
_LEAST_COSINE = 0.9999
"""Between a graph and the model that it was made of, or the graph is thrown away."""
_PROBES = (
    "Why are attention scores scaled by the square root of the key dimension?",
    "L2 regularisation, k-means and x_{t-1}",
    "NAÏVE Bayes: Ä, é, 模型, привет",
    "  \n\ttabs and   spaces ",
    "",
    "gradient " * 600,
)
"""Unlike each other in length, case, alphabet and white space; the last is longer than any model reads."""


class GraphUnavailable(EncoderUnavailable):
    """No graph could be made of a model; it can still be run by sentence-transformers."""


class Engine(Protocol):
    """What runs a graph.

    Attributes:
        batch_tokens: Tokens, filling included, that it likes in a batch.
    """

    batch_tokens: int

    def run(self, outputs: Sequence[str], batches: Iterable[Padded]) -> list[list[Floats]]:
        """The named outputs for each batch."""
        ...


class GraphRunner:
    """A graph with its tokeniser. Each row depends on its own text only, up to rounding."""

    def __init__(self, tokeniser: Tokeniser, engine: Engine) -> None:
        self._tokeniser = tokeniser
        self._engine = engine
        ((first,),) = engine.run([EMBEDDING], [tokeniser.pad(tokeniser.ids([""]))])
        self.dimension = int(first.shape[1])

    @property
    def path(self) -> str:
        """How it runs, for people."""
        return str(self._engine)

    def embed(self, texts: Sequence[str]) -> Floats:
        """(n, d) rows of length 1, in the order of `texts`."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _WINDOW):
            ids = self._tokeniser.ids(texts[start : start + _WINDOW])
            plan, outputs = self._run([EMBEDDING], ids)
            for places, (output,) in zip(plan, outputs, strict=True):
                rows[start + places] = output
        return rows

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Tokens of each text."""
        return self._tokeniser.tokens(texts)

    def token_states(self, texts: Sequence[str]) -> list[tuple[Tokens, Floats, Floats]]:
        """Tokens of each text, their (t, d) states of length 1, and its (d,) embedding."""
        tokens = self._tokeniser.tokens(texts)
        plan, outputs = self._run([TOKEN_STATES, EMBEDDING], [own.ids.tolist() for own in tokens])
        made: dict[int, tuple[Floats, Floats]] = {}
        for places, (states, embeddings) in zip(plan, outputs, strict=True):
            for row, place in enumerate(places.tolist()):
                made[place] = states[row, : len(tokens[place].ids)].copy(), embeddings[row]
        return [(own, *made[place]) for place, own in enumerate(tokens)]

    def _run(
        self, outputs: Sequence[str], ids: Sequence[Sequence[int]]
    ) -> tuple[list[NDArray[np.intp]], list[list[Floats]]]:
        plan = plan_batches([len(own) for own in ids], self._engine.batch_tokens)
        batches = (self._tokeniser.pad([ids[place] for place in places]) for places in plan)
        return plan, self._engine.run(outputs, batches)


def open_graph(weights: Weights, cache: Path, open_engine: Callable[[Path], Engine]) -> GraphRunner:
    """A runner for `weights`; the graph is made the first time, which needs PyTorch and some seconds.

    Args:
        weights: The model.
        cache: Folder that keeps graphs between runs.
        open_engine: Makes an engine for a graph file.

    Raises:
        GraphUnavailable: No graph can be made, kept or opened.
    """
    path = cache / f"{weights.identity}-v{_GRAPH_VERSION}.onnx"
    if path.is_file():
        try:
            return GraphRunner(_tokeniser(weights), open_engine(path))
        except Exception as error:  # whatever a run time says about a damaged file: it is made anew
            _log.warning("%s cannot be opened (%s); it is made anew", path, error)
    try:
        _make_graph(weights, path)
        return GraphRunner(_tokeniser(weights), open_engine(path))
    except Exception as error:  # exporters fail in many ways, and all of them leave the plain path
        raise GraphUnavailable(f"no ONNX graph of the encoder in {str(weights.folder)!r}: {error}") from error


def _tokeniser(weights: Weights) -> Tokeniser:
    return Tokeniser(weights.folder / "tokenizer.json", weights.max_tokens)


def _make_graph(weights: Weights, path: Path) -> None:
    """Export, speed up, compare with the model itself, and only then put in its place."""
    from retrieval.encoder_onnx import OnnxEngine
    from retrieval.encoder_torch import export_graph

    tokeniser = _tokeniser(weights)  # first, since without one the rest is in vain
    _log.info("preparing the encoder in %s; this happens once", weights.folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="export-") as folder:
        exported = Path(folder) / "exported.onnx"
        heads, expected = export_graph(weights, exported, _PROBES)
        graph = _fuse(exported, heads, expected.shape[1])
        actual = GraphRunner(tokeniser, OnnxEngine(graph)).embed(_PROBES)
        if not (least := float((actual * expected).sum(axis=1).min())) >= _LEAST_COSINE:
            raise EncoderUnavailable(f"the graph gives other embeddings than the model: cosine {least:.5f}")
        graph.replace(path)


def _fuse(exported: Path, heads: int, hidden: int) -> Path:
    """The fused graph, or the exported one where the optimiser gives up (it does on some poolings)."""
    from retrieval.encoder_onnx import fuse_graph

    fused = exported.with_name("fused.onnx")
    try:
        fuse_graph(exported, fused, heads, hidden)
    except Exception as error:  # it raises whatever its pattern matching ran into
        _log.info("the graph stays as it was exported: %s", error)
        return exported
    return fused
