"""What runs in a worker of `corpus.isolation`: reads files that arrive on standard input, answers on standard output.

A message is its length in eight bytes and a JSON object; a request is followed by the file's bytes.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import IO, Any

from corpus.errors import UnreadableFile
from corpus.note import MetadataValue, Note
from corpus.source_file import SourceFile

_LENGTH = struct.Struct("<Q")
_MAX_MESSAGE = 2**30
"""Bytes: more than any file's notes, and less than would hurt the process that receives it."""

_GRACE_SECONDS = 5.0
"""After its time a worker ends by itself, in case that the process that should kill it is gone."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a file in a worker.

    Attributes:
        notes: Its notes.
        reason: Why there are none; empty where there are.
        worn_out: Whether the worker should be replaced.
    """

    notes: tuple[Note, ...] = ()
    reason: str = ""
    worn_out: bool = False


def send_request(stream: IO[bytes], read: Callable[..., list[Note]], file: SourceFile, seconds: float) -> None:
    """Sends a worker a file and the function that reads it, which must be on the top level of its module."""
    if not read.__qualname__.isidentifier():
        raise TypeError(f"a worker cannot import {read.__qualname__!r}; define it on the top level of a module")
    request = {
        "module": read.__module__,
        "function": read.__qualname__,
        "seconds": seconds,
        "name": file.name,
        "path": file.path,
        "root": file.root,
        "metadata": dict(file.metadata),
        "size": len(file.data),
    }
    _send(stream, request)
    stream.write(file.data)
    stream.flush()


def receive_answer(stream: IO[bytes]) -> Answer:
    """The next answer of a worker.

    Raises:
        EOFError: The worker is gone.
        ValueError: What it sent is no answer.
    """
    received = _receive(stream)
    try:
        notes = tuple(Note(**{**note, "metadata": _metadata(note["metadata"])}) for note in received["notes"])
        return Answer(notes, str(received["reason"]), bool(received["worn_out"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("the worker sent no answer") from error


def serve(requests: IO[bytes], answers: IO[bytes], memory_bytes: int) -> None:
    """Answers requests until the other side closes the pipe or the memory is used up."""
    _send(answers, asdict(Answer()))  # it has started
    while True:
        try:
            request = _receive(requests)
            data = _exactly(requests, request["size"])
        except EOFError:
            return
        answer = _answer(request, data, memory_bytes)
        _send(answers, asdict(answer))
        if answer.worn_out:
            return


def _answer(request: dict[str, Any], data: bytes, memory_bytes: int) -> Answer:
    from corpus.formats._parsing import describe

    watchdog = threading.Timer(request["seconds"] + _GRACE_SECONDS, os._exit, (1,))
    watchdog.daemon = True
    watchdog.start()
    try:
        read = getattr(import_module(request["module"]), request["function"])
        file = SourceFile(
            request["name"], data, request["path"], request["root"], metadata=_metadata(request["metadata"])
        )
        return Answer(tuple(read(file)))
    except Exception as error:
        if isinstance(error, MemoryError) or isinstance(error.__cause__, MemoryError):
            return Answer(reason=f"it needed more than {memory_bytes // 2**20} MB of memory", worn_out=True)
        return Answer(reason=str(error) if isinstance(error, UnreadableFile) else describe(error))
    finally:
        watchdog.cancel()


def _metadata(received: Mapping[str, Any]) -> dict[str, MetadataValue]:
    """Metadata as it was before JSON made lists of its tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in received.items()}


def _send(stream: IO[bytes], message: Mapping[str, Any]) -> None:
    encoded = json.dumps(message).encode("ascii")
    stream.write(_LENGTH.pack(len(encoded)))
    stream.write(encoded)
    stream.flush()


def _receive(stream: IO[bytes]) -> dict[str, Any]:
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > _MAX_MESSAGE:
        raise ValueError("the message is too long")
    message = json.loads(_exactly(stream, length))
    if not isinstance(message, dict):
        raise ValueError("the message is no object")
    return message


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _limit_memory(memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):  # macOS refuses
        return


def main() -> None:
    """Serves on the standard streams, which nothing else in the process may use from here on."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once and without a traceback
    memory_bytes = int(sys.argv[1])
    _limit_memory(memory_bytes)
    serve(requests, answers, memory_bytes)


if __name__ == "__main__":
    main()
