"""The web page: the one door to `gradio`. One conversation a visitor; no request leaves the machine."""

from __future__ import annotations

import html
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent import Assistant, Conversation, Settings
from agent.errors import AgentError, WebError
from agent.events import AnswerReady, PassagesFound, SentenceVerified
from retrieval.errors import RetrievalError
from ui.render import answer_html, passages_line, sentence_html, source_cards_html

_STATIC = Path(__file__).with_name("static")
_EXAMPLES = 3
_QUEUE = 100
"""Questions that may wait; a visitor beyond that is told so instead of waiting without end."""
_AT_ONCE = 4
"""Questions answered side by side: extraction is bound by the processor."""

_KEPT_SECONDS = 24 * 3600
"""How long a visitor's turns are kept after the last one."""

CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "style-src 'self' 'unsafe-inline'; font-src 'self' data:; script-src 'self' 'unsafe-inline' 'unsafe-eval'"
)
"""Gradio's templates need the inline and evaluated scripts; nothing may come from or go to another host."""

_WEB_LABEL = "Look on the web, too, when the notes do not have it (sends search words to a search engine)"

Messages = list[dict[str, str]]


def build_page(assistant: Assistant, online: Assistant | None = None) -> Any:
    """The page as a Gradio `Blocks`; `online` answers while a visitor's switch for the web is on."""
    import gradio as gr

    notes, passages = assistant.index.counts()
    with gr.Blocks(title="footnote", analytics_enabled=False, fill_height=True) as page:
        conversation = gr.State(None, time_to_live=_KEPT_SECONDS)
        sources = gr.State("")
        gr.HTML(
            f'<header class="fn-bar"><h1>footnote</h1><span>{notes:,} notes · {passages:,} passages · '
            f"model: {html.escape(assistant.model)} · nothing leaves this machine"
            f"{' unless you switch on the web' if online else ''}</span></header>"
        )
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=340):
                chat = gr.Chatbot(label="Conversation", height="62vh", elem_id="fn-chat", buttons=["copy"])
                box = gr.Textbox(
                    placeholder="Ask a question…",
                    label="Question",
                    show_label=False,
                    submit_btn="Ask",
                    elem_id="fn-question",
                    autofocus=True,
                    lines=1,
                    max_lines=6,
                )
                switch = gr.Checkbox(False, label=_WEB_LABEL, visible=online is not None, elem_id="fn-web")
                gr.Examples(example_questions(assistant), inputs=box, label="From your notes")
                fresh = gr.Button("New conversation", size="sm", variant="secondary")
            with gr.Column(scale=2, min_width=320):
                panel = gr.HTML(_no_sources(), elem_id="fn-sources")

        def answer(
            question: str, messages: Messages, talk: Conversation | None, cards: str, web: bool = False
        ) -> Iterator[tuple[Any, ...]]:
            talk = talk or assistant.conversation()
            talk.assistant = online if web and online else assistant
            for typed, *rest in _stream(assistant, question, messages, talk, cards):
                yield gr.Textbox(value=typed, submit_btn=False, stop_btn="Stop"), *rest

        outputs = [box, chat, conversation, sources, panel]
        asked = box.submit(
            answer, [box, chat, conversation, sources, switch], outputs, concurrency_limit=_AT_ONCE, api_name="ask"
        )

        def ready() -> Any:
            return gr.Textbox(submit_btn="Ask", stop_btn=False)

        asked.then(ready, outputs=box, api_visibility="private")
        box.stop(ready, outputs=box, cancels=[asked], api_visibility="private")
        clear: tuple[Any, ...] = (ready(), [], None, "", _no_sources())
        fresh.click(lambda: clear, outputs=outputs, cancels=[asked], api_visibility="private")
    return page


def _stream(
    assistant: Assistant, question: str, messages: Messages, talk: Conversation, cards: str
) -> Iterator[tuple[Any, ...]]:
    if not question.strip():
        yield "", messages, talk, cards, cards or _no_sources()
        return
    turn = talk.asked + 1
    asked = [*messages, {"role": "user", "content": html.escape(question)}]
    shown = ""
    try:
        for event in talk.stream(question):
            if isinstance(event, PassagesFound):
                shown = passages_line(len(event.passages), event.seconds)
            elif isinstance(event, SentenceVerified):
                shown += sentence_html(event.sentence, turn)
            elif isinstance(event, AnswerReady):
                shown = answer_html(event.answer, turn)
                cards = _cards(assistant, event.answer, turn) + cards
            yield "", [*asked, _said(shown)], talk, cards, cards or _no_sources()
    except (AgentError, RetrievalError, ValueError) as error:
        yield (
            question,
            [*asked, _said(f'<div class="fn-error" role="alert">{html.escape(str(error))}</div>')],
            talk,
            cards,
            cards,
        )


def _said(content: str) -> dict[str, str]:
    return {"role": "assistant", "content": content or "…"}


def _cards(assistant: Assistant, answer: Any, turn: int) -> str:
    notes = {c.note_id: assistant.index.note(c.note_id) for c in answer.citations}
    return source_cards_html(answer, turn, {note_id: note.text for note_id, note in notes.items() if note})


def _no_sources() -> str:
    return '<p class="fn-empty">Sources appear here. Every number in an answer opens the passage that it stands on.</p>'


def example_questions(assistant: Assistant) -> list[str]:
    """Questions made from titles of the visitor's own notes, spread over the index."""
    entries = [entry.title for entry in assistant.index.notes() if 3 < len(entry.title) <= 60]
    step = max(1, len(entries) // _EXAMPLES)
    return [title if title.endswith("?") else f"What is the idea of {title}?" for title in entries[step // 2 :: step]][
        :_EXAMPLES
    ]


def _online(assistant: Assistant) -> Assistant | None:
    """The same assistant with the web, to be closed with it; None where no search provider is there."""
    from agent.web import Web

    try:
        web = Web.open(assistant.settings)
    except WebError:
        return None
    online = Assistant(assistant.index, assistant.model, assistant.settings, assistant.llm, assistant.tools, web)
    online.pool = assistant.pool  # one set of workers, which ends with the assistant
    return online


def serve(folder: Path, settings: Settings, model: str | None, host: str, port: int) -> None:
    """Serve the page until it is interrupted."""
    assistant = Assistant.open(folder, model, settings)
    print(f"footnote: http://{host}:{port}", flush=True)
    launch(assistant, host, port)


def launch(assistant: Assistant, host: str, port: int, *, wait: bool = True) -> Any:
    """The page of `assistant`, served; with `wait` this returns when it is interrupted, else at once."""
    os.environ.setdefault("GRADIO_TEMP_DIR", tempfile.mkdtemp(prefix="footnote-"))
    import gradio as gr

    page = build_page(assistant, _online(assistant))
    page.queue(max_size=_QUEUE)
    page.launch(
        server_name=host,
        server_port=port,
        share=False,
        quiet=True,
        prevent_thread_lock=not wait,
        enable_monitoring=False,
        footer_links=[],
        css_paths=[_STATIC / "page.css"],
        head=f"<script>{(_STATIC / 'page.js').read_text('utf-8')}</script>",
        theme=gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        app_kwargs={"middleware": middleware(host)},
    )
    return page


def middleware(host: str) -> list[Any]:
    """What every answer passes through: only known host names, and a content policy."""
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    allowed = ["*"] if host in ("0.0.0.0", "::") else ["127.0.0.1", "localhost", "[::1]", host]
    return [Middleware(TrustedHostMiddleware, allowed_hosts=allowed), Middleware(_Policy)]


class _Policy:
    """Adds the content policy to every response."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_with_policy(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", CONTENT_POLICY.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"no-referrer"),
                ]
            await send(message)

        await self._app(scope, receive, send_with_policy if scope["type"] == "http" else send)
