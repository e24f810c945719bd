"""The web page: the one door to `gradio`. One conversation a visitor; no request leaves the machine."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from agent import Assistant, Conversation
from agent.errors import AgentError
from agent.events import AnswerReady, PassagesFound, SentenceVerified
from retrieval.errors import RetrievalError
from ui.render import answer_html, passages_line, sentence_html, source_cards_html

_EXAMPLES = 3
_AT_ONCE = 4
"""Questions answered side by side: extraction is bound by the processor."""

_KEPT_SECONDS = 24 * 3600
"""How long a visitor's turns are kept after the last one."""

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
