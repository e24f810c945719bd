"""Running a model by sentence-transformers, on a GPU or as the plain path, and exporting it as a graph.

The one door to `torch` and `sentence_transformers`. Nothing here downloads: models come from folders.
"""

from __future__ import annotations

import os
import platform
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.encoder_graph import EMBEDDING, INPUTS, TOKEN_STATES, Floats
from retrieval.encoder_tokens import Tokeniser, Tokens
from retrieval.encoder_weights import Weights
from retrieval.errors import EncoderUnavailable

_OPSET = 17
"""The first with LayerNormalization as one operator."""
_BATCH = {"cpu": 32, "cuda": 256, "mps": 64}
"""Texts; sentence-transformers puts texts of like length together."""
_GPU_DEVICES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
"""Device files of NVIDIA's, AMD's and Windows' (under WSL) GPU drivers."""


class TorchRunner:
    """A model as sentence-transformers runs it: fp32 on a CPU, fp16 on a GPU. Safe to use from many threads."""

    def __init__(self, weights: Weights, device: str = "cpu") -> None:
        self._weights = weights
        self._device = device
        self._model = _load(weights, device, {} if device == "cpu" else {"dtype": "float16"})
        self.dimension = int(self.embed([""]).shape[1])

    @property
    def path(self) -> str:
        """How it runs, for people."""
        return f"sentence-transformers on {self._device}"

    def embed(self, texts: Sequence[str]) -> Floats:
        """(n, d) rows of length 1, in the order of `texts`."""
        rows = self._model.encode(
            list(texts),
            prompt="",  # prefixes were added before
            batch_size=_BATCH.get(self._device, _BATCH["cpu"]),
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return _unit_rows(rows)

    def token_states(self, texts: Sequence[str]) -> list[tuple[Tokens, Floats, Floats]]:
        """Tokens of each text, their (t, d) states of length 1, and its (d,) embedding."""
        tokens = self.tokens(texts)
        states = self._model.encode(list(texts), prompt="", output_value="token_embeddings", show_progress_bar=False)
        rows = [_unit_rows(own.float().cpu().numpy()) for own in states]
        return list(zip(tokens, rows, self.embed(texts), strict=True))

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Tokens of each text."""
        file = self._weights.folder / "tokenizer.json"
        if not file.is_file():
            raise EncoderUnavailable(
                f"{str(file)!r} is missing, without which tokens can't be told; get the model again"
            )
        return Tokeniser(file, self._weights.max_tokens).tokens(texts)


def find_accelerator() -> str | None:
    """`cuda` (also AMD's ROCm) or `mps` where PyTorch can compute on it, else None.

    PyTorch takes seconds to import, so it is asked only where a driver is there.
    """
    apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    if not (apple or platform.system() == "Windows" or any(map(os.path.exists, _GPU_DEVICES))):
        return None
    try:
        import torch
    except ImportError:
        return None
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else None


def export_graph(weights: Weights, path: Path, probes: Sequence[str]) -> tuple[int, Floats]:
    """Writes the model to `path` as an ONNX graph; the heads of a layer, and the model's own rows for `probes`.

    Pooling and normalisation are part of the graph: its inputs and outputs are those that `encoder_graph` names.
    """
    import torch

    model = _load(weights, "cpu", {"attn_implementation": "eager"})

    class Graph(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            made = self.model(dict(zip(INPUTS, (ids, mask), strict=True)))
            normalize = torch.nn.functional.normalize
            return normalize(made["sentence_embedding"], dim=-1), normalize(made["token_embeddings"], dim=-1)

    expected = _unit_rows(model.encode(list(probes), prompt="", convert_to_numpy=True, show_progress_bar=False))
    ids = torch.arange(100, 118).reshape(2, 9)
    mask = torch.ones_like(ids)
    mask[1, 6:] = 0  # with no filling in the example, the export would leave the mask out
    free = {0: "texts", 1: "tokens"}
    with _quiet(), torch.no_grad():
        torch.onnx.export(
            Graph().eval(),
            (ids, mask),
            str(path),
            input_names=list(INPUTS),
            output_names=[EMBEDDING, TOKEN_STATES],
            dynamic_axes={INPUTS[0]: free, INPUTS[1]: free, TOKEN_STATES: free, EMBEDDING: {0: "texts"}},
            opset_version=_OPSET,
            dynamo=False,
        )
    return int(getattr(model[0].auto_model.config, "num_attention_heads", 0)), expected


def _load(weights: Weights, device: str, model_settings: dict[str, Any]) -> Any:
    with _quiet():
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(
            str(weights.folder), device=device, local_files_only=True, model_kwargs=model_settings
        )
    model.max_seq_length = weights.max_tokens
    return model.eval()


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bar of the loader, and none of the exporter's warnings, which no user can act on."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _unit_rows(rows: Any) -> Floats:
    """The rows in fp32 and of length 1, which half precision alone misses by a thousandth."""
    exact = np.asarray(rows, dtype=np.float32)
    unit: Floats = exact / np.maximum(np.linalg.norm(exact, axis=-1, keepdims=True), np.float32(1e-12))
    return unit
