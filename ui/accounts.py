"""Who may use the page: names with hashed passwords and tokens in one file.

Covered: a stolen file gives no password (scrypt) and no token (hashes of 256 random bits); whether a name exists does
not show in the time that a check takes. Guessing is slowed down by `ui.sign_in`. Not covered: what goes over the
network is encrypted by whatever stands in front of the page, not here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ui.errors import InvalidAccounts

SHORTEST_PASSWORD = 8
"""Characters, the least that NIST SP 800-63B allows."""
LONGEST_PASSWORD = 1_000
"""Characters; more is no password, but work for the server."""
_NAME = re.compile(r"\w[\w.@-]{0,63}")
_SALT_BYTES = 16
_COST = {"n": 2**15, "r": 8, "p": 3}
"""Of scrypt: 32 MiB and about 0.2 s; one of OWASP's equivalent settings (Password Storage Cheat Sheet)."""
_MEMORY = 2**26
_LOCK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Account:
    """One person: a password as `hashed_password` writes it, and digests of tokens for programs.

    Attributes:
        reader: Whether they may ask and read only, and change neither notes nor evals.
    """

    name: str
    password: str
    tokens: tuple[str, ...] = ()
    reader: bool = False


class Accounts:
    """The accounts in a file; it is read again whenever it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: tuple[int, int] | None = None
        self._known: dict[str, Account] = {}
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> Accounts:
        """The accounts in an existing file.

        Raises:
            InvalidAccounts: It is missing, unreadable, or holds nobody.
        """
        accounts = cls(path)
        if not accounts.names():
            raise InvalidAccounts(f"{path} holds no account; run `footnote account add NAME --auth {path}`")
        return accounts

    def names(self) -> tuple[str, ...]:
        """Names of the accounts, sorted."""
        return tuple(sorted(self._current()))

    def is_reader(self, name: str | None) -> bool:
        """Whether the account may ask and read only."""
        account = self._current().get(name or "")
        return account is not None and account.reader

    def password_is_right(self, name: str, password: str) -> bool:
        """Whether the account exists and has that password; takes as long for a name that does not."""
        account = self._current().get(name)
        kept = account.password if account else _nobodys_password()
        return _is_password(password[:LONGEST_PASSWORD], kept) and account is not None

    def holder_of(self, token: str) -> str | None:
        """The name of the account to which a token was given; None where there is none."""
        digest = _token_digest(token)
        for account in self._current().values():
            if any(hmac.compare_digest(digest, known) for known in account.tokens):
                return account.name
        return None

    def set_password(self, name: str, password: str, *, reader: bool | None = None) -> None:
        """Add the account, or change its password; a file that is missing is made, readable for its owner alone.

        Args:
            name: Of the account.
            password: What it signs in with from now on.
            reader: Whether it may ask and read only; None leaves that as it is, which is no for a new account.

        Raises:
            InvalidAccounts: The name or the password cannot be used.
        """
        if not _NAME.fullmatch(name):
            raise InvalidAccounts(f"{name!r} cannot be a name; take letters, digits and . _ @ -, 64 at most")
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise InvalidAccounts(f"the password has {len(password)} characters; take at least {SHORTEST_PASSWORD}")
        with self._changing() as known:
            kept = known.get(name, Account(name, ""))
            known[name] = replace(
                kept, password=hashed_password(password), reader=kept.reader if reader is None else reader
            )

    def new_token(self, name: str) -> str:
        """A token with which a program may use the account; it is shown this once, and replaces the one before.

        Raises:
            InvalidAccounts: There is no such account.
        """
        token = f"fn-{secrets.token_urlsafe(32)}"
        with self._changing() as known:
            known[name] = replace(self._named(known, name), tokens=(_token_digest(token),))
        return token

    def remove(self, name: str) -> None:
        """Remove the account with its tokens.

        Raises:
            InvalidAccounts: There is no such account.
        """
        with self._changing() as known:
            del known[self._named(known, name).name]

    def _named(self, known: dict[str, Account], name: str) -> Account:
        if name not in known:
            raise InvalidAccounts(f"there is no account {name!r} in {self._path}; it has {', '.join(known) or 'none'}")
        return known[name]

    def _current(self) -> dict[str, Account]:
        with self._lock:
            try:
                found = self._path.stat()
                if (stamp := (found.st_mtime_ns, found.st_size)) != self._read_at:
                    self._known, self._read_at = _read(self._path), stamp
            except OSError as error:
                reason = f"{self._path}: {error.strerror}"
                raise InvalidAccounts(f"{reason}; run `footnote account add NAME --auth {self._path}`") from error
            return self._known

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Account]]:
        """The accounts as they are; what they are at the end is written in one step."""
        from filelock import FileLock

        self._path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self._path}.lock", timeout=_LOCK_SECONDS):
            known = dict(_read(self._path)) if self._path.exists() else {}
            yield known
            written = Path(f"{self._path}.new")
            written.unlink(missing_ok=True)
            private = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(private, "w", encoding="utf-8") as file:
                json.dump(_fields(known), file, ensure_ascii=False, indent=2)
            os.replace(written, self._path)


def _read(path: Path) -> dict[str, Account]:
    try:
        accounts = json.loads(path.read_text("utf-8"))["accounts"]
        return {
            name: Account(
                name, str(fields["password"]), tuple(map(str, fields.get("tokens", ()))), bool(fields.get("reader"))
            )
            for name, fields in accounts.items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidAccounts(
            f"{path} holds no accounts; name a new file, or restore what `footnote account` wrote"
        ) from error


def _fields(known: dict[str, Account]) -> dict[str, Any]:
    return {
        "accounts": {
            one.name: {"password": one.password, "tokens": list(one.tokens), "reader": one.reader}
            for one in known.values()
        },
    }


def hashed_password(password: str) -> str:
    """The password as it is kept: `scrypt$n$r$p$salt$hash`, the last two in base64."""
    salt = secrets.token_bytes(_SALT_BYTES)
    parts = (salt, _scrypt(password, salt, **_COST))
    return "$".join(["scrypt", *map(str, _COST.values()), *(base64.b64encode(part).decode() for part in parts)])


def _is_password(password: str, kept: str) -> bool:
    try:
        _, n, r, p, salt, expected = kept.split("$")
        found = _scrypt(password, base64.b64decode(salt), int(n), int(r), int(p))
        return hmac.compare_digest(found, base64.b64decode(expected))
    except ValueError:
        return False  # a line that was changed by hand lets nobody in


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY)


def _nobodys_password() -> str:
    """A hash that no password has, made like all others."""
    return "$".join(["scrypt", *map(str, _COST.values()), "AAAAAAAAAAAAAAAAAAAAAA==", "AAAA"])


def _token_digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
