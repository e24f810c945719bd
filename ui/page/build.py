"""The page as Gradio `Blocks`: static frames that `static/*.js` fills, and one wire between them and the server.

The conversation is drawn by the browser from HTML that was escaped here, a turn at a time, so that a long talk costs no
more than its last turn. Everything a browser sends passes `orders` or `calls`, which trust none of it.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Generator
from pathlib import Path
from typing import Any

import gradio as gr

from agent import Assistant
from agent.errors import AgentError
from retrieval.errors import RetrievalError
from ui.errors import UiError
from ui.feedback import Feedback
from ui.history import History
from ui.indexing import IndexingJobs
from ui.page.api import add_api
from ui.page.asking import Asking
from ui.page.assistants import Assistants
from ui.page.calls import CHANGING, Call, Calls
from ui.page.evals_tab import evals_tab
from ui.page.line import Line
from ui.page.live import Message
from ui.page.notes_tab import notes_tab
from ui.page.orders import Order
from ui.page.rights import Rights, user_of

_STATIC = Path(__file__).parents[1] / "static"
AT_ONCE = 4
"""Questions answered side by side: extraction is bound by the processor."""
LONGEST_LINE = 100
"""Questions that may wait; a visitor beyond that is told so instead of waiting without end."""
_QUEUED_SECONDS = 0.3
"""How often somebody who waits in line is told their place."""
_JOIN = "footnote.connect({ask: (order) => trigger('submit', order), server, props, watch})"


def build_page(
    assistants: Assistants,
    *,
    history: History,
    feedback: Feedback,
    rights: Rights,
) -> Any:
    """The page.

    Args:
        assistants: Who answers; visitors may choose.
        history: Keeps the talks.
        feedback: Keeps opinions.
        rights: What a visitor may do.
    """
    assistant = assistants.first
    asking = Asking(assistants, history, Line(AT_ONCE, LONGEST_LINE))
    jobs = IndexingJobs(assistant.index, assistant.settings.data)
    calls = Calls(assistants, asking, history, feedback, jobs)
    with gr.Blocks(title="footnote", analytics_enabled=False, fill_width=True) as page:
        _frame("strip")
        with gr.Row(elem_id="fn-body"):
            _frame("history")
            with gr.Column(elem_id="fn-main"), gr.Tabs(elem_id="fn-tabs"):
                with gr.Tab("Ask", id="ask"):
                    _frame("ask")
                with gr.Tab("Notes", id="notes"):
                    notes_tab(assistant, jobs, rights)
                with gr.Tab("Evals", id="evals"):
                    evals_tab(assistant, rights)
        _frame("dialogs")
        _wire(asking, calls, assistant, rights)
        add_api(assistants)
    return page


def _frame(name: str) -> None:
    gr.HTML(
        (_STATIC / f"{name}.html").read_text("utf-8"),
        elem_id=f"fn-{name}-frame",
        elem_classes="fn-frame",
        apply_default_css=False,
    )


def _wire(asking: Asking, calls: Calls, assistant: Assistant, rights: Rights) -> None:
    functions = [_server_function(call, rights) for call in calls.all()]
    wire = gr.HTML("", html_template="", js_on_load=_JOIN, server_functions=functions, elem_id="fn-wire")

    async def answer(event: gr.EventData, request: gr.Request) -> AsyncIterator[str]:
        settings = assistant.settings
        order = Order.of(event._data, settings.passages, assistant.index.settings.dense_weight)
        steps = _Steps(asking.messages(order, user_of(request)))
        try:
            while (message := await asyncio.to_thread(steps.next)) is not None:
                yield json.dumps({"ask": order.ask_id, **message})
                if message["state"] == "queued":
                    await asyncio.sleep(_QUEUED_SECONDS)  # a thread that waits is one that nobody else has
        finally:
            asyncio.get_running_loop().run_in_executor(None, steps.close)

    wire.submit(
        answer,
        outputs=wire,
        trigger_mode="multiple",
        concurrency_limit=None,
        show_progress="hidden",
        api_visibility="private",
    )


class _Steps:
    """A generator that is read and closed in threads, never in two at once."""

    def __init__(self, messages: Generator[Message, None, None]) -> None:
        self._messages = messages
        self._lock = threading.Lock()

    def next(self) -> Message | None:
        with self._lock:
            return next(self._messages, None)

    def close(self) -> None:
        """End it where it stands, once the step that is being taken is over."""
        with self._lock:
            self._messages.close()


def _server_function(call: Call, rights: Rights) -> Callable[..., Any]:
    def answer(sent: dict[str, Any], request: gr.Request) -> dict[str, Any]:
        try:
            if call.__name__ in CHANGING:
                rights.check_change(request)
            reply = call(sent if isinstance(sent, dict) else {}, user_of(request))
            return {**reply, "reader": rights.is_reader(request)} if call.__name__ == "status" else reply
        except (AgentError, RetrievalError, UiError, OSError, ValueError) as error:
            return {"error": " ".join(str(error).split())}

    answer.__name__ = call.__name__
    return answer
