"""Serving the page: one server on this machine, with what guards it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from agent import Assistant, Settings
from agent.errors import WebError
from agent.models import EXTRACTIVE, resolve_spec
from agent.web import Web
from ui.feedback import Feedback
from ui.guard import middleware
from ui.history import History

_STATIC = Path(__file__).parents[1] / "static"
_QUEUE = 100
"""Questions that may wait; a visitor beyond that is told so instead of waiting without end."""


def serve(folder: Path, settings: Settings, model: str | None, host: str, port: int) -> None:
    """Serve the page until it is interrupted."""
    spec = resolve_spec(model or settings.model)
    assistant = Assistant.open(folder, EXTRACTIVE, settings)  # the model is loaded while the page is already usable
    print(f"footnote: http://{host}:{port}", flush=True)
    launch(assistant, host, port, model=spec)


def launch(assistant: Assistant, host: str, port: int, *, model: str | None = None, wait: bool = True) -> Any:
    """The page of `assistant`, served; with `wait` this returns when it is interrupted, else at once.

    Args:
        assistant: Who answers.
        host: Name or address to listen at.
        port: Where.
        model: Spec of a model that takes over once it is loaded; None keeps that of `assistant`.
        wait: Whether to serve until it is interrupted.
    """
    os.environ.setdefault("GRADIO_TEMP_DIR", tempfile.mkdtemp(prefix="footnote-"))
    import gradio as gr

    from ui.page.build import build_page

    data = assistant.settings.data
    history = History.open(data / "history.db")
    page = build_page(
        assistant, _web(assistant.settings), history=history, feedback=Feedback(data / "feedback"), model=model
    )
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
        head="".join(f"<script>{path.read_text('utf-8')}</script>" for path in sorted(_STATIC.glob("*.js"))),
        theme=gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        app_kwargs={"middleware": middleware(host)},
    )
    return page


def _web(settings: Settings) -> Web | None:
    """The web; None where no search provider is there."""
    try:
        return Web.open(settings)
    except WebError:
        return None
