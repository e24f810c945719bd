"""Evidence as spans of notes, and hits as the places that they cover."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import Note
from evals.errors import EvidenceNotFound
from evals.judgements import check_notes, covers, judge_hits, relevant_spans, resolve_evidence, resolve_set
from evals.question_sets import Place, Question, QuestionSet, Quote
from evals.retrieval_measures import score_run

GAN = Note("deep/gan.txt", "GAN", "The forger fools\n  the Police; the police learn. Nash rules.", "gan")
POSTS = Note("posts.csv#7", "Post", "No police here, but a NASH equilibrium.", "posts")
NOTES = [GAN, POSTS]


def ask(*evidence):
    return Question("q1", "Who?", "fact", evidence=evidence, origin="set.jsonl:3")


def texts(places):
    by_id = {note.note_id: note.text for note in NOTES}
    return [by_id[name][start:end] for name, start, end in relevant_spans(places, NOTES)]


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        (Quote("forger FOOLS the police"), ["forger fools\n  the Police"]),
        (Quote("  fools   the\tpolice "), ["fools\n  the Police"]),
        (Quote("police"), ["Police", "police", "police"]),
        (Quote("nash"), ["Nash", "NASH"]),
        (Quote("nash", file="gan.txt"), ["Nash", "NASH"]),
        (Quote("nash", file="posts.csv"), ["Nash", "NASH"]),
        (Quote("learn. Nash"), ["learn. Nash"]),
    ],
)
def test_words_are_found_wherever_they_stand_whatever_their_case_and_white_space(quote, expected):
    assert texts(resolve_evidence(ask(quote), NOTES)) == expected


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (Quote("goldfish"), "'goldfish' is not in any note"),
        (Quote("forger", file="posts.csv"), "'forger' is not in the file 'posts.csv'"),
        (Quote("forger", file="an.txt"), "'forger' is not in the file 'an.txt'"),
        (Quote("learn.Nash"), "is not in any note"),
        (Place("missing.md", 0, 3), "'missing.md' is not among 2 notes"),
        (Place("posts.csv#7", 0, 40), "posts.csv#7@0-40 is no span of that note, which has 39 characters"),
        (Place("posts.csv#7", 5, 5), "is no span"),
        (Place("posts.csv#7", -1, 5), "is no span"),
    ],
)
def test_evidence_that_is_not_in_the_notes_is_refused_with_where_the_question_stands(evidence, reason):
    with pytest.raises(EvidenceNotFound) as error:
        resolve_evidence(ask(evidence), NOTES)
    assert str(error.value).startswith("set.jsonl:3: 'q1': ")
    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ([Place("posts.csv#7", 0, 9), Place("posts.csv#7", 3, 14, 2)], [Place("posts.csv#7", 0, 14, 2)]),
        ([Place("posts.csv#7", 0, 9), Place("posts.csv#7", 9, 14)], None),
        ([Place("posts.csv#7", 0, 9), Place("posts.csv#7", 3, 5)], [Place("posts.csv#7", 0, 9)]),
        ([Place("posts.csv#7", 3, 9), Place("posts.csv#7")], [Place("posts.csv#7")]),
        ([Quote("police here"), Place("posts.csv#7", 0, 5)], [Place("posts.csv#7", 0, 14)]),
        ([Place("posts.csv#7", 0, 9, 0), Place("posts.csv#7", 3, 14)], None),
        ([], []),
    ],
)
def test_relevant_places_that_overlap_become_one(evidence, expected):
    assert resolve_evidence(ask(*evidence), NOTES) == tuple(evidence if expected is None else expected)


def test_citations_are_held_against_relevant_places_and_whole_texts():
    places = [Place("posts.csv#7", 0, 9, 0), Place("deep/gan.txt"), Place("posts.csv#7", 3, 5)]
    assert relevant_spans(places, NOTES) == (("deep/gan.txt", 0, len(GAN.text)), ("posts.csv#7", 3, 5))


words = st.lists(st.text("aAbé.*(", min_size=1, max_size=3), min_size=3, max_size=3)
gaps = st.lists(st.sampled_from([" ", "\n", "\t ", "\u00a0"]), min_size=2, max_size=2)


@given(words, gaps, st.text("ab \n"))
def test_a_quote_is_found_where_its_words_stand(quote, between, around):
    spread = quote[0] + between[0] + quote[1] + between[1] + quote[2]
    note = Note("n", "n", around + spread + around, "n")
    found = resolve_evidence(ask(Quote(" ".join(quote).swapcase())), [note])
    assert any(place.start <= len(around) < place.end for place in found)


def a_set(*questions):
    return QuestionSet("small", "1", "CC0-1.0", questions)


def test_a_resolved_set_holds_places_beside_words_and_notices_changed_notes():
    resolved = resolve_set(a_set(ask(Quote("nash")), replace(ask(), id="q2", answerable=False)), NOTES)
    assert resolved.questions[0].evidence == (
        *resolve_evidence(ask(Quote("nash")), NOTES),
        Quote("nash"),
    )
    assert resolved.questions[1].evidence == ()
    check_notes(resolved, NOTES[::-1])
    with pytest.raises(EvidenceNotFound, match="'small' was judged on"):
        check_notes(resolved, [GAN, replace(POSTS, text=POSTS.text + " ")])


def test_a_set_that_does_not_say_what_it_was_judged_on_takes_any_notes():
    check_notes(a_set(ask(Quote("nash"))), [])


def test_every_question_whose_evidence_is_missing_is_named():
    with pytest.raises(EvidenceNotFound) as error:
        resolve_set(a_set(ask(Quote("goldfish")), ask(Quote("nash")), ask(Quote("trout"))), NOTES)
    assert [line.split("evidence ")[1].split(" ")[0] for line in str(error.value).splitlines()] == [
        "'goldfish'",
        "'trout'",
    ]


@pytest.mark.parametrize(
    ("hit", "place", "expected"),
    [
        (("a", 0, 100), Place("a", 40, 50), True),
        (("a", 45, 100), Place("a", 40, 50), True),
        (("a", 46, 100), Place("a", 40, 50), False),
        (("a", 40, 50), Place("a", 0, 100), True),
        (("a", 95, 115), Place("a", 0, 100), False),
        (("b", 0, 100), Place("a", 40, 50), False),
        (("a", 5, 6), Place("a"), True),
        (("a", 50, 60), Place("a", 40, 50), False),
    ],
)
def test_a_hit_covers_a_place_when_it_shows_half_of_the_shorter_one(hit, place, expected):
    assert covers(hit, place) is expected


def ranking(run):
    return sorted(run, key=lambda key: -run[key])


def test_hits_stand_under_the_places_that_they_cover_first():
    places = [Place("a", 0, 10), Place("a", 20, 30, 2), Place("b", 0, 5)]
    hits = [("c", 0, 50), ("a", 0, 40), ("a", 20, 60), ("b", 0, 50)]
    run, grades = judge_hits(hits, places)
    assert ranking(run) == ["hit c@0-50", "a@20-30", "a@0-10", "hit a@20-60", "b@0-5"]
    assert grades == {"a@0-10": 1, "a@20-30": 2, "b@0-5": 1}


def test_where_whole_notes_are_judged_only_the_first_hit_of_a_note_counts():
    run, grades = judge_hits([("x", 0, 5), ("x", 5, 9), ("a", 7, 9), ("a", 0, 7), ("y", 0, 1)], [Place("a")])
    assert ranking(run) == ["x", "a", "y"]
    assert grades == {"a": 1}


def test_cutting_the_notes_differently_keeps_the_ideal():
    places = [Place("a", 0, 10), Place("a", 90, 100)]
    whole = judge_hits([("a", 0, 100)], places)
    halves = judge_hits([("a", 0, 50), ("a", 50, 100)], places)
    for run, grades in (whole, halves):
        assert score_run({"q": run}, {"q": grades}, ["nDCG@10"])["nDCG@10"]["q"] == 1
    assert whole[1] == halves[1]


def test_no_hits_and_no_places_are_an_empty_run_without_grades():
    assert judge_hits([], []) == ({}, {})
