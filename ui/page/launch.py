"""Serving the page: one server on this machine, with what guards it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from agent import Assistant, Settings
from agent.errors import WebError
from ui.guard import middleware
from ui.web import build_page

_STATIC = Path(__file__).parents[1] / "static"
_QUEUE = 100
"""Questions that may wait; a visitor beyond that is told so instead of waiting without end."""


def serve(folder: Path, settings: Settings, model: str | None, host: str, port: int) -> None:
    """Serve the page until it is interrupted."""
    assistant = Assistant.open(folder, model, settings)
    print(f"footnote: http://{host}:{port}", flush=True)
    launch(assistant, host, port)


def launch(assistant: Assistant, host: str, port: int, *, wait: bool = True) -> Any:
    """The page of `assistant`, served; with `wait` this returns when it is interrupted, else at once."""
    os.environ.setdefault("GRADIO_TEMP_DIR", tempfile.mkdtemp(prefix="footnote-"))
    import gradio as gr

    page = build_page(assistant, online(assistant))
    page.queue(max_size=_QUEUE)
    page.launch(
        server_name=host,
        server_port=port,
        share=False,
        quiet=True,
        prevent_thread_lock=not wait,
        enable_monitoring=False,
        footer_links=[],
        css_paths=sorted(_STATIC.glob("*.css")),
        head=f"<script>{(_STATIC / 'page.js').read_text('utf-8')}</script>",
        theme=gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        app_kwargs={"middleware": middleware(host)},
    )
    return page


def online(assistant: Assistant) -> Assistant | None:
    """The same assistant with the web, to be closed with it; None where no search provider is there."""
    from agent.web import Web

    try:
        web = Web.open(assistant.settings)
    except WebError:
        return None
    found = Assistant(assistant.index, assistant.model, assistant.settings, assistant.llm, assistant.tools, web)
    found.pool = assistant.pool  # one set of workers, which ends with the assistant
    return found
