"""Loads a language model and its tokenizer, and refuses what would only fail later."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from agent.errors import ModelUnavailable, first_line
from agent.settings import BITS_VARIABLE

_UNBOUNDED: Final = 10**6
"""Tokens; a configuration that names more, or none, does not know its window."""

_SHARED_KEYS: Final = "TRANSFORMERS_SDPA_FORCE_GQA"
"""Tells transformers not to copy keys and values for every head that shares them; PyTorch's attention on a CPU needs
no copies."""

_NO_MEMORY: Final = ("not enough memory", "can't allocate memory", "cannot allocate memory")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the weights are: a hub id or a folder, and the file in it if they are a GGUF."""

    place: str
    gguf_file: str | None = None

    def __str__(self) -> str:
        return str(Path(self.place) / self.gguf_file) if self.gguf_file else self.place


@dataclass(frozen=True, slots=True)
class Weights:
    """A model that is ready to generate, its tokenizer, and how many tokens it can look back on."""

    source: Source
    model: Any
    tokenizer: Any
    window: int


def load_weights(source: Source, bits: int = 16) -> Weights:
    """The model at `source`, on the GPU where there is one; nothing is downloaded while the hub is set offline.

    Raises:
        ModelUnavailable: The files are missing, damaged or incomplete, the tokenizer is not that of the model, there is
            no chat template, or the memory does not suffice.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    placement = _placement(bits)
    _check_there(source)
    named = {"gguf_file": source.gguf_file} if source.gguf_file else {}
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.place, **named)
        loaded: Any = AutoModelForCausalLM.from_pretrained(source.place, output_loading_info=True, **named, **placement)
        model, loading = loaded
    except Exception as error:  # readers of foreign files raise whatever they like
        if is_memory(error):
            raise ModelUnavailable(
                f"{source} does not fit the memory; `footnote model list` names smaller models"
            ) from error
        raise ModelUnavailable(
            f"the model {source} cannot be loaded: {type(error).__name__}: {first_line(error)}"
        ) from error
    _check_complete(source, loading)
    _check_tokenizer(source, model, tokenizer)
    return Weights(source, model.eval(), tokenizer, window_of(model.config))


def window_of(config: Any) -> int:
    """Tokens of the model's window."""
    text = config.get_text_config()
    window = getattr(text, "max_position_embeddings", None) or _UNBOUNDED
    return min(int(window), _UNBOUNDED)


def is_memory(error: Exception) -> bool:
    """Whether an error says that memory ran out: PyTorch says so in a plain `RuntimeError` on a CPU."""
    import torch

    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in _NO_MEMORY)


def _placement(bits: int) -> dict[str, Any]:
    """Where and how exactly the weights are held: as published on a GPU, 32 bits on a CPU, which is faster there."""
    import torch

    if not torch.cuda.is_available():
        if bits != 16:
            raise ModelUnavailable(
                f"{bits}-bit loading needs a CUDA GPU; leave {BITS_VARIABLE} and --bits at 16, or take a smaller model"
            )
        os.environ.setdefault(_SHARED_KEYS, "1")
        return {"dtype": torch.float32}
    placed: dict[str, Any] = {"dtype": "auto", "device_map": "auto" if torch.cuda.device_count() > 1 else "cuda"}
    if bits != 16:
        import transformers

        if find_spec("bitsandbytes") is None:
            raise ModelUnavailable(f"{bits}-bit loading needs the package bitsandbytes; run `pip install bitsandbytes`")
        quantization: Any = transformers.BitsAndBytesConfig
        placed["quantization_config"] = quantization(load_in_8bit=bits == 8, load_in_4bit=bits == 4)
    return placed


def _check_there(source: Source) -> None:
    looks_local = source.place.startswith((".", "~", os.sep)) or source.gguf_file is not None
    if looks_local and not Path(str(source)).expanduser().exists():
        raise ModelUnavailable(f"there is no model in {source}; give the folder that holds config.json")


def _check_complete(source: Source, loading: dict[str, Any]) -> None:
    missing = sorted(loading.get("missing_keys", ()))
    if missing:
        raise ModelUnavailable(
            f"the files of {source} lack {len(missing)} weights (such as {missing[0]}); get the model again"
        )


def _check_tokenizer(source: Source, model: Any, tokenizer: Any) -> None:
    rows = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > rows:
        raise ModelUnavailable(
            f"the tokenizer of {source} has {len(tokenizer):,} tokens and its model {rows:,}: they do not belong "
            "together; get the model again"
        )
    if not tokenizer.chat_template:
        raise ModelUnavailable(
            f"{source} has no chat template, so it is no instruct model; choose one whose name says `Instruct` or `it`"
        )
