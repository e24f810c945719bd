"""A parser that hangs, grows, crashes or raises costs its file and nothing else."""

from __future__ import annotations

import ctypes
import gc
import os
import re
import subprocess
import sys
import textwrap
import time
import warnings
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from corpus.errors import UnreadableFile
from corpus.formats import notebook
from corpus.isolation import Bounds, ParserPool, read_isolated
from corpus.note import Note
from corpus.source_file import SourceFile

MB = 2**20


def one_note(file: SourceFile) -> list[Note]:
    print("parsers print things")
    return [file.note(file.text, title="T", metadata={"tags": ("a", "b"), "n": 3, "ok": True})]


def process_id(file: SourceFile) -> list[Note]:
    return [file.note(str(os.getpid()))]


def hang(file: SourceFile) -> list[Note]:
    while True:
        pass


def sleep_long(file: SourceFile) -> list[Note]:
    time.sleep(0.05 * int(file.text))
    return one_note(file)


def grow(file: SourceFile) -> list[Note]:
    hoard = []
    while True:
        hoard.append(bytearray(16 * MB))


def recurse(file: SourceFile) -> list[Note]:
    return recurse(file)


def crash(file: SourceFile) -> list[Note]:
    ctypes.string_at(0)
    return []


def leave(file: SourceFile) -> list[Note]:
    os._exit(3)


def refuse(file: SourceFile) -> list[Note]:
    raise UnreadableFile("it is empty")


def fail(file: SourceFile) -> list[Note]:
    raise KeyError("secret\nsecond line")


def print_nonsense(file: SourceFile) -> list[Note]:
    os.write(1, b"x" * 100)
    sys.stdout.write("x" * 100)
    warnings.warn("loud", stacklevel=1)
    return [file.note("quiet")]


@pytest.fixture(scope="module")
def pool():
    with ParserPool(Bounds(seconds=20, seconds_per_mb=0, memory_bytes=512 * MB), workers=2) as made:
        yield made


HELLO = SourceFile("hello.txt", b"hello")


def test_notes_come_back_as_they_were_made(pool: ParserPool):
    file = SourceFile("a/b.txt", "naïve\n\x0ctext 数".encode(), "/x/a/b.txt", "/x", {"source_tags": ("é",)})
    assert pool.read(one_note, file) == one_note(file)
    assert pool.submit(one_note, file).result() == one_note(file)


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (refuse, r"it is empty"),
        (fail, r"KeyError: 'secret\\nsecond line'"),
        (recurse, r"RecursionError: .*"),
        (crash, r"the parser crashed \(SIG(SEGV|BUS)\)" if os.name == "posix" else r"the parser ended .*"),
        (leave, r"the parser ended with exit code 3"),
    ],
)
def test_a_failure_is_a_reason_and_the_next_file_is_read(pool: ParserPool, read, reason: str):
    with pytest.raises(UnreadableFile) as caught:
        pool.read(read, HELLO)
    assert re.fullmatch(reason, str(caught.value))
    assert pool.read(one_note, HELLO)[0].text == "hello"


def test_a_hanging_parser_is_killed():
    with ParserPool(Bounds(seconds=3, seconds_per_mb=1), workers=1) as pool:
        pool.read(one_note, HELLO)
        start = time.perf_counter()
        with pytest.raises(UnreadableFile, match=r"it took longer than 4 s to read"):
            pool.read(hang, SourceFile("x", bytes(MB)))
        assert 3 + 1 * 1 <= time.perf_counter() - start < 3 + 1 * 1 + 5
        assert pool.read(one_note, HELLO)[0].text == "hello"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_a_parser_that_fills_the_memory_is_stopped(pool: ParserPool):
    with pytest.raises(UnreadableFile, match=r"it needed more than 512 MB of memory"):
        pool.read(grow, HELLO)
    assert pool.read(one_note, HELLO)[0].text == "hello"


def test_what_a_parser_prints_reaches_nobody(pool: ParserPool, capfd: pytest.CaptureFixture[str]):
    assert pool.read(print_nonsense, HELLO)[0].text == "quiet"
    assert capfd.readouterr() == ("", "")


def test_workers_are_reused(pool: ParserPool):
    ids = {pool.read(process_id, HELLO)[0].text for _ in range(5)}
    assert len(ids) == 1
    assert ids != {str(os.getpid())}


def test_map_keeps_the_order_and_reads_in_parallel(pool: ParserPool):
    files = [SourceFile(f"{n}.txt", str(pause).encode()) for n, pause in enumerate([8, 0, 6, 0, 0])]
    outcomes = list(pool.map(sleep_long, files))
    assert [file.name for file, _ in outcomes] == ["0.txt", "1.txt", "2.txt", "3.txt", "4.txt"]
    assert [notes[0].note_id for _, notes in outcomes] == [file.name for file in files]


def test_map_hands_failures_on_and_takes_few_files_ahead(pool: ParserPool):
    taken = []

    def files():
        for n in range(10):
            taken.append(n)
            yield SourceFile(f"{n}.txt", b"x")

    outcomes = pool.map(refuse, files())
    _, failure = next(outcomes)
    assert str(failure) == "it is empty"
    assert len(taken) == pool.workers + 1
    outcomes.close()


def test_a_function_that_cannot_be_imported_is_the_callers_mistake(pool: ParserPool):
    with pytest.raises(TypeError, match="top level of a module"):
        pool.read(lambda file: [], HELLO)
    assert pool.read(one_note, HELLO)


def test_the_shared_pool_reads_real_formats():
    with pytest.raises(UnreadableFile, match="cut off"):
        read_isolated(notebook.read, SourceFile("x.ipynb", b"{"))


def test_closing_ends_running_workers_soon():
    pool = ParserPool(Bounds(seconds=60), workers=2)
    running = [pool.submit(hang, HELLO) for _ in range(3)]
    time.sleep(1.0)
    start = time.perf_counter()
    pool.close()
    assert time.perf_counter() - start < 5
    for future in running:
        with pytest.raises((UnreadableFile, CancelledError)):
            future.result()
    with pytest.raises(UnreadableFile, match="stopped"):
        pool.read(one_note, HELLO)
    gc.collect()  # a process or pipe that was left open would warn here


def run_script(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    script = folder / "script.py"
    script.write_text(textwrap.dedent(code), "utf-8")
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        [sys.executable, str(script)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_script_without_a_main_guard_can_read_and_a_folder_cannot_shadow_modules(tmp_path: Path):
    for name in ("json.py", "bs4.py", "html.py", "signal.py"):
        (tmp_path / "notes").mkdir(exist_ok=True)
        (tmp_path / "notes" / name).write_text("raise SystemExit('imported from the notes')", "utf-8")
    done = run_script(
        tmp_path,
        """
        import os
        from corpus.formats import html
        from corpus.isolation import read_isolated
        from corpus.source_file import SourceFile

        os.chdir("notes")
        print(read_isolated(html.read, SourceFile("a.html", b"<html><p>hello"))[0].text)
        """,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("hello\n", "", 0)


def test_no_worker_outlives_its_program(tmp_path: Path):
    done = run_script(
        tmp_path,
        """
        from corpus.formats import html
        from corpus.isolation import shared_pool
        from corpus.source_file import SourceFile

        pool = shared_pool()
        pool.read(html.read, SourceFile("a.html", b"<html><p>hello"))
        print(*[worker._process.pid for worker in pool._all])
        """,
    )
    assert done.returncode == 0, done.stderr
    for pid in map(int, done.stdout.split()):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
