"""What the README tells people to type exists, and its programs do what they show."""

import re
import shlex
from contextlib import redirect_stdout
from io import StringIO

import pytest

from tests.page_server import ROOT
from ui.cli import _parser

README = (ROOT / "README.md").read_text("utf-8")
SECTION = README.split("## The same as an API\n")[1].split("\n## ")[0]
COMMANDS = [line for line in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in line.splitlines()]


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("footnote ")])
def test_every_command_is_understood(command):
    _, *arguments = shlex.split(command, comments=True)
    assert callable(_parser().parse_args(arguments).run)


@pytest.mark.filterwarnings("default")  # gradio_client's own
def test_the_programs_print_an_answer_of_a_running_page(served):
    programs = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
    assert len(programs) == 2
    for program in programs:
        printed = StringIO()
        with redirect_stdout(printed):
            exec(program.replace("http://127.0.0.1:7860", served.url), {})
        assert "square root of the key width" in printed.getvalue()
