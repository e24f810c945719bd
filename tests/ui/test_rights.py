"""What a visitor may do: name folders of this machine, and change what others see."""

from types import SimpleNamespace

import gradio as gr
import pytest

from ui.accounts import Accounts
from ui.errors import ReadersOnlyAsk
from ui.page.rights import Rights

HERE = {"host": "127.0.0.1:7860"}


def request(host="127.0.0.1", username=None, headers=HERE):
    return gr.Request(client=SimpleNamespace(host=host), username=username, headers=headers)


@pytest.mark.parametrize(
    ("host", "username", "headers", "may"),
    [
        ("127.0.0.1", None, HERE, True),
        ("::1", None, {"host": "[::1]:7860"}, True),
        ("127.0.0.1", None, {"host": "localhost"}, True),
        ("10.0.0.7", None, HERE, False),
        ("127.0.0.1", "ada", HERE, False),
        ("127.0.0.1", None, {**HERE, "x-forwarded-for": "203.0.113.5"}, False),
        ("127.0.0.1", None, {**HERE, "via": "1.1 proxy"}, False),
        ("127.0.0.1", None, {"host": "notes.example.org"}, False),
        ("127.0.0.1", None, {}, False),
    ],
)
def test_only_who_sits_at_this_machine_may_name_its_folders(host, username, headers, may):
    assert Rights().may_name_folders(request(host, username, headers)) is may


def test_readers_change_nothing(tmp_path):
    accounts = Accounts(tmp_path / "accounts.json")
    accounts.set_password("anna", "correct horse")
    accounts.set_password("rita", "correct horse", reader=True)
    rights = Rights(accounts)
    rights.check_change(request(username="anna"))
    rights.check_change(request())
    with pytest.raises(ReadersOnlyAsk, match="may ask and read"):
        rights.check_change(request(username="rita"))
    by_token = SimpleNamespace(scope={"footnote_user": "rita"})
    assert rights.is_reader(by_token)
