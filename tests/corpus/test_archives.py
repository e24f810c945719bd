"""ZIP archives give their files one by one, or reasons; bombs and names that lead out do no harm."""

from __future__ import annotations

import io
import stat
import struct
import time
import tracemalloc
import zipfile

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.archives import ArchiveLimits, UnreadableMember, is_archive, open_archive
from corpus.errors import UnreadableFile
from corpus.source_file import SourceFile

MB = 2**20


def zip_of(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def archive_of(data: bytes, name: str = "notes.zip") -> SourceFile:
    return SourceFile(name, data, path=f"/x/{name}", root="/x", metadata={"tags": ("t",)})


def outcomes(data: bytes, limits: ArchiveLimits | None = None) -> dict[str, bytes | str]:
    """By name: the content of a member, or the reason why it was not unpacked."""
    return {
        member.name: member.reason if isinstance(member, UnreadableMember) else member.data
        for member in open_archive(archive_of(data), limits)
    }


def test_members_are_files_with_names_below_the_archive():
    (member,) = open_archive(archive_of(zip_of(("folder/ü.md", b"# A"))))
    assert member == SourceFile("notes.zip/folder/ü.md", b"# A", "/x/notes.zip/folder/ü.md", "/x", {"tags": ("t",)})


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_packing_method_is_read_in_the_order_of_the_archive(method: int):
    data = zip_of(("b.md", b"2"), ("a.md", b"1"), method=method)
    assert list(outcomes(data).items()) == [("notes.zip/b.md", b"2"), ("notes.zip/a.md", b"1")]


def test_folders_hidden_files_and_unwanted_ones_are_left_out():
    data = zip_of(
        ("d/", b""), ("__MACOSX/._a.md", b"x"), (".git/config", b"x"), ("d/.x", b"x"), ("p.png", b"x"), ("./a", b"1")
    )
    members = open_archive(archive_of(data), wanted=lambda name: not name.endswith(".png"))
    assert [member.name for member in members] == ["notes.zip/./a"]


@pytest.mark.parametrize(
    "name", ["../up.md", "a/../../up.md", "/etc/passwd", "C:\\x.md", "..\\up.md", "\\\\host\\x.md", "C:x.md"]
)
def test_names_that_lead_out_are_refused(name: str):
    entry = zipfile.ZipInfo("a")
    entry.filename = name
    assert list(outcomes(zip_of((entry, b"x"), ("ok.md", b"1"))).values()) == [
        "its name leads out of the archive",
        b"1",
    ]


def test_a_member_without_a_name_is_refused():
    data = zip_of(("a", b"x"))
    nameless = data.replace(b"a", b"\x00")
    assert outcomes(nameless) == {"notes.zip/": "it has no name"}


def test_links_and_older_twins_are_refused():
    link = zipfile.ZipInfo("link.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zip_of((link, b"/etc/passwd"), ("a.md", b"old"), ("a.md", b"new"))
    assert [getattr(m, "reason", None) or m.data for m in open_archive(archive_of(data))] == [
        "it is a link",
        "the archive has a newer file of the same name",
        b"new",
    ]


def patched(data: bytes, offset: int, value: int, size: str = "<H") -> bytes:
    """The archive with a field of its first member changed, in its local and in its central header."""
    changed = bytearray(data)
    central = changed.rfind(b"PK\x01\x02")
    struct.pack_into(size, changed, offset, value)
    struct.pack_into(size, changed, central + offset + 2, value)
    return bytes(changed)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (patched(zip_of(("a.md", b"x")), 6, 1), "it is protected by a password"),
        (patched(zip_of(("a.md", b"x")), 8, 97), "it is damaged, or packed in a way that is not known"),
        (patched(zip_of(("a.md", b"x" * 99)), 14, 7, "<L"), "it is damaged, or packed in a way that is not known"),
    ],
    ids=["encrypted", "method", "checksum"],
)
def test_a_member_that_cannot_be_unpacked_is_a_reason(data: bytes, reason: str):
    assert outcomes(data) == {"notes.zip/a.md": reason}


def test_a_bomb_costs_little():
    data = zip_of(("bomb.txt", bytes(150 * MB)), ("ok.md", b"1"))
    tracemalloc.start()
    start = time.perf_counter()
    found = outcomes(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    most = ArchiveLimits().ratio * zipfile.ZipFile(io.BytesIO(data)).getinfo("bomb.txt").compress_size
    assert found["notes.zip/bomb.txt"] == f"it unpacks to more than {most // MB} MB, which is the limit for its size"
    assert found["notes.zip/ok.md"] == b"1"
    assert peak < 3 * most
    assert time.perf_counter() - start < 5


def test_a_lie_about_the_size_is_noticed_while_unpacking():
    honest = zip_of(("a.txt", bytes(3 * MB)))
    liar = patched(honest, 22, 10, "<L")
    assert outcomes(liar) == {"notes.zip/a.txt": "it is damaged, or packed in a way that is not known"}


def test_limits_of_one_member_and_of_all():
    data = zip_of(*((f"{n}.txt", bytes([n]) * 40_000) for n in range(4)), method=zipfile.ZIP_STORED)
    found = outcomes(data, ArchiveLimits(member_bytes=40_000, total_bytes=100_000))
    assert [len(value) if isinstance(value, bytes) else value for value in found.values()] == [
        40_000,
        40_000,
        "the archive unpacks to more than 0 MB in all",
        "the archive unpacks to more than 0 MB in all",
    ]
    assert outcomes(zip_of(("a", b"xy")), ArchiveLimits(member_bytes=1)) == {
        "notes.zip/a": "it unpacks to more than 0 MB, which is the limit for its size"
    }


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (ArchiveLimits(members=2), "3 members are more than the limit of 2"),
        (ArchiveLimits(directory_bytes=10), "its table of contents is larger"),
    ],
)
def test_too_many_members(limits: ArchiveLimits, reason: str):
    with pytest.raises(UnreadableFile, match=reason):
        open_archive(archive_of(zip_of(("a", b""), ("b", b""), ("c", b""))), limits)


def test_archives_inside_are_opened_once():
    innermost = zip_of(("c.md", b"c"))
    inner = zip_of(("b.md", b"b"), ("deep.zip", innermost))
    data = zip_of(("a.md", b"a"), ("inner.zip", inner), ("broken.zip", b"PK\x03\x04"))
    assert outcomes(data) == {
        "notes.zip/a.md": b"a",
        "notes.zip/inner.zip/b.md": b"b",
        "notes.zip/inner.zip/deep.zip": "it lies too many archives deep; unpack it",
        "notes.zip/broken.zip": "the archive is damaged or cut off",
    }


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9])
def test_a_cut_archive_is_reported(cut: float):
    data = zip_of(("a.md", bytes(range(256)) * 20))
    with pytest.raises(UnreadableFile, match="damaged or cut off"):
        open_archive(archive_of(data[: int(cut * len(data))]))


def word_document() -> bytes:
    stream = io.BytesIO()
    docx.Document().save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.zip", zip_of(("a.md", b"")), True),
        ("a", zip_of(("a.md", b"")), True),
        ("a.zip", zip_of(), True),
        ("a.zip", zip_of(("a.md", b""))[:30], True),
        ("a.docx", word_document(), False),
        ("a.docx", word_document()[:3000], False),
        ("a.epub", zip_of(("mimetype", b"application/epub+zip"), ("META-INF/container.xml", b"")), False),
        ("model.pt", zip_of(("archive/data.pkl", b"")), False),
        ("a.txt", b"PK is a name", False),
        ("a.zip", b"not at all", False),
    ],
)
def test_is_archive(name: str, data: bytes, expected: bool):
    assert is_archive(SourceFile(name, data)) is expected


VALID = zip_of(("a.md", b"hello " * 9), ("b/c.md", b"x"), ("in.zip", zip_of(("d", b"e"))))


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.integers(0, len(VALID)).map(lambda cut: VALID[:cut]),
        st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), min_size=1, max_size=5).map(
            lambda flips: bytes(dict(flips).get(place, byte) for place, byte in enumerate(VALID))
        ),
        st.binary(max_size=60).map(lambda data: b"PK\x03\x04" + data + b"PK\x05\x06" + bytes(18)),
    )
)
def test_any_bytes_give_files_or_reasons(data: bytes):
    file = archive_of(data)
    is_archive(file)
    try:
        members = list(open_archive(file))
    except UnreadableFile:
        return
    assert all(isinstance(member, SourceFile) or member.reason for member in members)
