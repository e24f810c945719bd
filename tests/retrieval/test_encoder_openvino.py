"""OpenVINO is taken only where it is faster, and keeps its telemetry to itself."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from retrieval.encoder_openvino import cpu_has_bfloat16

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16\n", True),
        ("processor : 0\nflags : amx_bf16\n\nprocessor : 1\nflags : amx_bf16\n", True),
        ("flags : amx_bf16\nflags : avx2\n", False),
        ("flags : avx512f avx512_vnni\n", False),
        ("Features : fp asimd bf16\n", False),
        ("", False),
    ],
)
def test_bfloat16_needs_its_instructions_on_every_core(tmp_path, description, expected):
    (tmp_path / "cpuinfo").write_text(description)
    assert cpu_has_bfloat16(tmp_path / "cpuinfo") is expected


def test_where_the_system_does_not_tell_there_is_no_bfloat16(tmp_path):
    assert not cpu_has_bfloat16(tmp_path / "missing")


WATCHED_IMPORT = """
import sys
seen = []
def watch(event, args):
    if event.startswith(("socket.", "os.fork", "subprocess.")):
        seen.append(event)
sys.addaudithook(watch)
from retrieval.encoder_openvino import _import_openvino
_import_openvino()
from openvino.tools.ovc import telemetry
print(type(telemetry).__module__, "openvino_telemetry" in sys.modules, seen)
"""


@pytest.mark.skipif(find_spec("openvino") is None, reason="OpenVINO is not installed")
def test_importing_openvino_reports_nothing_and_writes_no_identifier(tmp_path):
    environment = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED_IMPORT], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[0] == "openvino.tools.ovc.telemetry_stub False []"
    assert list(tmp_path.iterdir()) == []
