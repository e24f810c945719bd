"""What every request to the page passes through.

Covered: a foreign host name (DNS rebinding), requests that pages of other sites send from a visitor's browser, content
of other hosts in the page, addresses that Gradio would fetch for a visitor, and, with accounts, everything that is
asked for by somebody who has not signed in. What a person may do who is in is said by `ui.page.rights`, but for
uploads, which readers are refused here.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Any

from ui.accounts import Accounts
from ui.sign_in import client_address
from ui.visitors import VISITOR_COOKIE, visitor_cookie

CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "style-src 'self' 'unsafe-inline'; font-src 'self' data:; script-src 'self' 'unsafe-inline' 'unsafe-eval'"
)
"""Gradio's templates need the inline and evaluated scripts; nothing may come from or go to another host."""

_HEADERS = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_FOR_GOOD = ((b"cache-control", b"public, max-age=31536000, immutable"),)
"""Of Gradio's own files, whose names hold a hash of what is in them: a second visit asks for none of the seventy."""
_SIGN_IN_PATHS = re.compile(
    r"/|/(login|logout)/?|/(assets|static|svelte)/.*|/(theme\.css|favicon\.ico|robots\.txt|manifest\.json)"
    r"|/gradio_api/(startup-events|theme\.css|login_check/?)"
)
"""What the form for name and password needs, and what says itself whether somebody has signed in."""
_FETCHING = re.compile(r"/gradio_api/(proxy=|file(=|/)\s*[a-z][a-z0-9+.-]+:)", re.IGNORECASE)
"""Routes on which Gradio would fetch an address of the visitor's choice; `C:` is a drive."""
_UPLOADING = re.compile(r"/gradio_api/upload")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_EVERY_ADDRESS = ("0.0.0.0", "::")


def is_loopback(host: str) -> bool:
    """Whether a server at that address can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def host_name(host: str) -> str:
    """The host of a `Host` header, without its port and the brackets of IPv6."""
    bracketed = re.match(r"\[([^\]]*)\]", host)
    return (bracketed[1] if bracketed else host.partition(":")[0]).lower()


def middleware(host: str, accounts: Accounts | None = None) -> list[Any]:
    """What every request passes through, the outermost first."""
    from starlette.middleware import Middleware

    layers = [
        Middleware(_Policy),
        Middleware(_KnownHosts, host=host, any_name=accounts is not None),
        Middleware(_SameOrigin),
    ]
    return [*layers, Middleware(_SignedIn, accounts=accounts) if accounts else Middleware(_Visitors)]


class _Policy:
    """Adds the content policy to every response, notes where the request comes from, and lets browsers keep assets."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        send_through = send

        async def send_with_policy(message: Any) -> None:
            if message["type"] == "http.response.start":
                kept = _FOR_GOOD if message["status"] == 200 and scope["path"].startswith("/assets/") else ()
                message["headers"] = [*message["headers"], *_HEADERS, *kept]
            await send(message)

        if scope["type"] == "http":
            client_address.set(scope["client"][0] if scope.get("client") else "")
            send_through = send_with_policy
        await self._app(scope, receive, send_through)


class _KnownHosts:
    """Refuses requests for another host name: one that points here by a trick of its owner's name server.

    With accounts any name will do: a page under that name has no cookie of a visitor.
    """

    def __init__(self, app: Any, host: str, any_name: bool) -> None:
        self._app = app
        self._names = {*_LOOPBACK, host.strip("[]").lower()}
        self._addresses = host in _EVERY_ADDRESS
        self._any_name = any_name
        if self._addresses:
            own = socket.gethostname().lower()
            self._names |= {own, f"{own}.local"}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not self._is_known(host_name(_header(scope, b"host"))):
            return await _refuse(send, 400, "this is not the name of this server")
        await self._app(scope, receive, send)

    def _is_known(self, name: str) -> bool:
        return self._any_name or name in self._names or (self._addresses and _is_address(name))


class _SameOrigin:
    """Refuses what a page of another site sends from a visitor's browser, and addresses for Gradio to fetch."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            if self._is_foreign(scope):
                return await _refuse(send, 403, "requests from pages of other sites are refused")
            if _FETCHING.match(scope["path"]):
                return await _refuse(send, 403, "this server fetches nothing from other machines")
        await self._app(scope, receive, send)

    @staticmethod
    def _is_foreign(scope: Any) -> bool:
        origin = _header(scope, b"origin")
        if origin:
            return origin.partition("://")[2].lower() != _header(scope, b"host").lower()
        cross_site = _header(scope, b"sec-fetch-site") in ("cross-site", "same-site")
        return cross_site and (scope["method"] not in ("GET", "HEAD") or scope["path"].startswith("/logout"))


class _Visitors:
    """Gives every browser that opens the page a cookie of its own."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_with_cookie(message: Any) -> None:
            if message["type"] == "http.response.start":
                sent = _cookies(_header(scope, b"cookie")).get(VISITOR_COOKIE, "")
                cookie = visitor_cookie(sent, secure=scope.get("scheme") == "https")
                message["headers"] = [*message["headers"], (b"set-cookie", cookie.encode())]
            await send(message)

        opens_the_page = scope["type"] == "http" and scope["path"] == "/"
        await self._app(scope, receive, send_with_cookie if opens_the_page else send)


class _SignedIn:
    """Refuses whoever has neither signed in nor brought a token; `scope["footnote_user"]` says who it is."""

    def __init__(self, app: Any, accounts: Accounts) -> None:
        self._app = app
        self._accounts = accounts

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope["footnote_user"] = self._by_cookie(scope) or self._by_token(scope)
            if scope["footnote_user"] is None and not _SIGN_IN_PATHS.fullmatch(scope["path"]):
                return await _refuse(send, 401, "sign in, or send a token as `Authorization: Bearer TOKEN`")
            if _UPLOADING.match(scope["path"]) and self._accounts.is_reader(scope["footnote_user"]):
                return await _refuse(send, 403, "this account may ask and read; notes are added by others")
        await self._app(scope, receive, send)

    def _by_cookie(self, scope: Any) -> str | None:
        """The account whose session the cookie names; sessions of removed accounts end here."""
        app, cookies = scope["app"], _cookies(_header(scope, b"cookie"))
        for name in (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}"):
            token = cookies.get(name)
            user: str | None = app.tokens.get(token)
            if user in self._accounts.names():
                return user
            app.tokens.pop(token, None)
        return None

    def _by_token(self, scope: Any) -> str | None:
        kind, _, token = _header(scope, b"authorization").partition(" ")
        return self._accounts.holder_of(token.strip()) if kind.lower() == "bearer" else None


def _header(scope: Any, name: bytes) -> str:
    return next((value.decode("latin-1") for known, value in scope["headers"] if known == name), "")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _cookies(header: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, _, value in pairs}


async def _refuse(send: Any, status: int, reason: str) -> None:
    from starlette.responses import JSONResponse

    response = JSONResponse({"error": {"message": reason, "type": "invalid_request_error", "code": None}}, status)
    await response({"type": "http"}, None, send)  # type: ignore[arg-type]
