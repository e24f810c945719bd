"""Which words a text is found by."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.tokens import STOP_WORDS, Words, analyse, find_words, keep_names_whole, stem


def words_of(text):
    words = find_words(text)
    return set(words.path) | set(words.forms)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l2", {"l2"}),
        ("L2", {"l2"}),
        ("L₂", {"l2"}),
        ("f1-score", {"f1", "score", "f1score"}),
        ("k-means", {"k", "means", "kmeans"}),
        ("k‑means", {"k", "means", "kmeans"}),
        ("x_{t-1}", {"x", "t", "1", "xt1"}),
        ("LoRA", {"lora"}),
        ("PyTorch", {"pytorch"}),
        ("C++", {"c++", "c"}),
        ("C#", {"c#", "c"}),
        ("GPT-4", {"gpt", "4", "gpt4"}),
        ("GPT4", {"gpt", "4", "gpt4"}),
        ("node2vec", {"node", "2", "vec", "node2vec"}),
        ("1e-4", {"1e-4"}),
        ("0.1", {"0.1"}),
        ("0.1-0.3", {"0.1", "0.3"}),
        ("10,000", {"10000"}),
        ("5x5", {"5x5"}),
        ("bf16", {"bf16"}),
        ("top-k", {"top", "k", "topk"}),
        ("F.softmax", {"f", "softmax", "fsoftmax"}),
        ("torch.nn.Linear", {"torch", "nn", "linear", "torchnnlinear"}),
        ("EmbeddingBag", {"embedding", "bag", "embeddingbag"}),
        ("BatchNorm1d", {"batch", "norm", "1d", "batchnorm1d"}),
        ("HTMLParser", {"html", "parser", "htmlparser"}),
        ("Qwen2.5", {"qwen", "2.5", "qwen2.5"}),
        ("recall@10", {"recall", "10", "recall10"}),
        ("Bellman–Ford", {"bellman", "ford", "bellmanford"}),
        ("CNNs and GPUs", {"cnn", "gpu"}),
        ("the model's e.g. don’t O'Reilly", {"model", "o", "reilly", "oreilly"}),
        (r"d_{\text{model}} $\mathbf{x}$", {"d", "model", "x"}),
        ("Poincaré", {"poincare", "poincaré"}),
        ("λ", {"λ", "lambda"}),
        ("Привет, мир", {"привет", "мир"}),
        ("深度学习 model", {"深", "度", "学", "习", "深度", "度学", "学习", "model"}),
        ("학습률", {"학", "습", "률", "학습", "습률"}),
        ("हिन्दी", {"हिनदी", "हिन्दी"}),
        ("🚀 📈 ✅", set()),
        ("", set()),
        ("what is it", set()),
    ],
)
def test_terms_are_found_by_their_joined_and_by_their_split_form(text, expected):
    assert words_of(text) == expected


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("kmeans", "k-means"),
        ("k means", "k-means"),
        ("gpt 4", "GPT-4"),
        ("gpt4", "GPT-4"),
        ("embedding bags", "nn.EmbeddingBag"),
        ("embeddingbag", "nn.EmbeddingBag"),
        ("node2vec", "Node2Vec"),
        ("llm", "LLMs"),
        ("llms", "LLM"),
        ("gpu", "gpus"),
        ("poincare", "Poincaré"),
        ("lambda", "λ-returns"),
        ("normalizing", "normalization"),
    ],
)
def test_every_term_of_a_question_is_among_those_of_the_text(question, text):
    assert set(analyse(question).terms) <= set(analyse(text).terms)


def test_neighbours_skip_stop_words_and_ignore_other_forms():
    assert analyse("the loss of the k-means clustering").bigrams == (("loss", "k"), ("k", "mean"), ("mean", "cluster"))


def test_path_keeps_the_order_and_repetitions_of_the_text():
    assert find_words("GPT-4 beats the old GPT-2") == Words(("gpt", "4", "beats", "old", "gpt", "2"), ("gpt4", "gpt2"))


def test_a_path_of_many_parts_is_not_joined():
    assert words_of("a1/b2/c3/d4/e5") == {"a1", "b2", "c3", "d4", "e5"}


def test_words_of_encoded_bytes_are_cut():
    assert max(map(len, words_of("x" * 500 + "y" * 500 + "_" + "z" * 500))) == 64


def test_names_are_kept_whole_only_where_they_are_known():
    known = {"github", "dataload"}.__contains__
    assert keep_names_whole("Use GitHub, DataLoader or MapReduce; not LaTeX", known) == (
        "Use github, dataloader or MapReduce; not LaTeX"
    )


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("running", "run"),
        ("embeddings", "embed"),
        ("cnns", "cnn"),
        ("gpus", "gpu"),
        ("loss", "loss"),
        ("l2", "l2"),
        ("k", "k"),
        ("naïve", "naïve"),
    ],
)
def test_stems(word, expected):
    assert stem(word) == expected


def test_stems_are_the_same_from_many_threads():
    vocabulary = [f"{first}{second}ing" for first in "bdfglmnprst" for second in ("ak", "end", "orm", "unn", "igh")]
    expected = [stem(word) for word in vocabulary]
    stem.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(stem, vocabulary * 20)) == expected * 20


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80))
def test_any_text_has_words_in_lower_case_without_spaces_or_stop_words(text):
    words = find_words(text)
    for word in (*words.path, *words.forms):
        assert word
        assert not any(char.isspace() for char in word)
        assert word.casefold() == word or not word.isascii()
    assert not STOP_WORDS & set(words.path)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(max_codepoint=126), max_size=60))
def test_a_character_beyond_ascii_does_not_change_the_words_beside_it(text):
    assert find_words(text + " .") == find_words(text + " …")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", ["1", "1.2", "1e5", "1,000", "a1-", "x_{"])
def test_a_run_of_300_000_characters_takes_no_quadratic_time(unit):
    assert analyse(unit * (300_000 // len(unit))).terms  # quadratic time would be hours
