"""Whose history a visitor sees."""

from __future__ import annotations

import re
import secrets

VISITOR_COOKIE = "footnote_visitor"
_KEPT_SECONDS = 34_560_000
"""Four hundred days, the longest that browsers keep a cookie; each visit begins them anew."""
_VISITOR_ID = re.compile(r"[A-Za-z0-9_-]{22,64}")
"""What `new_visitor` makes: at least 128 bits, so that nobody guesses another's."""


def new_visitor() -> str:
    """An id for a browser without an account; whoever has it sees what was asked there."""
    return secrets.token_urlsafe(16)


def visitor_cookie(sent: str, *, secure: bool) -> str:
    """The `Set-Cookie` by which a browser is known again: the id that it sent, or a new one.

    No script can read it, and no page of another site sends it along. A link on another page still finds the talks of
    whoever follows it, which `SameSite=Strict` would replace by none.
    """
    visitor = sent if _VISITOR_ID.fullmatch(sent) else new_visitor()
    kept = f"{VISITOR_COOKIE}={visitor}; Path=/; Max-Age={_KEPT_SECONDS}; HttpOnly; SameSite=Lax"
    return f"{kept}; Secure" if secure else kept


def account_of(user: str | None) -> str:
    """The name of the account behind a `user`; empty for a browser without one."""
    return user.removeprefix("account:") if user and user.startswith("account:") else ""


def history_user(account: str | None, visitor: str | None) -> str | None:
    """The `user` of `History` for an account, or else for the id that the browser keeps.

    None where there is neither, or the id is not one that `new_visitor` makes. An account and a browser never share a
    user, whatever they call themselves.
    """
    if account:
        return f"account:{account}"
    return f"visitor:{visitor}" if visitor and _VISITOR_ID.fullmatch(visitor) else None
