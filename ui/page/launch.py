"""Serving the page: one server on this machine, with what guards it, and the same as an API."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import Assistant, Settings
from agent.errors import WebError
from agent.models import EXTRACTIVE, resolve_spec
from agent.web import Web
from retrieval import Index
from ui.accounts import Accounts
from ui.chat_api import chat_routes
from ui.errors import OpenToOthers, UsageError
from ui.eval_reports import report_routes
from ui.feedback import Feedback
from ui.guard import is_loopback, middleware
from ui.history import History
from ui.mcp_tools import mcp_server, require_mcp
from ui.page.assistants import Assistants
from ui.page.files import blocked_paths, own_temporary_folder, refuse_downloads
from ui.page.gradio_import import import_gradio, no_application
from ui.sign_in import SignIn

_STATIC = Path(__file__).parents[1] / "static"
_QUEUE = 100
"""Questions that may wait; a visitor beyond that is told so instead of waiting without end."""
_LARGEST_UPLOAD = "200mb"
"""Of one file; larger ones are indexed by `footnote index` without a copy."""


@dataclass(frozen=True, slots=True)
class Serving:
    """How the page is served.

    Attributes:
        host: Address to listen at.
        port: Port to listen at.
        accounts: File of those who may use the page; None lets everybody in who reaches it.
        open_to_others: Lets everybody in who reaches it from other machines, too.
        share: Makes an address on a server of Gradio's, which passes everything on.
        mcp: Serves the tools for other assistants, too.
    """

    host: str
    port: int
    accounts: Path | None = None
    open_to_others: bool = False
    share: bool = False
    mcp: bool = False

    def check(self) -> None:
        """Nothing, where the page can be served like that.

        Raises:
            OpenToOthers: Somebody from another machine could use the page without a password.
            InvalidAccounts: The file of the accounts cannot be used.
            MissingPackage: The extra `mcp` is wanted and not installed.
        """
        self._refuse_open_doors()
        if self.accounts:
            Accounts.open(self.accounts)
        if self.mcp:
            require_mcp()

    def _refuse_open_doors(self) -> None:
        if self.accounts or (self.open_to_others and not self.share):
            return
        if self.share:
            raise OpenToOthers("--share puts the page on the internet; give it --auth FILE, too")
        if not is_loopback(self.host):
            opened = f"--host {self.host} opens your notes to other machines"
            raise OpenToOthers(f"{opened}; give it --auth FILE, or --no-auth if you mean it")


def serve(index: Index | Path, settings: Settings, model: str | None, serving: Serving) -> None:
    """Serve the page over an index, or the one in a folder, until it is interrupted.

    Raises:
        UiError: It cannot be served like that, see `Serving.check`, or there.
    """
    serving.check()
    refuse_taken(serving.host, serving.port)
    spec = resolve_spec(model or settings.model)
    assistant = Assistant.open(index, EXTRACTIVE, settings)  # the model is loaded while the page is already usable
    print(f"footnote: http://{serving.host}:{serving.port}", flush=True)
    launch(assistant, serving.host, serving.port, model=spec, serving=serving)


def refuse_taken(host: str, port: int) -> None:
    """Nothing, where this machine has that address and nobody listens there.

    Raises:
        UsageError: It has not, or somebody does.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as tried:
            if os.name != "nt":  # there it would let two listen at once
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot listen at {host}:{port}: {reason}; choose another --port or --host") from None


def launch(
    assistant: Assistant,
    host: str,
    port: int,
    *,
    model: str | None = None,
    wait: bool = True,
    serving: Serving | None = None,
) -> Any:
    """The page of `assistant`, served; with `wait` this returns when it is interrupted, else at once.

    Args:
        assistant: Who answers.
        host: Name or address to listen at.
        port: Where.
        model: Spec of a model that takes over once it is loaded; None keeps that of `assistant`.
        wait: Whether to wait for the end.
        serving: Who may use it and how; None is the page for this machine alone.
    """
    serving = serving or Serving(host, port)
    serving.check()
    temporary = own_temporary_folder()
    accounts = Accounts.open(serving.accounts) if serving.accounts else None
    admits: Any = SignIn(accounts).admits if accounts else None  # Gradio awaits it, whatever its annotation says
    import_gradio()
    import gradio as gr

    from ui.page.api import keep_private
    from ui.page.build import build_page
    from ui.page.rights import Rights

    refuse_downloads()
    data = assistant.settings.data
    assistants = Assistants(assistant, _web(assistant.settings), model)
    history, feedback = History.open(data / "history.db"), Feedback(data / "feedback")
    with no_application():
        page = build_page(assistants, history=history, feedback=feedback, rights=Rights(accounts))
        keep_private(page)
        page.queue(max_size=_QUEUE)
    page.launch(
        server_name=host,
        server_port=port,
        share=serving.share,
        auth=admits,
        quiet=True,
        prevent_thread_lock=not wait,
        enable_monitoring=False,
        run_history=False,
        mcp_server=False,
        ssr_mode=False,
        footer_links=[],
        max_file_size=_LARGEST_UPLOAD,
        blocked_paths=blocked_paths(temporary, [data, assistant.index.folder]),
        css_paths=sorted(_STATIC.glob("*.css")),
        head="".join(f"<script>{path.read_text('utf-8')}</script>" for path in sorted(_STATIC.glob("*.js"))),
        theme=gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        app_kwargs=_app(assistants, host, accounts, serving.mcp),
    )
    return page


def _app(assistants: Assistants, host: str, accounts: Accounts | None, mcp: bool) -> dict[str, Any]:
    """What the server has beside the page: guards, the chat API, and the tools for other assistants."""
    routes = chat_routes(assistants) + report_routes(assistants.first.settings.data)
    lifespan: Callable[[Any], AbstractAsyncContextManager[None]] | None = None
    if mcp:
        tools, lifespan = mcp_server(assistants)
        routes += tools
    guards = middleware(host, accounts)
    return {"middleware": guards, "routes": routes, **({"lifespan": lifespan} if lifespan else {})}


def _web(settings: Settings) -> Web | None:
    """The web; None where no search provider is there."""
    try:
        return Web.open(settings)
    except WebError:
        return None
