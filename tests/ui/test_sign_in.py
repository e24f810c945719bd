"""The page with accounts: who has not signed in gets nothing, and programs bring a token."""

import asyncio
import io
from contextlib import contextmanager

import httpx
import openai
import pytest
from gradio_client import Client
from mcp.client import Client as ToolClient
from mcp.client.streamable_http import streamable_http_client

from tests.page_server import QUESTION, SENTENCE, running_page
from tests.page_tools import PATIENCE_MS, expect
from ui.accounts import Accounts
from ui.cli import main
from ui.page.launch import Serving

pytestmark = pytest.mark.filterwarnings("default")  # gradio_client's own

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """The page with the accounts anna, bert and carl, and rita, who only reads."""
    folder = tmp_path_factory.mktemp("closed")
    accounts = Accounts(folder / "accounts.json")
    for name in ("anna", "bert", "carl"):
        accounts.set_password(name, PASSWORD)
    accounts.set_password("rita", PASSWORD, reader=True)
    with running_page(folder, "--mcp", "--auth", str(folder / "accounts.json")) as running:
        yield running


@pytest.fixture(scope="module")
def accounts(closed):
    return Accounts(closed.folder / "accounts.json")


@pytest.fixture
def client(closed):
    with httpx.Client(base_url=closed.url, timeout=60) as opened:
        yield opened


def sign_in(client, name, password=PASSWORD):
    return client.post("/login", data={"username": name, "password": password})


GUARDED = [
    ("GET", "/config"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/file=/etc/passwd"),
    ("GET", "/gradio_api/heartbeat/x"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/upload"),
    ("POST", "/gradio_api/call/ask"),
    ("POST", "/gradio_api/cancel"),
    ("GET", "/v1/models"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/mcp"),
    ("GET", "/monitoring"),
    ("GET", "/anything"),
]


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_nothing_is_answered_before_the_sign_in(client, method, path):
    for headers in ({}, {"Authorization": "Bearer fn-wrong"}, {"Authorization": "Basic YTpi"}):
        response = client.request(method, path, headers=headers)
        assert response.status_code == 401
        assert response.json()["error"]["message"].startswith("sign in, or send a token")


def test_the_form_is_shown_and_tells_nothing_of_the_notes(client):
    response = client.get("/")
    assert response.status_code == 200
    assert '"auth_required":true' in response.text.replace(" ", "")
    assert "Dropout" not in response.text


def test_the_right_password_opens_the_page_and_signing_out_closes_it(client):
    assert sign_in(client, "bert", "wrong password").status_code == 400
    assert client.get("/config").status_code == 401
    assert sign_in(client, "bert").json() == {"success": True}
    assert client.get("/config").json()["username"] == "bert"
    kept = dict(client.cookies)
    client.get("/logout")
    assert client.get("/config").status_code == 401
    assert httpx.get(f"{client.base_url}/config", cookies=kept, timeout=60).status_code == 401


def test_after_three_wrong_passwords_the_right_one_has_to_wait(client):
    for _ in range(3):
        assert sign_in(client, "carl", "wrong password").status_code == 400
    for _ in range(4):  # on a busy machine the first wait, a second, is over before the next try
        if sign_in(client, "carl").status_code == 400:
            return
        assert sign_in(client, "carl", "wrong password").status_code == 400
    raise AssertionError("nobody has to wait")


@contextmanager
def patiently_signed_in(closed, name):
    """A client of that account; this address has to wait for its earlier failures."""
    with httpx.Client(base_url=closed.url, timeout=60) as client:
        while sign_in(client, name).status_code != 200:
            pass
        yield client


def component(config, elem_id):
    return next(one["id"] for one in config["components"] if one["props"].get("elem_id") == elem_id)


def call_server(client, name, **sent):
    """What a function of the wire answers."""
    wire = component(client.get("/config").json(), "fn-wire")
    body = {"data": sent, "component_id": wire, "fn_name": name, "session_hash": "x"}
    return client.post("/gradio_api/component_server/", json=body).json()


def fire(client, elem_id, trigger, data, sent=None):
    """What the server sends for an event of a component."""
    config = client.get("/config").json()
    target = [component(config, elem_id), trigger]
    event = next(one["id"] for one in config["dependencies"] if target in one["targets"])
    body = {"fn_index": event, "data": data, "event_data": sent, "session_hash": f"{client.cookies}{event}"}
    client.post("/gradio_api/queue/join", json=body).raise_for_status()
    return client.get("/gradio_api/queue/data", params={"session_hash": body["session_hash"]}).text


def test_a_reader_asks_and_changes_nothing(closed):
    note = {"files": ("x.md", b"# X")}
    with patiently_signed_in(closed, "rita") as reader, patiently_signed_in(closed, "bert") as writer:
        assert call_server(reader, "status")["reader"] is True
        assert call_server(writer, "status")["reader"] is False
        assert "28 layers" in call_server(reader, "open_note", note="mobilenet.md")["html"]
        assert "may ask and read" in call_server(reader, "reindex", note="mobilenet.md")["error"]
        assert "was not read from a file" in call_server(writer, "reindex", note="mobilenet.md")["error"]
        remove = {"act": "remove", "note": "mobilenet.md"}
        assert "may ask and read" in fire(reader, "fn-note-list", "submit", ["", None], remove)
        assert "was not read from a file" in fire(writer, "fn-note-list", "submit", ["", None], remove)
        assert "may ask and read" in fire(reader, "fn-run-set", "click", [None, "extractive", "auto", 0])
        assert "choose one of the sets" in fire(writer, "fn-run-set", "click", [None, "extractive", "auto", 0])
        assert reader.post("/gradio_api/upload", files=note).status_code == 403
        assert writer.post("/gradio_api/upload", files=note).status_code == 200


def test_gradio_client_signs_in(closed, accounts):
    accounts.set_password("dora", PASSWORD)
    with patiently_signed_in(closed, "dora"):
        pass
    client = Client(closed.url, auth=("dora", PASSWORD), verbose=False)
    assert client.predict(QUESTION, api_name="/ask")["answer"].startswith(SENTENCE)
    client.close()


def test_programs_bring_a_token(closed, accounts):
    token = accounts.new_token("anna")
    with openai.OpenAI(base_url=f"{closed.url}/v1", api_key=token, max_retries=0) as client:
        messages = [{"role": "user", "content": QUESTION}]
        answer = client.chat.completions.create(model="footnote", messages=messages)
        assert SENTENCE in answer.choices[0].message.content
        accounts.new_token("anna")
        with pytest.raises(openai.AuthenticationError, match="sign in, or send a token"):
            client.chat.completions.create(model="footnote", messages=messages)


async def test_other_assistants_bring_a_token(closed, accounts):
    import httpx2

    headers = {"Authorization": f"Bearer {await asyncio.to_thread(accounts.new_token, 'anna')}"}
    async with httpx2.AsyncClient(headers=headers) as carrying:
        transport = streamable_http_client(f"{closed.url}/mcp", http_client=carrying)
        async with ToolClient(transport) as client:
            answer = await client.call_tool("ask", {"question": QUESTION})
    assert answer.content[0].text.startswith(SENTENCE)


def test_the_session_of_a_removed_account_ends(client, accounts):
    accounts.set_password("erik", PASSWORD)
    while sign_in(client, "erik").status_code != 200:
        pass
    assert client.get("/config").status_code == 200
    accounts.remove("erik")
    assert client.get("/config").status_code == 401


OPEN_DOORS = [
    (["--host", "0.0.0.0"], "--host 0.0.0.0 opens your notes to other machines; give it --auth FILE, or --no-auth"),
    (["--host", "notes.lan"], "--host notes.lan opens your notes to other machines"),
    (["--host", "::"], "opens your notes"),
    (["--share"], "--share puts the page on the internet; give it --auth FILE"),
    (["--share", "--no-auth"], "--share puts the page on the internet; give it --auth FILE"),
    (["--auth", "nowhere.json"], "nowhere.json: No such file or directory; run `footnote account add NAME --auth"),
]


@pytest.mark.parametrize(("options", "message"), OPEN_DOORS, ids=lambda value: " ".join(value))
def test_the_page_is_not_opened_to_others_by_mistake(capsys, options, message):
    assert main(["ui", *options]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "serving", [Serving("127.0.0.1", 1), Serving("localhost", 1), Serving("0.0.0.0", 1, open_to_others=True)]
)
def test_this_machine_alone_and_what_was_asked_for_need_no_password(serving):
    serving.check()


def test_accounts_are_kept_by_command(capsys, tmp_path, monkeypatch):
    file = str(tmp_path / "accounts.json")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main(["account", "add", "anna", "--auth", file]) == 0
    assert PASSWORD not in capsys.readouterr().out
    assert main(["account", "token", "anna", "--auth", file]) == 0
    token = capsys.readouterr().out.strip()
    assert Accounts(tmp_path / "accounts.json").holder_of(token) == "anna"
    assert main(["account", "list", "--auth", file]) == 0
    assert capsys.readouterr().out == "anna\n"
    for option, listed in (["--reader"], "anna (reader)"), ([], "anna (reader)"), (["--no-reader"], "anna"):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
        assert main(["account", "add", "anna", "--auth", file, *option]) == 0
        capsys.readouterr()
        assert main(["account", "list", "--auth", file]) == 0
        assert capsys.readouterr().out == f"{listed}\n"
    assert main(["account", "remove", "bert", "--auth", file]) == 1
    assert "there is no account 'bert'" in capsys.readouterr().err
    assert main(["account", "remove", "anna", "--auth", file]) == 0


def test_a_password_is_typed_twice_without_being_shown(capsys, tmp_path, monkeypatch):
    typed = iter([PASSWORD, PASSWORD, PASSWORD, "another one"])
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda _: True})())
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    command = ["account", "add", "anna", "--auth", str(tmp_path / "accounts.json")]
    assert main(command) == 0
    assert main(command) == 1
    assert "the two passwords differ" in capsys.readouterr().err


@pytest.mark.browser
def test_a_person_signs_in_by_the_form_and_out_again(closed, accounts, browser):
    accounts.set_password("fritz", PASSWORD, reader=True)
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    try:
        page.goto(closed.url)
        _fill_the_form(page, "fritz")
        page.wait_for_selector("html[data-footnote=ready]")
        page.get_by_role("tab", name="Notes").click()
        expect(page.locator("#fn-note-list table")).to_be_visible()
        expect(page.get_by_text("Add notes")).to_be_hidden()
        expect(page.get_by_role("button", name="Remove")).to_have_count(0)
        page.get_by_role("link", name="Sign out").click()
        expect(page.get_by_label("username")).to_be_visible()
        expect(page.locator("html[data-footnote=ready]")).to_have_count(0)
    finally:
        context.close()


def _fill_the_form(page, name):
    """Sign in; while this address has to wait for its earlier failures, try again."""
    page.get_by_label("username").fill(name)
    for _ in range(30):
        page.get_by_label("password").fill(PASSWORD)
        with page.expect_response("**/login") as answered:
            page.get_by_role("button", name="Login").click()
        if answered.value.status == 200:
            return
        page.wait_for_timeout(1_000)
    raise AssertionError("the right password was refused for half a minute")
