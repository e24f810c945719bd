"""The names in a sentence, and whether its passages know them.

Names are acronyms (`LSTM`), words with inner capitals (`PyTorch`), words with digits (`L2`, `GPT-4`), code
(`torch.compile`, `max_depth`), and capitalised words that are not at the start of a sentence (`Vaswani`). A capitalised
word at the start counts when a verb follows it at once (`Adam keeps ...`), as it does after the name of a thing.

A passage knows a name that stands in its text, title or headings in any case, number, spelling or hyphenation, that is
written out there (`SGD` for `stochastic gradient descent`), or the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agent.plain_text import plain
from retrieval.tokens import STOP_WORDS, stem

_CODE: Final = re.compile(r"`([^`\n]+)`")
_TOKEN: Final = re.compile(r"[^\W_](?:[\w]|[.'/@&+:-](?=\w)|\+\+|#)*")
_IDENTIFIER: Final = re.compile(r"[A-Za-z]\w*(?:[._]\w+)+|[A-Za-z]\w*(?=\()")
_HAS_INNER_CAPITAL: Final = re.compile(r"[^\W_]*[a-z0-9][A-Z]|[A-Z]{2}|[A-Z][a-z]*\d|[a-z]+\d")
_CAPITALISED: Final = re.compile(r"[A-Z][^\W\d_]{2,}(?:'s)?(?:-[^\W\d_]+)*")
_SENTENCE_START: Final = re.compile(r'(?:^|[.!?:;|]["\')\]]*\s|[("]|\|)\s*$')
_POSSESSIVE: Final = re.compile(r"'s?$")
_VERB: Final = re.compile(
    r"[a-z]{2,}[^s\Wu]s|is|was|are|were|has|had|can|may|will|does|did|could|would|should|must|cannot|never|also|only|always"
)
"""What a verb after a subject looks like."""

_OPENERS: Final = frozenset(
    """
    accuracy adding all anyone any because both calling combining compared computing data decoding each either every
    everything evidence experience few finally first following further generation here increasing indeed inference
    instead it its learning later lowering making many memory most much neither nobody none nothing now one only others
    otherwise part people performance practice precision pretraining pre-training progress quality raising recall
    reducing removing research researchers running second similarly since smaller some someone something speed still
    storage suppose taking that their then there these they third this those three time today together training two
    typical unlike using usually variance what when where whereas whether which while who yes work
    """.split()
)
"""Words that open sentences and name nothing by their capital."""

_OTHER_SPELLINGS: Final = (
    (re.compile(r"(?<=[a-z]{3})is(?=(?:e|ed|er|es|ing|ation|ations)$)"), "iz"),
    (re.compile(r"(?<=[a-z]{2})our(?=$|ed$|s$|al$|ing$)"), "or"),
    (re.compile(r"(?<=[a-z]{2})tre(?=s?$)"), "ter"),
    (re.compile(r"ll(?=(?:ed|ing|er)$)"), "l"),
    (re.compile(r"(?<=[a-z]{2})ogue(?=s?$)"), "og"),
)
"""British endings with the American ones that they are compared as."""

_SHORTEST_INITIALS: Final = 2
_LONGEST_INITIALS: Final = 6


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a passage in the form in which names are compared.

    Attributes:
        forms: Words, their parts, and neighbours written together.
        initials: What its runs of words would be abbreviated to.
        acronyms: The acronyms in it, in lower case.
    """

    forms: frozenset[str]
    initials: frozenset[str]
    acronyms: frozenset[str]


def names_of(sentence: str) -> list[str]:
    """The names in a sentence, in order, each once."""
    code = [piece for match in _CODE.finditer(sentence) for piece in _code_names(match[1])]
    text = plain(_CODE.sub(" ", sentence))
    return list(dict.fromkeys([*code, *_prose_names(text)]))


def _code_names(code: str) -> Iterator[str]:
    """Identifiers of a piece of code; a single word counts as one."""
    if re.fullmatch(r"\w+", code):
        yield code
    else:
        yield from (match[0] for match in re.finditer(r"[^\W\d]\w{2,}", code))


def _prose_names(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        token = _POSSESSIVE.sub("", match[0])
        if _IDENTIFIER.fullmatch(token) and ("_" in token or _HAS_INNER_CAPITAL.search(token)):
            yield token
        elif _HAS_INNER_CAPITAL.match(token) and len(token) > 1 and not re.fullmatch(r"\d[\d.,]*[A-Za-z%]?", token):
            yield token
        elif _CAPITALISED.fullmatch(token) and _names_something(token, text, match):
            yield token


def _names_something(token: str, text: str, match: re.Match[str]) -> bool:
    word = token.lower()
    if word in STOP_WORDS or word.replace("'", "") in STOP_WORDS or word in _OPENERS:
        return False
    if not _SENTENCE_START.search(text[: match.start()]):
        return True
    if word.endswith(("ing", "ly")) and not word.endswith("ping"):
        return False
    following = re.match(r"\s+([a-z]+)\b", text[match.end() :])
    return bool(following and _VERB.fullmatch(following[1])) and not word.endswith("s")


def unknown_names(names: Iterator[str] | list[str], known: Vocabulary) -> list[str]:
    """The names that `known` does not hold, in order."""
    return [name for name in names if not _knows(known, name)]


def _knows(known: Vocabulary, name: str) -> bool:
    joined = _joined(name)
    if not joined or joined in known.forms or _folded(joined) in known.forms:
        return True
    if joined.rstrip("s") in known.initials or joined in known.initials:
        return True
    parts = [part for part in re.split(r"[\W_]+", name) if part]
    return len(parts) > 1 and all(_folded(part.lower()) in known.forms for part in parts if not part.isdigit()) and all(
        part in known.forms for part in parts if part.isdigit()
    )


@lru_cache(maxsize=512)
def vocabulary(text: str) -> Vocabulary:
    """The vocabulary of a plain text."""
    words = [_POSSESSIVE.sub("", match[0]) for match in _TOKEN.finditer(text)]
    atoms = [atom for word in words for atom in re.split(r"[\W_]+", word) if atom]
    forms: set[str] = set()
    for word in words:
        forms.update((_joined(word), _folded(_joined(word))))
    for atom in atoms:
        forms.update((atom.lower(), _folded(atom.lower())))
        forms.update(_folded(hump.lower()) for hump in re.findall(r"[A-Z]?[a-z]{3,}|[A-Z]{2,}(?![a-z])", atom))
    for size in (2, 3):
        runs = zip(*(atoms[at:] for at in range(size)), strict=False)
        forms.update(_folded("".join(run).lower()) for run in runs)
    acronyms = frozenset(atom.lower().rstrip("s") for atom in atoms if re.fullmatch(r"[A-Z]{2,6}s?", atom))
    return Vocabulary(frozenset(forms), frozenset(_initials(atoms)), acronyms)


def _initials(atoms: list[str]) -> Iterator[str]:
    """The abbreviations that runs of two to six words would have, with and without their small words."""
    for sequence in (atoms, [atom for atom in atoms if atom.lower() not in STOP_WORDS]):
        letters = "".join(atom[0].lower() for atom in sequence)
        for size in range(_SHORTEST_INITIALS, _LONGEST_INITIALS + 1):
            yield from (letters[at : at + size] for at in range(len(letters) - size + 1))


def _joined(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


@lru_cache(maxsize=2**15)
def _folded(word: str) -> str:
    """A word in the singular and in American spelling, as its stem."""
    for pattern, replacement in _OTHER_SPELLINGS:
        word = pattern.sub(replacement, word)
    return stem(word)


Known = Callable[[str], bool]


def written_out(names: list[str], known: Vocabulary) -> frozenset[str]:
    """Those of `names` that together are the long form of an acronym of the passage (`Stochastic Gradient Descent`)."""
    found: set[str] = set()
    for start in range(len(names)):
        for end in range(start + _SHORTEST_INITIALS, min(len(names), start + _LONGEST_INITIALS) + 1):
            if "".join(name[0].lower() for name in names[start:end]) in known.acronyms:
                found.update(names[start:end])
    return frozenset(found)
