"""What is on this machine and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from agent.settings import Settings

_PACKAGES = ("sentence-transformers", "onnxruntime", "faiss-cpu", "rank-bm25", "langchain-core", "gradio")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked for; what is `optional` may be missing."""

    name: str
    well: bool
    text: str
    optional: bool = False


def examine(folder: Path, settings: Settings) -> list[Finding]:
    """Findings about the packages, the encoder, the web and the index in `folder`; nothing is sent anywhere."""
    return [*map(_package, _PACKAGES), _encoder(), _sandbox(), _web(settings), _index(folder)]


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
