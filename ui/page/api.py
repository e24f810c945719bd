"""The page's calls for programs, by gradio_client or plain HTTP: `ask` and `search`. Its other events are private."""

# Gradio reads the annotations of the calls as types, so they are not postponed in this module.
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from agent import Assistant
from agent.errors import AgentError
from agent.events import AnswerReady, SentenceVerified
from agent.modes import ASK_MODES
from retrieval.errors import RetrievalError
from retrieval.hit import MODES
from ui.page.assistants import Assistants
from ui.render import hit_fields

GENERATION, CHEAP = "generation", "cheap"
"""Ids of the two queues: a search never waits behind answers that are being written."""
GENERATION_LIMIT, CHEAP_LIMIT = 4, 16
"""Events of a queue that run side by side; extraction is bound by the processor, a search takes milliseconds."""
_MOST_HITS = 100


def add_api(assistants: Assistants) -> None:
    """Nothing; the Gradio `Blocks` that is being built then has the two calls."""
    from gradio.events import api

    asking, searching = _asking(assistants), _searching(assistants)
    api(asking, api_name="ask", concurrency_id=GENERATION, concurrency_limit=GENERATION_LIMIT)
    api(searching, api_name="search", concurrency_id=CHEAP, concurrency_limit=CHEAP_LIMIT)


def keep_private(page: Any) -> None:
    """Nothing; of all events of a finished `Blocks`, no other is then listed or can be called by its name."""
    for event in page.fns.values():
        if getattr(event.fn, "__module__", "") == __name__:
            event.api_name = event.fn.__name__
        else:
            event.api_name, event.api_visibility = f"page_{event._id}", "private"


def _asking(assistants: Assistants) -> Callable[..., Iterator[dict[str, Any]]]:
    def ask(question: str, mode: str = "auto", earlier: list[str] = []) -> Iterator[dict[str, Any]]:  # noqa: B006
        """Answer a question from the notes; each value holds the verified sentences so far, the last the whole answer.

        Args:
            question: In plain words.
            mode: `auto`, `quick` or `agent`.
            earlier: Questions that were asked before in the same conversation, oldest first.

        Returns:
            What `footnote ask --json` prints; until it is ready, `sentences` and `citations` alone.
        """
        with _errors_for_the_caller():
            yield from partial_answers(assistants.usual(), question, mode, earlier)

    return ask


def partial_answers(assistant: Assistant, question: str, mode: str, earlier: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The verified sentences so far with their citations, again and again; at last the whole answer."""
    if mode not in ASK_MODES:
        raise ValueError(f"mode is one of {', '.join(ASK_MODES)}, not {mode!r}")
    sentences: list[dict[str, Any]] = []
    citations: list[dict[str, Any]] = []
    for event in assistant.stream(question, mode=mode, earlier=[str(one) for one in earlier]):
        if isinstance(event, SentenceVerified):
            sentences.append(dataclasses.asdict(event.sentence))
            citations += [dataclasses.asdict(citation) for citation in event.citations]
            yield {"sentences": list(sentences), "citations": list(citations)}
        elif isinstance(event, AnswerReady):
            yield event.answer.to_dict()


def _searching(assistants: Assistants) -> Callable[..., list[dict[str, Any]]]:
    def search(query: str, k: int = 10, mode: str = "hybrid") -> list[dict[str, Any]]:
        """Find passages of the notes.

        Args:
            query: Words to look for.
            k: How many passages, 100 at most.
            mode: `hybrid`, `bm25` or `dense`.

        Returns:
            The passages, best first, as `footnote search --json` prints them under `hits`.
        """
        with _errors_for_the_caller():
            return found(assistants.first, query, k, mode)

    return search


def found(assistant: Assistant, query: str, k: int, mode: str) -> list[dict[str, Any]]:
    """The passages that a search finds, best first."""
    if mode not in MODES:
        raise ValueError(f"mode is one of {', '.join(MODES)}, not {mode!r}")
    if assistant.index.stale:
        assistant.index.reopen()
    return [hit_fields(hit) for hit in assistant.index.search(query, max(1, min(k, _MOST_HITS)), mode=mode)]


@contextmanager
def _errors_for_the_caller() -> Iterator[None]:
    """Turns errors of ours into Gradio's, whose text reaches the caller; any other stays a bare "error"."""
    import gradio as gr

    try:
        yield
    except (AgentError, RetrievalError, ValueError) as error:
        raise gr.Error(str(error)) from error
