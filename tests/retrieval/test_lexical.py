"""The lexical index: scores, order, filters, files."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

import corpus
from retrieval.lexical import BIGRAM_WEIGHT, LexicalIndex, write_lexical
from retrieval.spelling import Correction
from retrieval.term_counts import count_fields, count_terms, encode_counts
from retrieval.tokens import analyse

TEXTS = [
    "Dropout drops units at random during training.",
    "Weight decay shrinks the weights; dropout does not.",
    "Batch normalization needs large batches.",
    "Layer normalization works with batches of one.",
    "The learning rate is warmed up.",
    "Gradient clipping bounds the norm of the gradient.",
]


def build(texts):
    return LexicalIndex.build(encode_counts(count_fields([(text, 1)])) for text in texts)


@pytest.fixture(scope="module")
def index():
    return build(TEXTS)


def reference_scores(texts, query):
    """rank-bm25 over the stems plus 0.3 times rank-bm25 over the pairs of neighbours, each with its own statistics."""
    analysed, asked = [analyse(text) for text in texts], analyse(query)
    scores = BM25Okapi([chunk.terms for chunk in analysed]).get_scores(asked.terms)
    if any(chunk.bigrams for chunk in analysed):
        scores = scores + BIGRAM_WEIGHT * BM25Okapi([chunk.bigrams for chunk in analysed]).get_scores(asked.bigrams)
    return scores


# short words, so that unknown ones are not corrected
short_texts = st.lists(st.sampled_from(["l2", "bit", "k-nn", "a1", "cat", "cats", "b", "NaN", "the"]), max_size=9).map(
    " ".join
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(short_texts, min_size=1, max_size=9).filter(lambda texts: any(analyse(t).terms for t in texts)),
    short_texts,
)
def test_scores_are_those_of_rank_bm25(texts, query):
    np.testing.assert_allclose(build(texts).scores(query), reference_scores(texts, query), atol=1e-5)


@pytest.mark.parametrize("query", ["dropout and gradient clipping", "gradient Gradient GRADIENT", "quaternions", ""])
def test_a_prepared_query_gives_the_very_numbers_of_its_text(index, query):
    prepared = index.prepare(query)
    everywhere = np.arange(len(index))
    for k in (1, 3, 10):
        for ours, theirs in zip(index.search(prepared, k), index.search(query, k), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(index.scores_at(prepared, everywhere), index.scores(query))
    assert index.enough(prepared) == index.enough(query)


def test_a_prepared_query_keeps_the_words_that_no_chunk_has(index):
    prepared = index.prepare("Droput of quaternions, droput")
    assert prepared.unknown == ("droput", "quaternions")
    assert index.corrections(prepared) == index.corrections("Droput of quaternions, droput")


def test_scores_are_those_of_rank_bm25_on_the_shipped_notes():
    notes = sorted((Path(corpus.__file__).parent / "notes").glob("*.md"))[:25]
    texts = [part for note in notes for part in note.read_text("utf-8").split("\n\n") if analyse(part).terms]
    index = build(texts)
    for query in texts[5::97]:
        np.testing.assert_allclose(index.scores(query), reference_scores(texts, query), rtol=1e-5, atol=1e-5)


def test_title_heading_and_text_are_one_chunk_for_the_scores():
    chunks = [("Dropout", ("Rates",), "Drop half."), ("Decay", (), "Shrink all weights."), ("Norms", (), "Bound it.")]
    index = LexicalIndex.build(count_terms(*chunk) for chunk in chunks)
    # single words have no neighbours, so only the stems count
    terms = [analyse(" ".join([title] * 3 + [*heading, text])).terms for title, heading, text in chunks]
    for word in ("dropout", "rates", "shrink", "norm"):
        np.testing.assert_allclose(index.scores(word), BM25Okapi(terms).get_scores(analyse(word).terms), atol=1e-5)


def test_search_ranks_by_score_then_position(index):
    positions, scores = index.search("dropout of units", 10)
    assert positions.tolist() == [0, 1]
    assert scores.tolist() == index.scores("dropout of units")[positions].tolist()
    twins = build(["same words"] * 5 + ["others"] * 20)
    assert twins.search("words", 3)[0].tolist() == [0, 1, 2]


def test_chunks_that_share_no_word_are_no_results(index):
    assert len(index.search("quantum chromodynamics", 10)[0]) == 0
    assert len(index.search("", 10)[0]) == 0
    assert len(index.search("what is the", 10)[0]) == 0


def test_neighbouring_words_count_for_more_than_the_same_words_apart():
    index = build(["decay changes the weights", "large weight decay helps", "other", "words", "in between"])
    assert index.search("weight decay", 2)[0].tolist() == [1, 0]


def test_a_mask_leaves_k_results_where_k_exist(index):
    mask = np.array([False, True, True, True, True, True])
    assert index.search("dropout normalization", 3, mask)[0].tolist() == [
        position for position in index.search("dropout normalization", 6)[0].tolist() if mask[position]
    ]


def test_scores_at_positions_are_those_of_the_search(index):
    positions, scores = index.search("normalization with batches", 10)
    assert index.scores_at("normalization with batches", positions[::-1]).tolist() == scores[::-1].tolist()
    assert index.scores_at("normalization", np.array([0], dtype=np.int64)).tolist() == [0.0]


def test_enough_is_the_whole_of_a_short_question_and_three_rare_words_of_a_long_one(index):
    assert index.enough("gradient gradient") == pytest.approx(index.scores("gradient gradient").max())
    assert index.enough("quaternions") == 0
    long = "dropout drops units at random, batch normalization needs layers, clipping bounds the norm"
    assert index.enough(long) == pytest.approx(3 * np.log(1 + (6 - 0.5) / (1 + 0.5)))


@settings(max_examples=30, deadline=None)
@given(
    st.permutations(range(len(TEXTS))),
    st.sampled_from(["dropout weights", "batch normalization of one", "gradient norm"]),
)
def test_shuffling_the_chunks_changes_no_score(order, query):
    np.testing.assert_array_equal(build([TEXTS[at] for at in order]).scores(query), build(TEXTS).scores(query)[order])


@pytest.mark.parametrize("texts", [[], [""], ["", "word", ""], ["one two"], ["the of"], ["x"] * 3])
def test_saving_and_loading_ranks_alike(tmp_path, texts):
    index = build(texts)
    index.save(tmp_path / "lexical")
    loaded = LexicalIndex.load(tmp_path / "lexical")
    assert len(loaded) == len(texts)
    for query in ("word", "one two", "x", ""):
        for before, after in zip(index.search(query, 5), loaded.search(query, 5), strict=True):
            assert before.tolist() == after.tolist()


def test_written_records_are_found_again(tmp_path):
    write_lexical(tmp_path / "lexical", (count_terms("", (), text) for text in TEXTS))
    loaded = LexicalIndex.load(tmp_path / "lexical")
    assert loaded.search("gradient norm", 1)[0].tolist() == [5]
    assert loaded.corrections("graident") == (Correction("graident", "gradient"),)


@pytest.mark.parametrize("size", [5_000])
def test_more_chunks_than_one_batch_keep_their_positions(size):
    index = build([f"common w{number}" for number in range(size)])
    for number in (0, 1_023, 1_024, size - 1):
        assert index.search(f"w{number}", 5)[0].tolist() == [number]
    assert index.search("common", 4)[0].tolist() == [0, 1, 2, 3]


def test_misspelt_words_are_told_with_what_was_meant(index):
    assert index.corrections("normalizatoin of bathces") == (
        Correction("normalizatoin", "normalization"),
        Correction("bathces", "batches"),
    )
    assert index.corrections("normalizing the batch of l3 d7") == ()


def test_a_symbol_is_no_misspelt_word():
    index = build(["The cram file.", "A toll is due.", "Filler."])
    assert index.corrections("PRAMs and tCOLL") == ()
    assert index.corrections("a CARM") == (Correction("carm", "cram"),)  # but for two letters that are swapped
    assert index.corrections("a cramx file and a toxll") == (Correction("cramx", "cram"), Correction("toxll", "toll"))


def test_a_name_is_split_only_where_no_chunk_writes_it_as_one_word():
    chunks = ["Push to GitHub.", "A hub for git users.", "An embedding in a bag."] + ["Filler."] * 5
    index = build(chunks)
    assert index.search("GitHub", 5)[0].tolist() == [0]
    assert index.search("git hub", 5)[0].tolist() == [1, 0] or index.search("git hub", 5)[0].tolist() == [0, 1]
    assert index.search("EmbeddingBag", 5)[0].tolist() == [2]


def test_rarity_falls_with_the_number_of_chunks(index):
    unknown, one, two = (index.rarity(term) for term in ("zebra", "rate", "dropout"))
    assert unknown == pytest.approx(np.log(1 + 6.5 / 0.5))
    assert one == pytest.approx(np.log(1 + 5.5 / 1.5))
    assert two == pytest.approx(np.log(1 + 4.5 / 2.5))


def test_many_threads_get_the_same_results(index):
    queries = [" ".join(text.split()[:4]) for text in TEXTS] * 30
    alone = [index.search(query, 3)[0].tolist() for query in queries]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda query: index.search(query, 3)[0].tolist(), queries))
    assert together == alone


def test_counts_of_the_same_stem_add_up():
    index = build(["train trains training", "train", "other words", "more", "chunks"])
    terms = [analyse(text).terms for text in ["train trains training", "train", "other words", "more", "chunks"]]
    assert Counter(terms[0]) == {"train": 3}
    expected = BM25Okapi(terms).get_scores(["train"])
    np.testing.assert_allclose(index.scores("training"), expected, atol=1e-5)
