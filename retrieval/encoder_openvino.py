"""Running a graph in OpenVINO with bfloat16, for bulk encoding. The one door to `openvino`.

OpenVINO's Python package reports each import to a web analytics service by a companion package, `openvino_telemetry`.
That package is hidden while `openvino` is imported, so that nothing is sent and no identifier is written.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.encoder_graph import EMBEDDING, INPUTS, Floats
from retrieval.encoder_tokens import Padded

_log = logging.getLogger(__name__)

_TELEMETRY = "openvino_telemetry"
_CPU_DESCRIPTION = Path("/proc/cpuinfo")
_NATIVE_BFLOAT16 = {"avx512_bf16", "amx_bf16"}
"""Without one of these instruction sets bfloat16 is emulated, and slower than fp32."""
_BATCH_TOKENS = 1024
"""A batch is run by one stream of few cores; larger ones were no faster."""


class OpenVinoEngine:
    """A graph that was compiled for this CPU. Safe to use from many threads.

    Embeddings are within a cosine of 0.9999 of fp32; the same text in another batch within 0.99998.
    """

    batch_tokens = _BATCH_TOKENS

    def __init__(self, graph: Path) -> None:
        openvino = _import_openvino()
        core = openvino.Core()
        whole = core.read_model(str(graph))
        settings = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "bf16"}

        @lru_cache(maxsize=2)
        def compile_for(output: str) -> Any:
            part = openvino.Model([whole.output(output)], whole.get_parameters())
            return core.compile_model(part, "CPU", settings)

        self._compile_for = compile_for
        self._queue = openvino.AsyncInferQueue
        self._dimension = int(whole.output(EMBEDDING).partial_shape[1].get_length())

    def __str__(self) -> str:
        return "OpenVINO bf16"

    @property
    def dimension(self) -> int:
        return self._dimension

    def run(self, output: str, batches: Iterable[Padded]) -> list[Floats]:
        """The named output for each batch."""
        found: dict[int, Floats] = {}

        def keep(request: Any, place: int) -> None:
            found[place] = np.array(request.get_output_tensor(0).data, dtype=np.float32)

        queue = self._queue(self._compile_for(output))
        queue.set_callback(keep)
        for place, batch in enumerate(batches):
            queue.start_async(dict(zip(INPUTS, (batch.ids, batch.mask), strict=True)), place)
        queue.wait_all()
        return [found[place] for place in range(len(found))]


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
