"""What Gradio may read, write and fetch: a temporary folder of this server, and nothing else.

Gradio serves what lies in its temporary folder, copies files of the working folder there when an event returns their
path, and fetches any public address that a visitor puts into an event.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

_DOWNLOADS = ("async_ssrf_protected_download", "ssrf_protected_download", "save_url_to_cache")
"""The functions of `gradio.processing_utils` through which it fetches what an event names."""


def own_temporary_folder() -> Path:
    """A new folder that only this user can read, for uploads; it is removed when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="footnote-"))
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    os.environ["GRADIO_EXAMPLES_CACHE"] = str(folder / "examples")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def blocked_paths(temporary: Path, private: Iterable[Path]) -> list[str]:
    """Folders that are never served: the private ones and the working folder, unless the temporary one is in them."""
    folders = {path.resolve() for path in (*private, Path.cwd())}
    return sorted(str(folder) for folder in folders if not temporary.resolve().is_relative_to(folder))


def refuse_downloads() -> None:
    """Gradio fetches nothing that a visitor names, from now on: no part of the page needs it."""
    from gradio import processing_utils

    for name in _DOWNLOADS:
        if not hasattr(processing_utils, name):
            raise AssertionError(f"gradio fetches addresses by other functions than {name}: look for them")
        setattr(processing_utils, name, _refuse)


def _refuse(url: str, cache_dir: str) -> str:
    raise ValueError("this server fetches nothing from other machines")
