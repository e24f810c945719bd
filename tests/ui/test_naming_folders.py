"""Who may have folders of this machine indexed from the page."""

from types import SimpleNamespace

import pytest

from ui.page.build import _sits_at_this_machine


@pytest.mark.parametrize(
    ("host", "username", "headers", "may"),
    [
        ("127.0.0.1", None, {}, True),
        ("::1", None, {}, True),
        ("10.0.0.7", None, {}, False),
        ("127.0.0.1", "ada", {}, False),
        ("127.0.0.1", None, {"x-forwarded-for": "203.0.113.5"}, False),
    ],
)
def test_only_who_sits_at_this_machine_may_name_its_folders(host, username, headers, may):
    request = SimpleNamespace(client=SimpleNamespace(host=host), username=username, headers=headers)
    assert _sits_at_this_machine(request) is may
