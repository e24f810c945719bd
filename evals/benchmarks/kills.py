"""SIGKILL at random moments of an update: the first rows of `evals.benchmarks.faults`."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from evals.benchmarks.fault_trials import LetterEncoder, Tally, judge, notes_of, settle, state_of
from retrieval import Index, Progress
from retrieval.encoder import EncodedText
from retrieval.store import newest_generation

_KILLED_WITHIN = 1.5
"""Times the seconds of one update: kills fall on every moment of it."""
_FROM_NOTHING_EVERY = 10
"""Trials of which one begins without an index."""
_FROM_NOTHING_LONGER = 3
"""Times more that such a trial may take: it makes the index, too."""
_EMBEDDING_SECONDS = 0.1
"""That a batch of notes takes longer, so that kills fall into this stage as often as into the others."""
_STAGES = ("reading", "embedding", "writing, switching")


def kills(folder: Path, count: int) -> Iterator[Tally]:
    """SIGKILL at random moments of a process that does nothing but update; a row for what it was doing then."""
    span = _KILLED_WITHIN * _seconds_of_an_update(folder)
    tallies = {stage: Tally(f"process killed while {stage}") for stage in _STAGES}
    context, chance = _forks(), random.Random(0)
    for trial in range(count):
        from_nothing = trial % _FROM_NOTHING_EVERY == 0
        state = _begin(folder, from_nothing)
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=write_for_ever, args=(folder, state, sender))
        process.start()
        sender.close()
        receiver.recv()
        time.sleep(chance.uniform(0, span * (_FROM_NOTHING_LONGER if from_nothing else 1)))
        process.kill()
        process.join()
        stage, reached = _last_words(receiver, state)
        judge(tallies[stage], folder, {reached or None, reached + 1})
    yield from tallies.values()


def _begin(folder: Path, from_nothing: bool) -> int:
    """The state that a trial begins with; 0 is no index."""
    if from_nothing:
        shutil.rmtree(folder)
        return 0
    if newest_generation(folder) and (state := state_of(folder, every_byte=False)):
        return state
    settle(folder, 1)
    return 1


def _seconds_of_an_update(folder: Path) -> float:
    settle(folder, 1)
    with Index.create(folder, _TellingEncoder(lambda _: None)) as index:
        return index.update(notes_of(2)).seconds


def _forks() -> Any:
    """Where processes come from that have imported all they need: a trial costs a fraction of a second."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "retrieval.index", "faiss", "snowballstemmer"])
    return context


def _last_words(receiver: Connection, state: int) -> tuple[str, int]:
    """What a process that was killed was doing, and the last state that it had finished."""
    stage = "reading"
    while True:
        try:
            stage, state = receiver.recv()
        except (EOFError, OSError):  # the second where it was killed in the middle of a message
            return stage, state


class _TellingEncoder(LetterEncoder):
    """Says when it begins."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def encode_tokens(self, texts: Sequence[str], *, query: bool = False) -> list[EncodedText]:
        """One token a text."""
        self._tell("embedding")
        time.sleep(_EMBEDDING_SECONDS)
        return super().encode_tokens(texts, query=query)


def write_for_ever(folder: Path, state: int, sender: Connection) -> None:
    """Update the index to one state after the other; tells what is being done, and the last state that is finished."""

    def tell(stage: str) -> None:
        sender.send((stage, state))

    def show(progress: Progress) -> None:
        if progress.stage == "writing":
            tell(_STAGES[-1])

    tell("reading")
    with Index.create(folder, _TellingEncoder(tell)) as index:
        while True:
            tell("reading")
            index.update(notes_of(state + 1), progress=show)
            state += 1
