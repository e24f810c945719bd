"""What an attempt to escape would have to touch, and whether it did.

Every canary is harmless: a made-up secret in the environment, in a file and in an object of the host, a mark that would
appear in a temporary folder, a listener on this machine.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from evals.sandbox_cases.tables import SECRET_VARIABLE, Escape

ENVIRONMENT_SECRET = "canary-of-the-environment-71a3"
FILE_SECRET = "canary-in-a-file-5c20"
HOST_SECRET = "canary-in-the-host-9e44"
PRIVATE_SECRET = "canary-in-a-private-field-33d8"


class Record:
    """A host object as a tool might return it: a public field, a private one, and a method."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._secret = PRIVATE_SECRET

    def _reveal(self) -> str:
        return self._secret


RECORD_ATTRIBUTES = frozenset(vars(Record))


def lookup(query: object = "") -> Record:
    """A tool; its globals hold a secret."""
    return Record("found")


def final_answer(answer: object = None) -> object:
    """The tool that ends a run."""
    return answer


class Canaries:
    """Canaries in place for one attempt after another; `breaches` tells what the last one touched, and starts anew."""

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="footnote-canary-"))
        self._file = self._folder / "secret.txt"
        self._file.write_text(FILE_SECRET, encoding="utf-8")
        self._mark = self._folder / "mark"
        self._link = self._folder / "link"
        self._link.symlink_to(self._file)
        self._before = os.environ.get(SECRET_VARIABLE)
        os.environ[SECRET_VARIABLE] = ENVIRONMENT_SECRET
        self._visitors = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._before is None:
            os.environ.pop(SECRET_VARIABLE, None)
        else:
            os.environ[SECRET_VARIABLE] = self._before

    def code_of(self, escape: Escape) -> str:
        """The code of the attempt, aimed at these canaries."""
        places = {"<FILE>": self._file, "<MARK>": self._mark, "<LINK>": self._link}
        code = escape.code
        for name, path in places.items():
            code = code.replace(name, str(path))
        return code.replace("<PORT>", str(self._listener.getsockname()[1]))

    def breaches(self, texts: Iterable[object]) -> list[str]:
        """What was touched since the last call; `texts` is all that the attempt brought back."""
        seen = " ".join(map(str, texts))
        found = [
            what
            for what, secret in (
                ("environment", ENVIRONMENT_SECRET),
                ("file", FILE_SECRET),
                ("host object", HOST_SECRET),
                ("private field", PRIVATE_SECRET),
            )
            if secret in seen
        ]
        return found + self._marks()

    def _marks(self) -> list[str]:
        found = []
        if self._mark.exists() or self._mark.is_symlink():
            found.append("mark on the disk")
            shutil.rmtree(self._mark) if self._mark.is_dir() else self._mark.unlink()
        if self._visitors:
            found.append("connection")
            self._visitors = 0
        if set(vars(Record)) != RECORD_ATTRIBUTES or os.environ.pop("FOOTNOTE_CHANGED", ""):
            found.append("change in the host")
            for name in set(vars(Record)) - RECORD_ATTRIBUTES:
                delattr(Record, name)
        return found

    def _listen(self) -> None:
        while True:
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                return
            self._visitors += 1
            visitor.close()
