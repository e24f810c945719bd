"""Dates as tables write them become ISO 8601, and what may mean two days becomes none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.formats._dates import iso_date


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2021-05-03", "2021-05-03"),
        ("20210503", "2021-05-03"),
        ("2021-05-03T10:20:30", "2021-05-03T10:20:30"),
        ("2021-05-03 10:20:30", "2021-05-03T10:20:30"),
        ("2021-05-03T10:20:30Z", "2021-05-03T10:20:30+00:00"),
        ("2021-05-03 10:20:30 UTC", "2021-05-03T10:20:30+00:00"),
        ("2021-05-03T10:20:30.5+02:00", "2021-05-03T10:20:30.500000+02:00"),
        ("2021", "2021"),
        ("2021-05", "2021-05"),
        (2021, "2021"),
        (1620037230, "2021-05-03T10:20:30+00:00"),
        ("1620037230", "2021-05-03T10:20:30+00:00"),
        (1620037230.0, "2021-05-03T10:20:30+00:00"),
        (1620037230000, "2021-05-03T10:20:30+00:00"),
        ("3 May 2021", "2021-05-03"),
        ("May 3, 2021", "2021-05-03"),
        ("Sep 3, 2021", "2021-09-03"),
        ("2021/05/03", "2021-05-03"),
        ("03.05.2021", "2021-05-03"),
        ("03.05.2021 10:20", "2021-05-03T10:20:00"),
        ("Mon, 03 May 2021 10:20:30 +0200", "2021-05-03T10:20:30+02:00"),
        ("Mon May 03 10:20:30 +0000 2021", "2021-05-03T10:20:30+00:00"),
        ("3/4/2021", ""),
        ("yesterday", ""),
        ("31.02.2021", ""),
        ("12", ""),
        (True, ""),
        (None, ""),
        ("", ""),
        (float("nan"), ""),
        (float("inf"), ""),
        ("9" * 13, ""),
    ],
)
def test_each_way_of_writing_a_date(written, iso):
    assert iso_date(written) == iso


@given(st.text(max_size=45) | st.text("0123456789-:/. TZ+UC", max_size=30) | st.floats() | st.integers())
def test_any_value_gives_a_date_or_nothing(value):
    assert re.fullmatch(r"(\d{4}(-\d\d(-\d\d(T.+)?)?)?)?", iso_date(value))
