"""What every request to the page passes through: known host names, and a content policy on every answer.

Covered: DNS rebinding (a foreign host name in the request), and content of other hosts in the page. Not covered: what a
person may do who is signed in.
"""

from __future__ import annotations

from typing import Any

CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "style-src 'self' 'unsafe-inline'; font-src 'self' data:; script-src 'self' 'unsafe-inline' 'unsafe-eval'"
)
"""Gradio's templates need the inline and evaluated scripts; nothing may come from or go to another host."""


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
