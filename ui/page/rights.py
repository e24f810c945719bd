"""Who asks the page for something, and what they may do. What is refused is refused here, not only hidden.

Not covered: a forwarder on this machine that passes bytes on and says nothing of it (`socat`, or a proxy that neither
keeps the name of the site nor sends `X-Forwarded-For`). Whoever comes through one looks like the person at this machine
and may name its folders; a page with accounts lets nobody do so.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from ui.accounts import Accounts
from ui.errors import ReadersOnlyAsk
from ui.guard import host_name, is_loopback
from ui.visitors import VISITOR_COOKIE, history_user

_PASSED_ON = ("x-forwarded-for", "forwarded", "x-real-ip", "via")


class Rights:
    """What the visitors of one page may do.

    Args:
        accounts: Those who may use it; without them everybody is alike.
    """

    def __init__(self, accounts: Accounts | None = None) -> None:
        self._accounts = accounts

    def is_reader(self, request: Any) -> bool:
        """Whether the visitor may ask and read, and change nothing that others see."""
        name = _account(request)
        return bool(self._accounts and name and self._accounts.is_reader(name))

    def check_change(self, request: Any) -> None:
        """Nothing, where the visitor may change the notes and run evals.

        Raises:
            ReadersOnlyAsk: They may not.
        """
        if self.is_reader(request):
            raise ReadersOnlyAsk("this account may ask and read; notes and evals are changed by others")

    @staticmethod
    def may_name_folders(request: gr.Request) -> bool:
        """Whether the visitor sits at this machine: nobody who signed in or comes through a proxy or tunnel."""
        passed_on = any(name in request.headers for name in _PASSED_ON)
        near = request.client is not None and is_loopback(request.client.host)
        return near and is_loopback(host_name(request.headers.get("host", ""))) and not (_account(request) or passed_on)


def user_of(request: Any) -> str | None:
    """Whose talks a request is about."""
    return history_user(_account(request), request.cookies.get(VISITOR_COOKIE))


def _account(request: Any) -> str | None:
    """Who is signed in; a server function gets Starlette's own request, in which the guard has noted it."""
    return request.username if isinstance(request, gr.Request) else request.scope.get("footnote_user")
