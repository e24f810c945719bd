"""`footnote account`: who may use the page where it asks for a password."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from ui.accounts import Accounts
from ui.errors import InvalidAccounts


def add_account_commands(parser: argparse.ArgumentParser) -> None:
    """Nothing; `parser` then knows `add`, `token`, `remove` and `list`."""
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, act, text in (
        ("add", _add, "Add an account, or change its password, which is asked for without being shown."),
        ("token", _token, "Print a new token with which a program may use the account; the one before ends."),
        ("remove", _remove, "Remove an account; its sessions and its token end."),
        ("list", _list, "Print the names."),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=lambda options, _settings, act=act: act(options))
        command.add_argument("--auth", metavar="FILE", type=Path, required=True, help="file of the accounts")
        if name != "list":
            command.add_argument("name", metavar="NAME")
        if name == "add":
            command.add_argument(
                "--reader",
                action=argparse.BooleanOptionalAction,
                help="the account may ask and read only, and change neither notes nor evals",
            )


def _add(options: argparse.Namespace) -> int:
    accounts = Accounts(options.auth)
    accounts.set_password(options.name, _asked_password(options.name), reader=options.reader)
    what = "sign in, ask and read" if accounts.is_reader(options.name) else "sign in"
    print(f"{options.name} may {what} with `footnote ui --auth {options.auth}`")
    return 0


def _token(options: argparse.Namespace) -> int:
    print(Accounts(options.auth).new_token(options.name))
    return 0


def _remove(options: argparse.Namespace) -> int:
    Accounts(options.auth).remove(options.name)
    print(f"{options.name} can no longer sign in")
    return 0


def _list(options: argparse.Namespace) -> int:
    accounts = Accounts.open(options.auth)
    print(*(f"{name} (reader)" if accounts.is_reader(name) else name for name in accounts.names()), sep="\n")
    return 0


def _asked_password(name: str) -> str:
    """The password, typed twice without being shown; from a pipe, its first line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(f"Password for {name}: ")
    if getpass.getpass("Once more: ") != password:
        raise InvalidAccounts("the two passwords differ; nothing was changed")
    return password
