"""What a running page refuses: foreign names, foreign pages, files of this machine, and addresses to fetch."""

import json
import os
import socket
from pathlib import Path

import httpx
import pytest

from tests.page_server import QUESTION
from ui.guard import _KnownHosts, is_loopback


@pytest.fixture
def url(served):
    return served.url


@pytest.fixture
def client(url):
    with httpx.Client(base_url=url, timeout=60) as opened:
        yield opened


def test_every_answer_carries_the_content_policy_also_a_refusal(client):
    for response in (client.get("/"), client.get("/config"), client.get("/", headers={"Host": "evil.example"})):
        assert "default-src 'self'" in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "10.0.0.1", "[::2]:1"])
def test_another_host_name_is_refused(client, host):
    response = client.get("/", headers={"Host": host})
    assert response.status_code == 400
    assert "name of this server" in response.text


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost", "LOCALHOST:7860", "[::1]:7860"])
def test_the_names_of_this_machine_are_known(client, host):
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("bound", "name", "known"),
    [
        ("0.0.0.0", "192.168.1.5", True),
        ("0.0.0.0", socket.gethostname().lower(), True),
        ("0.0.0.0", "evil.example", False),
        ("notes.lan", "notes.lan", True),
        ("notes.lan", "192.168.1.5", False),
    ],
)
def test_a_page_for_other_machines_knows_its_addresses_and_no_foreign_name(bound, name, known):
    assert _KnownHosts(None, bound, any_name=False)._is_known(name) == known


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        *((host, True) for host in ("127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]")),
        *((host, False) for host in ("0.0.0.0", "::", "192.168.1.5", "notes.lan", "")),
    ],
)
def test_what_is_loopback(host, loopback):
    assert is_loopback(host) == loopback


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/gradio_api/upload", {"files": {"files": ("a.md", b"# A")}}),
        ("/gradio_api/queue/join", {"json": {"data": [], "fn_index": 0, "session_hash": "x"}}),
        ("/gradio_api/call/search", {"json": {"data": ["layers"]}}),
        ("/v1/chat/completions", {"json": {"model": "footnote", "messages": [{"role": "user", "content": QUESTION}]}}),
        ("/login", {"data": {"username": "a", "password": "b"}}),
    ],
)
def test_what_a_page_of_another_site_sends_is_refused(client, path, sent, headers):
    response = client.post(path, headers=headers, **sent)
    assert response.status_code == 403
    assert "other sites" in response.text


def test_another_site_reads_nothing_and_gets_no_permission_to(client):
    headers = {"Origin": "https://evil.example"}
    assert client.get("/config", headers=headers).status_code == 403
    preflight = client.options("/config", headers={**headers, "Access-Control-Request-Method": "POST"})
    assert "access-control-allow-origin" not in preflight.headers


def test_the_page_itself_and_programs_may_upload(client, url):
    for headers in ({}, {"Origin": url}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        response = client.post("/gradio_api/upload", headers=headers, files={"files": ("a.md", b"# A")})
        assert response.status_code == 200, response.text


def test_an_upload_comes_back_as_a_download_and_never_as_a_page(client):
    (path,) = client.post("/gradio_api/upload", files={"files": ("a.html", b"<script>1</script>")}).json()
    response = client.get(f"/gradio_api/file={path}")
    assert response.status_code == 200
    assert response.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("route", ["/gradio_api/file=", "/gradio_api/file/"])
def test_no_file_of_the_machine_can_be_fetched(client, served, route):
    (served.folder / "data" / "history.sqlite").write_text("secret")
    kept = [file for file in served.folder.rglob("*") if file.is_file()]
    assert any((served.folder / "index") in file.parents for file in kept)
    private = [Path("/etc/passwd"), Path("pyproject.toml").resolve(), *kept]
    for file in private:
        for path in (str(file), f"/tmp/../{file}", os.path.relpath(file), f"file://{file}"):
            response = client.get(f"{route}{path}")
            assert response.status_code in (403, 404), path
            assert "secret" not in response.text


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=http://example.org/a",
        "/gradio_api/file=HTTPS://example.org/a",
        "/gradio_api/file= http://example.org/a",
        "/gradio_api/file%3Dhttp://example.org/a",
        "/gradio_api/file/http://example.org/a",
        "/gradio_api/proxy=https://a.hf.space/b",
    ],
)
def test_no_address_is_fetched_for_a_visitor(client, path):
    response = client.get(path)
    assert response.status_code == 403
    assert "fetches nothing" in response.text


def test_an_address_in_an_event_is_not_fetched(client, served):
    """Gradio downloads what an input names as a file, whatever the input is for."""
    file = {"path": "http://example.org/a", "meta": {"_type": "gradio.FileData"}}
    functions = client.get("/config").json()["dependencies"]
    tried = 0
    for function in functions:
        if not function["inputs"] or not function["backend_fn"]:
            continue
        sent = {"data": [file] * len(function["inputs"]), "fn_index": function["id"], "session_hash": f"s{tried}"}
        joined = client.post("/gradio_api/queue/join", json=sent)
        if joined.status_code != 200:
            continue
        tried += 1
        with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": sent["session_hash"]}) as lines:
            for line in lines.iter_lines():
                if line.startswith("data:") and json.loads(line[5:])["msg"] == "process_completed":
                    break
    assert tried > 0
    assert served.reached() == []
