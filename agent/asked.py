"""What was asked: the one record that every mode of answering works from."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from agent.remembering import RememberingSearch
from retrieval.filters import Where


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question to one assistant.

    Attributes:
        question: As it was asked.
        query: As it stands alone, without the turns before it; what is searched for.
        search: Searches the notes for it, for whoever works on it.
        where: A filter over note metadata.
        remembered: The earlier turns of the conversation, summarised, for the team.
        cancel: Stops the team once it is set, from any thread.
    """

    question: str
    query: str
    search: RememberingSearch
    where: Where | None = None
    remembered: str = ""
    cancel: threading.Event = field(default_factory=threading.Event)
