"""The searchable words of a text, the same way for chunks and for questions.

A technical term is found by its joined and by its split form: `k-means` gives `kmeans` beside `k` and `means`,
`EmbeddingBag` gives `embeddingbag` beside `embedding` and `bag`. Words stay as they were typed, in lower case, so that
`retrieval.spelling` can compare with them; `stem` brings them to the form that is counted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from threading import Lock
from typing import Any, Final

_STOP_WORDS = """
    a about after again all also am an and any are arent as at be because been before being between both but by can
    cannot cant could couldnt did didnt do does doesnt doing dont down during each eg etc few for from further get gets
    give given had hadnt has hasnt have havent having he her here hers him his how however i ie if in into is isnt it
    its itself just let lets like many may me might more most much must my no nor not now of off on once only or other
    our out over own same shall she should shouldnt so some such than that the their them then there these they this
    those though through thus to too under until up upon us very via was wasnt we were werent what when where whether
    which while who whom whose why will with within without wont would wouldnt yet you your
"""
STOP_WORDS: Final = frozenset(_STOP_WORDS.split())
"""English words that carry no topic, apostrophes left out."""

_JOINER = r"(?:[-./'@&:]|[_^]\{?)"
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff"
"""Combining marks inside words of Hebrew, Arabic, Indic scripts, Thai and Lao, which `\\w` leaves out."""
_TOKEN: Final = r"\d{{1,3}}(?:,\d{{3}})+(?!\d)|[A-Za-z](?:\+\+|#)(?!\w)|{letter}+(?:{joiner}{letter}+)*"
_ASCII_TOKEN = re.compile(_TOKEN.format(letter="[A-Za-z0-9]", joiner=_JOINER))
_UNICODE_TOKEN = re.compile(_TOKEN.format(letter=rf"(?:[^\W_]|[{_MARKS}])", joiner=_JOINER))
_ATOM = re.compile(rf"(?:(?<!\d)\d+(?:\.\d+)?[eE][-+]?\d+(?!\w)|(?<!\d)\d+(?:\.\d+)+|[^\W_]|[{_MARKS}])+")
"""A number is looked for where its digits begin only, or a run of digits would take quadratic time."""
_CLITIC = re.compile(r"'(?:s|t|re|ve|ll|d|m)$", re.IGNORECASE)
_NUMBER = re.compile(r"[\d.]+(?:[eE][-+]?\d+)?")
_ACRONYMS = re.compile(r"[A-Z]{2,}s")
_CAMEL_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LETTERS = re.compile(r"[A-Za-z]+")
_LETTERS_MEET_DIGITS = re.compile(r"(?<=[^\W\d_]{3})(?=\d)|(?<=\d)(?=[^\W\d_]{3})")
"""`node2vec` and `gpt4` are split, `l2`, `bf16` and `5x5` are not: their parts alone would mean nothing."""
_SHORTEST_HUMP = 3
"""Letters that two parts need at least for a split at capitals: `DataLoader` is split, `LoRA` and `PyTorch` are not."""
_MOST_JOINED = 4
"""Parts written together at most: a path or an address is not one word."""
_LONGEST_WORD = 64
"""Characters of a word that count; anything longer is encoded bytes."""
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]+"
)
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese put no space between words, Korean glues particles to them."""
_LATEX_FONT = re.compile(r"\\(?:text|math(?:rm|bf|bb|cal|sf)|operatorname|boldsymbol|bm)\*?(?=\{)")
_PUNCTUATION = str.maketrans({"‐": "-", "–": "-", "−": "-", "’": "'", "ʼ": "'", "⁄": "/"})
_PLURALS = {"cpus": "cpu", "gpus": "gpu", "tpus": "tpu"}
"""Plurals that Snowball leaves alone, since it takes them for words such as `virus`."""
_CACHED_TOKENS = 2**18
"""Tokens remembered with their forms, about 100 MB when full; text repeats its words."""
_CACHED_STEMS = 2**18


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text without stop words, in order, unstemmed.

    Attributes:
        path: Each stretch of text once, in its split form: neighbours here are neighbours in the text.
        forms: What the same text is also found by: joined forms, accents as typed, characters of unspaced scripts.
    """

    path: tuple[str, ...]
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Analysed:
    """A text as the lexical index counts it: stems of all words, and pairs of neighbouring stems."""

    terms: tuple[str, ...]
    bigrams: tuple[tuple[str, str], ...]


def analyse(text: str) -> Analysed:
    """The terms and bigrams of `text`, with repetitions, in order."""
    return stem_words(find_words(text))


def stem_words(words: Words) -> Analysed:
    """The terms and bigrams of `words`: path first, then the other forms."""
    path = tuple(map(stem, words.path))
    return Analysed(path + tuple(map(stem, words.forms)), tuple(pairwise(path)))


def find_words(text: str) -> Words:
    """The searchable words of `text`."""
    if "\\" in text:
        text = _LATEX_FONT.sub("", text)
    pattern = _ASCII_TOKEN
    if not text.isascii():
        text, pattern = unicodedata.normalize("NFKC", text).translate(_PUNCTUATION), _UNICODE_TOKEN
    path: list[str] = []
    forms: list[str] = []
    for token_path, token_forms in map(_split_token, pattern.findall(text)):
        path += token_path
        forms += token_forms
    return Words(tuple(path), tuple(forms))


def keep_names_whole(text: str, known: Callable[[str], bool]) -> str:
    """`text` with words such as `GitHub` in lower case, and so not split, where `known` has their stem.

    For questions: chunks are found by `git` and `hub` as well, but who asks for GitHub means neither of them.
    """
    if text.islower():
        return text

    def rewrite(match: re.Match[str]) -> str:
        lower = match[0].lower()
        return lower if _CAMEL_HUMP.search(match[0]) and known(stem(lower)) else match[0]

    return _LETTERS.sub(rewrite, text)


@lru_cache(maxsize=_CACHED_STEMS)
def stem(word: str) -> str:
    """The Snowball stem of an English word; other words are returned unchanged."""
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return word
    if word in _PLURALS:
        return _PLURALS[word]
    stemmer, lock = _snowball()
    with lock:
        stemmed: str = stemmer.stemWord(word)
    if len(stemmed) > 3 and stemmed[-1] == "s" and not set(stemmed) & set("aeiouy"):
        return stemmed[:-1]  # `llms` and `cnns`: Snowball wants a vowel before it takes a plural away
    return stemmed


@cache
def _snowball() -> tuple[Any, Lock]:
    """The stemmer and its lock: its state is not safe to share."""
    import snowballstemmer

    return snowballstemmer.stemmer("english"), Lock()


@lru_cache(maxsize=_CACHED_TOKENS)
def _split_token(token: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The path and the other forms of a stretch of text without spaces."""
    if token.isascii() and token.isalpha() and (token.islower() or token.istitle()):
        word = token.lower()  # most of a text
        return ((), ()) if word in STOP_WORDS else ((word[:_LONGEST_WORD],), ())
    if token[-1] in "+#":
        return (token.lower(),), (token[0].lower(),)
    if "," in token:
        return (token.replace(",", ""),), ()
    if "'" in token and (token := _without_clitic(token)) == "":
        return (), ()
    return _split_compound(_ATOM.findall(token))


def _without_clitic(token: str) -> str:
    """`model's` as `model`, `don't` as nothing."""
    if token.replace("'", "").casefold() in STOP_WORDS:
        return ""
    return _CLITIC.sub("", token)


def _split_compound(atoms: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The path and the other forms of a token such as `F.softmax`, given its parts."""
    path: list[str] = []
    forms: list[str] = []
    for atom in atoms:
        _split_atom(atom, path, forms)
    if 1 < len(atoms) <= _MOST_JOINED and not all(map(_NUMBER.fullmatch, atoms)):
        joined = "".join(atoms).casefold()
        if joined in STOP_WORDS:  # `e.g`
            return (), ()
        forms.append(joined[:_LONGEST_WORD])
    return tuple(word for word in path if word not in STOP_WORDS), tuple(forms)


def _split_atom(atom: str, path: list[str], forms: list[str]) -> None:
    """Add the words of one part, which has letters and digits only, to `path` and `forms`."""
    for run in _UNSPACED.findall(atom):
        forms += run
        forms += (first + second for first, second in pairwise(run))
    for word in _UNSPACED.split(atom):
        if not word:
            continue
        pieces = [piece[:_LONGEST_WORD] for piece in _pieces(word)]
        if len(pieces) > 1:
            forms.append(word.casefold()[:_LONGEST_WORD])
        for piece in pieces:
            _add_word(piece.casefold(), path, forms)


def _pieces(word: str) -> list[str]:
    """`EmbeddingBag2d` as `Embedding`, `Bag`, `2d`; most words as they are."""
    if word.isdigit() or _NUMBER.fullmatch(word):
        return [word]
    if _ACRONYMS.fullmatch(word):
        return [word[:-1]]
    pieces = []
    for part in _LETTERS_MEET_DIGITS.split(word):
        humps = _CAMEL_HUMP.split(part)
        long_humps = sum(len(hump) >= _SHORTEST_HUMP for hump in humps)
        pieces += humps if long_humps > 1 else [part]
    return pieces


def _add_word(word: str, path: list[str], forms: list[str]) -> None:
    """Add one word in lower case: without its accents to `path`, as it was typed to `forms`."""
    if word.isascii():
        path.append(word)
        return
    if len(word) == 1 and "α" <= word <= "ω":
        forms.append(_letter_name(word))
    bare = "".join(char for char in unicodedata.normalize("NFD", word) if unicodedata.category(char) != "Mn")
    bare = unicodedata.normalize("NFC", bare)
    path.append(bare or word)
    if bare and bare != word:
        forms.append(word)


def _letter_name(letter: str) -> str:
    """`lambda` for `λ`, as LaTeX writes it."""
    return unicodedata.name(letter).split()[-1].lower().replace("lamda", "lambda")
