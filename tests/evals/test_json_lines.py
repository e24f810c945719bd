"""JSON Lines: what is accepted, and that each fault is named with its line."""

import pytest

from evals.errors import InvalidSet, SetNotFound
from evals.json_lines import Rejected, Row, parse_rows


def write(tmp_path, content):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows_of(path):
    return [(row.line, dict(row.fields)) for row in parse_rows(path, lambda row: row)]


def test_blank_lines_a_byte_order_mark_and_crlf_change_nothing(tmp_path):
    path = write(tmp_path, b'\xef\xbb\xbf{"a": 1}\r\n\r\n  \n{"a": 2}')
    assert rows_of(path) == [(1, {"a": 1}), (4, {"a": 2})]


def test_only_a_line_feed_ends_a_line(tmp_path):
    assert rows_of(write(tmp_path, '{"a": "x\u2028y\x85z"}\n')) == [(1, {"a": "x\u2028y\x85z"})]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"a": }', "not JSON: Expecting value at column 7"),
        (b'{"a": 1', "not JSON"),
        (b"[1]", "must be a JSON object, not list"),
        (b'{"a": "\xff"}', "not UTF-8 (byte 8 of the line)"),
        (b'{"a": ' + b"[" * 100_000, "too deeply nested"),
        (b'{"a": "\\ud83d"}', "half a character"),
    ],
)
def test_a_line_that_is_no_object_is_refused_with_its_number(tmp_path, line, reason):
    path = write(tmp_path, b'{"a": 1}\n\n' + line + b"\n")
    with pytest.raises(InvalidSet) as error:
        rows_of(path)
    assert error.value.problems[0].startswith(f"{path}:3: ")
    assert reason in error.value.problems[0]


def test_an_escaped_whole_character_is_welcome(tmp_path):
    assert rows_of(write(tmp_path, '{"a": "\\ud83d\\ude00"}')) == [(1, {"a": "😀"})]


def test_all_faults_of_a_file_are_named_at_once(tmp_path):
    path = write(tmp_path, "{}\n" * 30)
    with pytest.raises(InvalidSet) as error:
        parse_rows(path, lambda row: row.text("a"))
    assert [problem.split(":")[-2] for problem in error.value.problems] == [str(line) for line in range(1, 31)]
    assert str(error.value).splitlines()[-1] == "and 10 more problems"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SetNotFound, match=r"nowhere\.jsonl"):
        rows_of(tmp_path / "nowhere.jsonl")


def row(tmp_path, **fields):
    return Row(tmp_path / "rows.jsonl", 7, fields)


def test_fields_are_read_as_what_they_must_be(tmp_path):
    found = row(tmp_path, name="x", number=12, one="a", many=["a", "b"], yes=True, none=None)
    assert [found.text("name"), found.text("number")] == ["x", "12"]
    assert [found.text("none", "default"), found.text("gone", "")] == ["default", ""]
    assert [found.texts(name) for name in ("one", "many", "none", "gone")] == [("a",), ("a", "b"), (), ()]
    assert (found.flag("yes", False), found.flag("gone", True)) == (True, True)
    assert found.origin.endswith("rows.jsonl:7")


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (lambda r: r.text("gone"), "`gone` is missing"),
        (lambda r: r.text("blank"), "`blank` is blank"),
        (lambda r: r.text("yes"), "`yes` must be text, not True"),
        (lambda r: r.text("list"), "`list` must be text"),
        (lambda r: r.texts("list"), "none of them blank; found 1"),
        (lambda r: r.texts("blanks"), "none of them blank; found ' '"),
        (lambda r: r.flag("word", False), "`word` must be true or false, not 'false'"),
    ],
)
def test_a_field_of_another_kind_is_refused(tmp_path, read, reason):
    fields = row(tmp_path, blank=" ", yes=True, list=["a", 1], blanks=["a", " "], word="false")
    with pytest.raises(Rejected) as error:
        read(fields)
    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"evidences": 1}, "did you mean `evidence`"), ({"anwser": 1, "evidence": 2}, "did you mean `answer`")],
)
def test_a_misspelt_field_is_refused(tmp_path, fields, reason):
    with pytest.raises(Rejected, match=reason):
        row(tmp_path, **fields).refuse_typos(("evidence", "answer"))


def test_fields_of_the_writers_own_are_welcome(tmp_path):
    row(tmp_path, course="ml", answer=1, answers=2).refuse_typos(("evidence", "answer"))
