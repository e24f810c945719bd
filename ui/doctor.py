"""What is on this machine and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from agent.settings import Settings

_PACKAGES = ("sentence-transformers", "onnxruntime", "faiss-cpu", "rank-bm25", "langchain-core", "gradio")
_SERVERS = {
    "vLLM or transformers serve": "http://127.0.0.1:8000/v1",
    "SGLang": "http://127.0.0.1:30000/v1",
    "llama.cpp": "http://127.0.0.1:8080/v1",
    "Ollama": "http://127.0.0.1:11434/v1",
}
"""Where these servers listen unless told otherwise."""
_NONE = "none; `footnote model list` names some, `footnote model get ID` downloads one"
_GRAMMAR = {
    True: "xgrammar is installed: agents on a local model write only actions that can be read",
    False: "xgrammar is not installed; run `pip install 'footnote[grammar]'` for agents on a local model",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked for; what is `optional` may be missing."""

    name: str
    well: bool
    text: str
    optional: bool = False


def examine(folder: Path, settings: Settings) -> list[Finding]:
    """Findings about the packages, the encoder, the web and the index in `folder`; nothing is sent anywhere."""
    return [*map(_package, _PACKAGES), _encoder(), _sandbox(), *_models(), _web(settings), _index(folder)]


def _package(name: str) -> Finding:
    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, False, f"not installed; run `pip install {name}`")


def _encoder() -> Finding:
    from retrieval.encoder import load_encoder
    from retrieval.errors import RetrievalError

    try:
        encoder = load_encoder()
    except RetrievalError as error:
        return Finding("encoder", False, str(error))
    return Finding(
        "encoder", True, f"all-MiniLM-L6-v2, {encoder.dimension} dimensions, fingerprint {encoder.fingerprint}"
    )


def _models() -> list[Finding]:
    """What could write answers: memory, downloaded models, SmolLM2, servers on this machine."""
    from agent.found_models import advice, is_downloaded, model_table, this_machine
    from agent.grammar import grammar_is_there
    from agent.models import SMOLLM2_ADVICE, resolve_spec, smollm2_is_there
    from agent.server_model import model_names

    machine = this_machine()
    gpu = f"GPU with {machine.gpu_memory:.0f} GiB" if machine.gpu_memory else "no NVIDIA GPU"
    small = "installed: --model smollm2" if smollm2_is_there() else f"not installed; {SMOLLM2_ADVICE}"
    there = [model.id for model in model_table() if is_downloaded(model)]
    findings = [
        Finding("memory", True, f"{machine.memory:.1f} GiB free, {gpu}"),
        Finding("model", True, f"`--model auto` is {resolve_spec('auto')}; {advice(machine)}"),
        Finding("smollm2", smollm2_is_there(), small, optional=True),
        Finding("downloaded models", bool(there), ", ".join(there) or _NONE, optional=True),
        Finding("grammar", grammar_is_there(), _GRAMMAR[grammar_is_there()], optional=True),
    ]
    for name, url in _SERVERS.items():
        if (names := model_names(url)) is not None:
            findings.append(Finding(name, True, f"{url} serves {', '.join(names) or 'no model'}", optional=True))
    return findings


def _sandbox() -> Finding:
    from agent.errors import SandboxUnavailable
    from agent.sandbox_pool import second_wall

    try:
        return Finding("sandbox", True, f"second wall: {second_wall().reason}")
    except SandboxUnavailable as error:
        return Finding("sandbox", False, str(error))


def _web(settings: Settings) -> Finding:
    from agent.errors import WebError
    from agent.web_search import open_provider

    try:
        provider = open_provider(settings.web)
    except WebError as error:
        return Finding("web search", False, str(error), optional=True)
    return Finding("web search", True, f"{provider.name}; used only with `footnote ask --web`")


def _index(folder: Path) -> Finding:
    from retrieval import Index
    from retrieval.errors import IndexMissing, RetrievalError

    try:
        with Index.open(folder) as index:
            index.check()
            notes, passages = index.counts()
    except IndexMissing:
        return Finding("index", False, f"none in {folder} yet; `footnote index PATH` makes one", optional=True)
    except RetrievalError as error:
        return Finding("index", False, str(error))
    return Finding("index", True, f"{notes} notes, {passages} passages in {folder}; every byte is as it was written")
