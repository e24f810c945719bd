"""What reaches a terminal: every note in any encoding, no control characters, errors of the system in plain words."""

import errno
import io
import json
import sys

import pytest

from ui import cli
from ui.terminal import os_error_words, prepare_output, printable


class Terminal(io.TextIOWrapper):
    def __init__(self, encoding, *, isatty):
        super().__init__(io.BytesIO(), encoding=encoding)
        self._isatty = isatty

    def isatty(self):
        return self._isatty

    def written(self):
        self.flush()
        return self.buffer.getvalue()


@pytest.mark.parametrize(
    ("isatty", "written"), [(False, '{"a": "é 🤏"}'.encode()), (True, rb'{"a": "\xe9 \U0001f90f"}')]
)
def test_a_pipe_gets_utf8_whatever_the_locale_and_a_terminal_what_it_can_show(monkeypatch, isatty, written):
    monkeypatch.setattr(sys, "stdout", Terminal("ascii", isatty=isatty))
    prepare_output()
    print(json.dumps({"a": "é 🤏"}, ensure_ascii=False), end="")
    assert sys.stdout.written() == written


def test_a_note_cannot_send_orders_to_the_terminal():
    text = "a \x1b[31mred\x1b[0m bell\x07 \u202eback\u202c \x9b1m tab\t line\n é 👩‍🔬"
    shown = printable(text)
    assert len(shown) == len(text)
    assert not {*shown} & {"\x1b", "\x07", "\x9b", "\u202e", "\u202c"}
    assert shown.endswith("tab\t line\n é 👩‍🔬")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory", "a.json"),
            "a.json: no such file or directory; check the path",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "i/writer.lock"),
            "i/writer.lock: permission denied; check its permissions",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "no space left on device; free some space"),
        (OSError("odd"), "odd"),
    ],
)
def test_an_error_of_the_system_says_what_where_and_what_to_do(error, words):
    assert os_error_words(error) == words


def test_stopping_while_modules_load_is_no_traceback(monkeypatch, capsys):
    def stopped():
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_parser", stopped)
    assert cli.main(["doctor"]) == 1
    assert capsys.readouterr().err.startswith("footnote: stopped;")
