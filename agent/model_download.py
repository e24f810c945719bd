"""Gets a model from the Hugging Face hub when somebody asks for it, and checks every byte of it.

Weights go through a file of our own: what was received stays there when the download is interrupted, the next one goes
on behind it, and the model sees the file only once its sha256 is the published one. `huggingface_hub` 2.4 would begin
such a file anew. Everything else is fetched by `huggingface_hub`, into the cache that transformers reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, BinaryIO, Final

from agent.errors import DownloadFailed, first_line
from agent.settings import hub_cache

Show = Callable[[str, int, int], None]
"""Gets the name of a file, and how many of its bytes are there."""

_WANTED: Final = ("*.safetensors", "*.json", "*.jinja", "*.txt", "*.model", "LICENSE*")
"""Files of a model in transformers format; the same weights in other formats, and code, stay where they are."""


@dataclass(frozen=True, slots=True)
class _Published:
    """A file of the hub: its name, its size, and the sha256 of its content or the name that git gives it."""

    name: str
    size: int
    sha256: str
    git_id: str


def download(name: str, show: Show = lambda *_: None, cache: Path | None = None) -> Path:
    """The folder of the model `name`, all of its files checked; what is there already is checked again.

    Args:
        name: Id on the hub, such as `Qwen/Qwen3-0.6B`.
        show: Told of the progress of large files.
        cache: Where models are kept (default: where transformers looks for them).

    Raises:
        DownloadFailed: The hub cannot be reached or refuses, the disk is full, or a file is not the published one.
    """
    cache = cache or hub_cache()
    with _clear_errors(name):
        return _Download(name, cache, show).run()


class _Download:
    def __init__(self, name: str, cache: Path, show: Show) -> None:
        from huggingface_hub import HfApi, utils

        self._utils: Any = utils
        self._name = name
        self._cache = cache
        self._show = show
        self._api = HfApi()
        self._blobs = cache / f"models--{name.replace('/', '--')}" / "blobs"

    def run(self) -> Path:
        from huggingface_hub import snapshot_download

        self._utils.disable_progress_bars()  # ours are drawn instead, and what fails is said in one line
        self._utils.logging.set_verbosity_error()
        info = self._api.model_info(self._name, files_metadata=True)
        files = [_published(one) for one in info.siblings or () if _is_wanted(one.rfilename)]
        if not any(file.name.endswith(".safetensors") for file in files):
            raise DownloadFailed(f"{self._name} has no weights in safetensors; choose another model")
        for file in files:
            if file.sha256 and not (self._blobs / file.sha256).exists():
                self._get_large(file, str(info.sha))
        folder = Path(
            snapshot_download(self._name, cache_dir=self._cache, allow_patterns=list(_WANTED), ignore_patterns=["*/*"])
        )
        for file in files:
            self._check(file, folder / file.name)
        return folder

    def _get_large(self, file: _Published, revision: str) -> None:
        """The file among the blobs of the cache, after what an earlier call has received of it."""
        from huggingface_hub import hf_hub_url
        from huggingface_hub.file_download import http_get

        self._blobs.mkdir(parents=True, exist_ok=True)
        part = self._blobs / f"{file.sha256}.footnote.incomplete"
        received = part.stat().st_size if part.exists() else 0
        if received > file.size:
            part.unlink()
            received = 0
        with part.open("ab") as opened:
            target: Any = _Watched(opened, received, lambda done: self._show(file.name, done, file.size))
            url = hf_hub_url(self._name, file.name, revision=revision)
            http_get(url, target, resume_size=received, headers=self._utils.build_hf_headers(), expected_size=file.size)
        if _sha256(part) != file.sha256:
            part.unlink()
            raise DownloadFailed(
                f"what arrived as {file.name} of {self._name} is not the published file (its sha256 differs); "
                "it was deleted, run the same command again"
            )
        part.rename(self._blobs / file.sha256)

    def _check(self, file: _Published, path: Path) -> None:
        right = _sha256(path) == file.sha256 if file.sha256 else _git_id(path) == file.git_id
        if right:
            return
        path.resolve().unlink()
        path.unlink(missing_ok=True)
        raise DownloadFailed(
            f"{file.name} of {self._name} is not the published file (its checksum differs); it was deleted, "
            "run the same command again"
        )


class _Watched:
    """A file that tells how much of it is there; `huggingface_hub` goes back in it where a server does not resume."""

    def __init__(self, file: BinaryIO, received: int, tell: Callable[[int], None]) -> None:
        self._file = file
        self._received = received
        self._told = tell

    def write(self, content: bytes) -> int:
        self._received += len(content)
        self._told(self._received)
        return self._file.write(content)

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, place: int) -> int:
        self._received = place
        return self._file.seek(place)

    def truncate(self) -> int:
        return self._file.truncate()


def _is_wanted(name: str) -> bool:
    return "/" not in name and any(fnmatch(name, pattern) for pattern in _WANTED)


def _published(sibling: Any) -> _Published:
    sha256 = sibling.lfs.sha256 if sibling.lfs else ""
    return _Published(sibling.rfilename, int(sibling.size or 0), sha256, str(sibling.blob_id or ""))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _git_id(path: Path) -> str:
    """The name that git gives a file of this content."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@contextmanager
def _clear_errors(name: str) -> Iterator[None]:
    """One line for everything that the hub, the connection and the disk may do."""
    import httpx2
    from huggingface_hub import constants, errors

    try:
        yield
    except errors.HFValidationError as error:
        raise DownloadFailed(f"{name!r} is no id of a model, such as Qwen/Qwen3-0.6B") from error
    except errors.OfflineModeIsEnabled as error:
        raise DownloadFailed("HF_HUB_OFFLINE is set, so nothing is downloaded; unset it and try again") from error
    except errors.GatedRepoError as error:
        raise DownloadFailed(
            f"{name} is given out on conditions; accept them at {constants.ENDPOINT}/{name} and set HF_TOKEN"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise DownloadFailed(
            f"the hub has no model {name!r} for everybody; `footnote model list` names some"
        ) from error
    except errors.HfHubHTTPError as error:
        raise DownloadFailed(f"the hub {constants.ENDPOINT} refuses: {first_line(error)}; {_GO_ON}") from error
    except (httpx2.HTTPError, errors.LocalEntryNotFoundError) as error:
        raise DownloadFailed(
            f"the hub {constants.ENDPOINT} cannot be reached ({type(error).__name__}); check the connection. {_GO_ON}"
        ) from error
    except OSError as error:
        raise DownloadFailed(f"{name} could not be kept: {first_line(error)}. {_GO_ON}") from error


_GO_ON: Final = "What was received is kept: run the same command to go on"
