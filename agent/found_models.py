"""Which language models are on this machine, and which fit it. No heavy library is loaded to find out.

The table names models with open licences by size, to be checked with their publishers; none of them has been measured
here.
SmolLM2 is never chosen by itself: it invents when the passages are silent, and `extractive` does not.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from agent.settings import hub_cache

_ROOM: Final = 1.25
"""Memory for weights and the state of a long prompt, in sizes of the weights."""
_LARGEST_ON_CPU: Final = 2.0
"""Billions of weights; a larger one writes fewer than some two tokens a second without a GPU."""
_GPU_SECONDS: Final = 5.0
_GIB: Final = 2**30


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model of the table."""

    id: str
    billions: float
    licence: str

    def gib(self, *, gpu: bool) -> float:
        """Memory that it needs: 16 bits a weight on a GPU, 32 on a CPU."""
        return self.billions * 1e9 * (2 if gpu else 4) * _ROOM / _GIB


@dataclass(frozen=True, slots=True)
class Machine:
    """Memory in GiB: what is free for programs, and that of the largest NVIDIA GPU (0 without one)."""

    memory: float
    gpu_memory: float = 0.0

    def fits(self, model: KnownModel) -> bool:
        """Whether the model would run here at a bearable speed."""
        if self.gpu_memory:
            return model.gib(gpu=True) <= self.gpu_memory
        return model.billions <= _LARGEST_ON_CPU and model.gib(gpu=False) <= self.memory


@cache
def model_table() -> tuple[KnownModel, ...]:
    """The models that we name, smallest first."""
    return tuple(
        KnownModel(**row) for row in json.loads(Path(__file__).with_name("model_table.json").read_text("utf-8"))
    )


def this_machine() -> Machine:
    """The memory of this machine."""
    import psutil

    return Machine(psutil.virtual_memory().available / _GIB, _gpu_memory())


def is_downloaded(model: KnownModel, folder: Path | None = None) -> bool:
    """Whether all files of a model are in the hub's cache: weights, configuration, and none half-way."""
    place = (folder or hub_cache()) / f"models--{model.id.replace('/', '--')}"
    whole = any(_is_whole(configuration.parent) for configuration in place.glob("snapshots/*/config.json"))
    return whole and not any(place.glob("blobs/*.incomplete"))


def best_downloaded(machine: Machine, folder: Path | None = None) -> KnownModel | None:
    """The largest model of the table that is on this machine and fits it."""
    return next(
        (model for model in reversed(model_table()) if machine.fits(model) and is_downloaded(model, folder)), None
    )


def advice(machine: Machine) -> str:
    """One line: how to get a better model than the one that is there."""
    fitting = [model for model in model_table() if machine.fits(model)]
    if not fitting:
        return "no model of the table fits this machine; a server can be used with --model openai:MODEL@URL"
    best = fitting[-1]
    size = f"{best.billions:g} billion weights, {best.licence}"
    return f"run `footnote model get {best.id}` ({size}), which fits this machine"


def _is_whole(snapshot: Path) -> bool:
    """Whether all weights are there; where there are several files of them, an index names them all."""
    index = snapshot / "model.safetensors.index.json"
    if not index.exists():
        return any(snapshot.glob("*.safetensors"))
    try:
        files = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, AttributeError):
        return False  # a damaged index names nothing
    return all((snapshot / file).exists() for file in files)


def _gpu_memory() -> float:
    """GiB of the largest NVIDIA GPU."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return 0.0
    asked = [command, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=_GPU_SECONDS, check=True)
        return max(float(line) for line in done.stdout.split()) / 1024
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0.0  # a driver without a working GPU counts as none
