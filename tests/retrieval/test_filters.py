"""Filters keep exactly the notes that a note-by-note reading of the condition keeps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import InvalidFilter
from retrieval.filters import build_columns

NOTES = [
    {"tags": ("attention", "RoPE"), "year": 2017, "date": "2017-06-12", "author": "Ada"},
    {"tags": ("optimiser",), "year": 2014, "date": "2014-12-22", "author": "Grace", "draft": True},
    {"tags": (), "year": 2020, "date": "2020-01-02"},
    {"author": "Adam", "draft": False},
]


def kept(where):
    return np.flatnonzero(build_columns(NOTES).mask(where)).tolist()


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, [0, 1, 2, 3]),
        ({"must": [{"field": "tags", "match": "rope"}]}, [0]),
        ({"must": [{"field": "year", "match": 2014}]}, [1]),
        ({"must": [{"field": "draft", "match": True}]}, [1]),
        ({"must": [{"field": "author", "any": ["ada", "grace", "nobody"]}]}, [0, 1]),
        ({"must": [{"field": "author", "prefix": "Ada"}]}, [0, 3]),
        ({"must": [{"field": "year", "range": {"gte": 2014, "lt": 2020}}]}, [0, 1]),
        ({"must": [{"field": "date", "range": {"gt": "2014-12-22"}}]}, [0, 2]),
        ({"must_not": [{"field": "author", "prefix": "ada"}]}, [1, 2]),
        ({"should": [{"field": "year", "match": 2020}, {"field": "author", "match": "Adam"}]}, [2, 3]),
        ({"should": []}, []),
        ({"must": [{"should": [{"field": "year", "match": 2017}, {"field": "year", "match": 2020}]}]}, [0, 2]),
        ({"must": {"field": "year", "match": 2017}}, [0]),
    ],
)
def test_what_is_kept(where, expected):
    assert kept(where) == expected


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (
            {"must": [{"field": "yaer", "match": 1}]},
            "unknown field 'yaer'; this index knows author, date, draft, tags, year",
        ),
        ({"must": [{"field": "year", "equals": 1}]}, "one of match, any, range, prefix"),
        ({"must": [{"field": "year", "match": 1, "any": []}]}, "one of match"),
        ({"most": []}, "unknown part 'most'"),
        ({"must": [{"key": "tags", "match": "x"}]}, "a condition names its 'field'"),
        ({"must": "year"}, "takes a list"),
        ({"must": [3]}, "a condition is an object"),
        ({"must": [{"field": "year", "range": {"min": 3}}]}, "'range' takes an object"),
        ({"must": [{"field": "year", "range": {"gt": 3, "lt": "x"}}]}, "all numbers or all text"),
        ({"must": [{"field": "year", "match": None}]}, "'match' takes"),
        ({"must": [{"field": "year", "prefix": 20}]}, "'prefix' takes text"),
        ([], "a filter is an object"),
    ],
)
def test_mistakes_are_named(where, message):
    with pytest.raises(InvalidFilter, match=message.replace("[", r"\[").replace("(", r"\(")):
        kept(where)


def test_a_filter_that_nests_without_end_is_refused():
    where = {"must": [{"field": "year", "match": 1}]}
    for _ in range(100):
        where = {"must": [where]}
    with pytest.raises(InvalidFilter, match="nests at most"):
        kept(where)


values = st.one_of(st.integers(-3, 3), st.sampled_from(["a", "ab", "B", "ba", "c"]))
notes = st.lists(
    st.fixed_dictionaries({}, optional={"x": values, "y": st.lists(values, max_size=3).map(tuple)}), max_size=8
)
bounds = st.one_of(
    st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte"]), st.integers(-3, 3), min_size=1),
    st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte"]), st.sampled_from(["a", "ab", "b"]), min_size=1),
)
leaves = st.one_of(
    st.builds(lambda f, v: {"field": f, "match": v}, st.sampled_from("xy"), values),
    st.builds(lambda f, v: {"field": f, "any": v}, st.sampled_from("xy"), st.lists(values, max_size=3)),
    st.builds(lambda f, v: {"field": f, "prefix": v}, st.sampled_from("xy"), st.sampled_from(["", "a", "b"])),
    st.builds(lambda f, v: {"field": f, "range": v}, st.sampled_from("xy"), bounds),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.dictionaries(st.sampled_from(["must", "should", "must_not"]), st.lists(inner, max_size=3)),
    max_leaves=6,
)


def holds(condition, note):
    if "field" not in condition:
        return (
            all(holds(c, note) for c in condition.get("must", []))
            and not any(holds(c, note) for c in condition.get("must_not", []))
            and ("should" not in condition or any(holds(c, note) for c in condition["should"]))
        )
    value = note.get(condition["field"], ())
    singles = value if isinstance(value, tuple) else (value,)
    return any(_single(condition, v.casefold() if isinstance(v, str) else v) for v in singles)


def _single(condition, value):
    fold = lambda v: v.casefold() if isinstance(v, str) else v  # noqa: E731
    if "match" in condition:
        return value == fold(condition["match"])
    if "any" in condition:
        return value in [fold(v) for v in condition["any"]]
    if "prefix" in condition:
        return isinstance(value, str) and value.startswith(condition["prefix"])
    tests = {"gt": "__gt__", "gte": "__ge__", "lt": "__lt__", "lte": "__le__"}
    return all(type(value) is type(b) and getattr(value, tests[name])(b) for name, b in condition["range"].items())


@given(notes, conditions)
def test_columns_agree_with_reading_note_by_note(metadata, condition):
    metadata = [*metadata, {"x": 0, "y": ("a",)}]
    mask = build_columns(metadata).mask({"must": [condition]})
    assert mask.tolist() == [holds(condition, note) for note in metadata]


def test_a_number_too_large_for_a_float_is_a_number():
    columns = build_columns([{"id": 10**400}, {"id": -(10**400)}, {"id": 7}])
    for value, expected in ((10**400, [0]), (-(10**400), [1]), (7, [2])):
        assert np.flatnonzero(columns.mask({"must": [{"field": "id", "match": value}]})).tolist() == expected
    assert np.flatnonzero(columns.mask({"must": [{"field": "id", "range": {"lt": 10**400}}]})).tolist() == [1, 2]
