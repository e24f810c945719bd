"""What a run depends on, and the machine that it ran on.

Two records may stand for each other when their setups and questions are equal: the cache and `--resume` rely on that.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import agent
import corpus
import retrieval
from corpus import Note
from retrieval import Index

Dial = str | int | float
"""The value of a setting."""

_CODE_SUFFIXES = (".py", ".json", ".md", ".txt", ".yaml")
_PACKAGES = ("footnote", "numpy", "faiss-cpu", "onnxruntime", "torch", "transformers", "smolagents")


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that a record depends on beside its question.

    Attributes:
        model: Spec of the model; empty when only the search is asked.
        mode: How it answers, or how the search ranks.
        settings: Name → value of every setting, by its dotted name.
        index: Digest of the notes, the way they are cut, and the encoder.
        code: Digest of the packages that answer.
        entailment: Name of the entailment model, empty without one.
    """

    model: str
    mode: str
    settings: Mapping[str, Dial]
    index: str
    code: str
    entailment: str = ""

    @property
    def retrieval_only(self) -> bool:
        """Whether only the search is asked."""
        return not self.model

    def key(self, *parts: object) -> str:
        """A digest of the setup together with `parts`, which must be JSON."""
        content = json.dumps([asdict(self), *parts], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Machine:
    """Where numbers were measured."""

    system: str
    processor: str
    cores: int
    memory_gb: float
    versions: Mapping[str, str]

    @property
    def description(self) -> str:
        """One line for people."""
        return f"{self.processor}, {self.cores} cores, {self.memory_gb:.0f} GB, {self.system}"


def index_digest(index: Index, notes: Collection[Note]) -> str:
    """A digest of what a search over `index` depends on: its notes, its passages and its encoder."""
    digest = hashlib.sha256(f"{index.query_encoder.fingerprint} {index.counts()}".encode())
    for note in sorted(notes, key=lambda one: one.note_id):
        for part in (note.note_id, note.title, note.text):
            encoded = part.encode("utf-8", "surrogatepass")
            digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()


@lru_cache(maxsize=1)
def code_digest() -> str:
    """A digest of every file of `corpus`, `retrieval` and `agent` that can change an answer, the notes apart."""
    digest = hashlib.sha256()
    for package in (corpus, retrieval, agent):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*")):
            if path.suffix in _CODE_SUFFIXES and "notes" not in path.relative_to(root).parts:
                digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def this_machine() -> Machine:
    """The machine and the versions in use."""
    return Machine(
        system=f"{platform.system()} {platform.release()}",
        processor=_processor(),
        cores=os.cpu_count() or 1,
        memory_gb=_memory_gb(),
        versions={"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}},
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    """The model name, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _memory_gb() -> float:
    """Of the whole machine; 0 where the system does not tell."""
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return 0.0
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
