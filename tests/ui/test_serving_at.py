"""Where the page cannot be served is said in one line, before anything is loaded."""

import socket

import pytest

from ui.cli import main
from ui.errors import UsageError
from ui.page.launch import refuse_taken


def test_an_address_at_which_somebody_listens_is_refused():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match=r"address already in use; choose another --port"):
            refuse_taken("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize("port", ["0", "65536", "99999999"])
def test_a_number_that_is_no_port_is_wrong_usage(capsys, port):
    with pytest.raises(SystemExit) as stopped:
        main(["ui", "--port", port])
    assert stopped.value.code == 2
    assert "is no port" in capsys.readouterr().err
