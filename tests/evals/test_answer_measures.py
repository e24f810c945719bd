"""Answer measures: the formula as arithmetic, on answers whose score a person can count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.answer_measures import (
    CitationScores,
    RefusalScores,
    citation_scores,
    exact_match,
    is_right,
    matches_all,
    refusal_scores,
    rouge_l,
    token_f1,
)
from evals.errors import MeasureError


@pytest.mark.parametrize(
    ("text", "patterns", "expected"),
    [
        ("Qdrant is written in RUST.", ["rust"], True),
        ("It is written in Rust and C++.", ["rust", r"c\+\+"], True),
        ("It is written in Rust.", ["rust", r"c\+\+"], False),
        ("about 12443648 steps", ["12,?443,?648"], True),
        ("100\n  billion\twords", ["100 billion"], True),
        ("it won’t lose data", ["won't lose"], True),
        ("it won't lose data", ["won’t lose"], True),
        ("ten", ["^ten$"], True),
        ("ten or so", ["^ten$"], False),
        ("anything", [], False),
        ("", ["x"], False),
    ],
)
def test_an_answer_must_match_every_pattern(text, patterns, expected):
    assert matches_all(text, patterns) is expected


@pytest.mark.parametrize(
    ("refused", "answerable", "text", "expected"),
    [
        (False, True, "Rust", True),
        (False, True, "Go", False),
        (True, True, "The notes do not cover Rust.", False),
        (True, False, "The notes do not cover it.", True),
        (False, False, "Rust", False),
    ],
)
def test_a_refusal_is_right_only_where_the_notes_are_silent(refused, answerable, text, expected):
    assert is_right(text, ["rust"] if answerable else [], refused=refused, answerable=answerable) is expected


def test_nothing_says_what_is_right_without_patterns():
    assert is_right("Rust", [], refused=False, answerable=True) is None


@pytest.mark.parametrize(
    ("text", "references", "expected"),
    [
        ("The Nash equilibrium.", ["nash   equilibrium"], 1),
        ("a Nash equilibrium", ["Pareto", "the nash equilibrium!"], 1),
        ("nash", ["nash equilibrium"], 0),
        ("another", ["nother"], 0),
        ("the", ["a"], 1),
    ],
)
def test_exact_match_ignores_case_punctuation_articles_and_white_space(text, references, expected):
    assert exact_match(text, references) == expected


@pytest.mark.parametrize(
    ("text", "references", "expected"),
    [
        ("the cat sat", ["cat sat down"], 2 * (2 / 2) * (2 / 3) / (2 / 2 + 2 / 3)),
        ("cat cat cat", ["cat cat dog"], 2 * (2 / 3) * (2 / 3) / (2 / 3 + 2 / 3)),
        ("cat", ["dog", "cat dog"], 2 * 1 * (1 / 2) / (1 + 1 / 2)),
        ("cat", ["dog"], 0),
        ("", ["dog"], 0),
        ("the", ["..."], 1),
    ],
)
def test_token_f1_is_over_bags_of_tokens_with_the_best_reference(text, references, expected):
    assert token_f1(text, references) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "references", "expected"),
    [
        ("police killed the gunman", ["police kill the gunman"], 2 * (3 / 4) * (3 / 4) / (3 / 4 + 3 / 4)),
        ("the gunman kill police", ["police kill the gunman"], 2 * (2 / 4) * (2 / 4) / (2 / 4 + 2 / 4)),
        ("A B C", ["x a y b c z"], 2 * (3 / 3) * (3 / 6) / (3 / 3 + 3 / 6)),
        ("a", ["b", "a"], 1),
        ("", ["a"], 0),
        ("...", ["..."], 0),
    ],
)
def test_rouge_l_is_over_the_longest_common_subsequence(text, references, expected):
    assert rouge_l(text, references) == pytest.approx(expected)


words = st.lists(st.sampled_from("abc"), max_size=12)


def longest_common_subsequence(left, right):
    """The textbook's table."""
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


@given(words, words)
def test_rouge_l_agrees_with_the_textbook(left, right):
    common = longest_common_subsequence(left, right)
    expected = 2 * common / (len(left) + len(right)) if left and right else 0
    assert rouge_l(" ".join(left), [" ".join(right)]) == pytest.approx(expected)


@pytest.mark.parametrize("measure", [exact_match, token_f1, rouge_l])
@given(text=st.text(max_size=30), reference=st.text(max_size=30))
def test_measures_against_references_are_symmetric_and_between_0_and_1(measure, text, reference):
    assert 0 <= measure(text, [reference]) <= 1
    assert measure(text, [reference]) == measure(reference, [text])


@pytest.mark.parametrize("measure", [exact_match, token_f1, rouge_l])
def test_a_measure_against_no_reference_is_refused(measure):
    with pytest.raises(MeasureError, match="at least one"):
        measure("text", [])


@pytest.mark.parametrize(
    ("cited", "judged", "expected"),
    [
        ([("a", 0, 10)], [("a", 0, 10)], CitationScores(1, 1, 1, 1)),
        ([("a", 0, 40)], [("a", 30, 50)], CitationScores(10 / 40, 10 / 20, 1, 1)),
        ([("b", 0, 10)], [("a", 0, 10)], CitationScores(0, 0, 0, 0)),
        ([("a", 0, 10), ("a", 0, 10), ("b", 0, 10)], [("a", 0, 10)], CitationScores(10 / 20, 1, 2 / 3, 1)),
        ([("a", 0, 10)], [("a", 5, 10), ("a", 90, 95)], CitationScores(5 / 10, 5 / 10, 1, 1 / 2)),
        ([("a", 0, 10), ("a", 10, 20)], [("a", 10, 30)], CitationScores(10 / 20, 10 / 20, 1 / 2, 1)),
        ([], [("a", 0, 10)], CitationScores(0, 0, 0, 0)),
        ([("a", 3, 3)], [("a", 0, 10)], CitationScores(0, 0, 0, 0)),
    ],
)
def test_citations_are_scored_by_shared_characters(cited, judged, expected):
    assert citation_scores(cited, judged) == expected


def test_citations_are_not_scored_where_nothing_was_judged():
    assert citation_scores([("a", 0, 10)], []) is None


def test_refusals_are_scored_with_unanswerable_as_the_positive_class():
    answerable, unanswerable = True, False
    outcomes = [(answerable, False)] * 7 + [(answerable, True)] * 1 + [(unanswerable, True)] * 3
    outcomes += [(unanswerable, False)] * 2
    assert refusal_scores(outcomes) == RefusalScores(
        precision=3 / (3 + 1), recall=3 / (3 + 2), false_refusal_rate=1 / (1 + 7)
    )


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], RefusalScores(None, None, None)),
        ([(True, False)], RefusalScores(None, None, 0)),
        ([(False, False)], RefusalScores(None, 0, None)),
        ([(True, True)], RefusalScores(0, None, 1)),
    ],
)
def test_a_refusal_score_without_cases_is_none(outcomes, expected):
    assert refusal_scores(outcomes) == expected
