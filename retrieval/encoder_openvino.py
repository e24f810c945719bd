"""Running a graph in OpenVINO with bfloat16, for bulk encoding. The one door to `openvino`.

OpenVINO's Python package reports each import to a web analytics service by a companion package, `openvino_telemetry`.
That package is hidden while `openvino` is imported, so that nothing is sent and no identifier is written.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.cores import physical_cores
from retrieval.encoder_graph import INPUTS, Floats
from retrieval.encoder_tokens import Padded

_TELEMETRY = "openvino_telemetry"
_CPU_DESCRIPTION = Path("/proc/cpuinfo")
_SETTINGS = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "bf16"}
_NATIVE_BFLOAT16 = {"avx512_bf16", "amx_bf16"}
"""Without one of these instruction sets bfloat16 is emulated, and slower than fp32."""
_TOKENS_PER_CORE = 1024
"""Of a batch; 512 to 2,048 were equally fast."""


class OpenVinoEngine:
    """A graph that was compiled for this CPU. Safe to use from many threads, which then take turns.

    Embeddings are within a cosine of 0.9999 of fp32, and within 0.9999 of each other whatever the batch. One request
    runs at a time, on all cores: OpenVINO's queue of several requests is hardly faster, and was seen to hang when
    it is let go of, and to abort the process at its end.
    """

    def __init__(self, graph: Path) -> None:
        openvino = _import_openvino()
        self._lock = threading.Lock()
        self._core: Any = openvino.Core()
        self._graph: Any = self._core.read_model(str(graph))
        self._make_model = openvino.Model
        self._requests: dict[tuple[str, ...], Any] = {}
        self.batch_tokens = physical_cores() * _TOKENS_PER_CORE

    def __str__(self) -> str:
        return "OpenVINO bf16"

    def run(self, outputs: Sequence[str], batches: Iterable[Padded]) -> list[list[Floats]]:
        """The named outputs for each batch."""
        with self._lock:
            request = self._request(tuple(outputs))
            return [_infer(request, batch, len(outputs)) for batch in batches]

    def _request(self, outputs: tuple[str, ...]) -> Any:
        """What computes those outputs and nothing else; compiled when it is first asked for."""
        if outputs not in self._requests:
            part = self._make_model([self._graph.output(name) for name in outputs], self._graph.get_parameters())
            compiled = self._core.compile_model(part, "CPU", _SETTINGS)
            self._requests[outputs] = compiled.create_infer_request()
        return self._requests[outputs]


def _infer(request: Any, batch: Padded, outputs: int) -> list[Floats]:
    request.infer(dict(zip(INPUTS, (batch.ids, batch.mask), strict=True)), share_inputs=True)
    return [np.array(request.get_output_tensor(place).data, dtype=np.float32) for place in range(outputs)]


def pays_off() -> bool:
    """Whether OpenVINO is installed and the CPU computes in bfloat16."""
    return find_spec("openvino") is not None and cpu_has_bfloat16()


def cpu_has_bfloat16(description: Path = _CPU_DESCRIPTION) -> bool:
    """Whether every core has bfloat16 instructions; False where the system doesn't tell."""
    try:
        lines = description.read_text("utf-8").splitlines()
    except OSError:
        return False
    flags = [set(line.partition(":")[2].split()) for line in lines if line.startswith("flags")]
    return bool(flags) and all(_NATIVE_BFLOAT16 & own for own in flags)


def _import_openvino() -> Any:
    with _hidden(_TELEMETRY):
        import openvino
    return openvino


@contextmanager
def _hidden(module: str) -> Iterator[None]:
    """Makes `import module` fail inside the block, as if it were not installed."""
    loaded = sys.modules.get(module)
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]
        if loaded is not None:
            sys.modules[module] = loaded
