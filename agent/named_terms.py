"""The names in a sentence, and whether its passages know them.

Names are acronyms (`LSTM`), words with inner capitals (`PyTorch`), words with digits (`L2`, `GPT-4`), code
(`torch.compile`, `max_depth`), and capitalised words that are not at the start of a sentence (`Vaswani`). A capitalised
word at the start counts when a verb follows it at once (`Adam keeps ...`), as it does after the name of a thing.

A passage knows a name that stands in its text, title or headings in any case, number, spelling or hyphenation, that is
written out there (`SGD` for `stochastic gradient descent`), or the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agent.plain_text import plain
from retrieval.tokens import STOP_WORDS, stem

_CODE: Final = re.compile(r"`([^`\n]+)`")
_TOKEN: Final = re.compile(r"[^\W_](?:[\w]|[.'/@&+:-](?=\w)|\+\+|#)*")
_IDENTIFIER: Final = re.compile(r"[A-Za-z]\w*(?:[._]\w+)+|[A-Za-z]\w*(?=\()")
_HAS_INNER_CAPITAL: Final = re.compile(r"[^\W_]*[a-z0-9][A-Z]|[A-Z]{2}|[A-Z][a-z]*\d|[a-z]+\d")
_AMOUNT: Final = re.compile(r"\d[\d.,]*[A-Za-z%]?")
_CAPITALISED: Final = re.compile(r"[A-Z][^\W\d_]{2,}(?:'s)?(?:-[^\W\d_]+)*")
_SENTENCE_START: Final = re.compile(r'(?:^|[.!?:;|]["\')\]]*\s|[("]|\|)\s*$')
_LOOK_BACK: Final = 12
"""Characters before a word in which the end of the sentence before it is looked for."""
_PART: Final = re.compile(r"[^\W_]+")
_HUMP: Final = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{2,}(?![a-z])")
_POSSESSIVE: Final = re.compile(r"'s?$")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_VERBS_AFTER_A_NAME: Final = _words("""
    achieves adapts adds allows applies assigns averages avoids builds can cannot changes chooses combines compares
    computes consists converges copies corrects costs cuts decides defines depends did does drops encodes estimates et
    evaluates extends finds follows freezes gains generates gets gives had halves handles has holds improves increases
    introduced introduces is keeps learns limits lowers maintains makes maps matches may measures merges minimises
    minimizes must needs never normalises normalizes outperforms penalises penalizes predicts prevents produces proposed
    proposes puts quantises quantizes ranks reaches reads reduces removes replaced replaces reports requires returns
    runs samples scales scores selects sets shares shows solves splits starts stops stores subtracts sums takes trades
    trains treats turns updates used uses was were will works
    """)
"""What follows the name of a thing or a person at the start of a sentence, and seldom an adjective."""

_OPENERS: Final = _words("""
    accuracy adding all anyone any because both calling combining compared computing data decoding each either every
    everything evidence experience few finally first following further generation here increasing indeed inference
    instead it its learning later lowering making many memory most much neither nobody none nothing now one only others
    otherwise part people performance practice precision pretraining pre-training progress quality raising recall
    reducing removing research researchers running second similarly since smaller some someone something speed still
    storage suppose taking that their then there these they third this those three time today together training two
    typical unlike using usually variance what when where whereas whether which while who yes work
    """)
"""Words that open sentences and name nothing by their capital."""

_OTHER_SPELLINGS: Final = (
    (re.compile(r"(?<=[a-z]{3})is(?=(?:e|ed|er|es|ing|ation|ations)$)"), "iz"),
    (re.compile(r"(?<=[a-z]{2})our(?=$|ed$|s$|al$|ing$)"), "or"),
    (re.compile(r"(?<=[a-z]{2})tre(?=s?$)"), "ter"),
    (re.compile(r"ll(?=(?:ed|ing|er)$)"), "l"),
    (re.compile(r"(?<=[a-z]{2})ogue(?=s?$)"), "og"),
)
"""British endings with the American ones that they are compared as."""

_TIGHT_PAIR: Final = re.compile(r"\b(?:([A-Z])[a-z]+ ([A-Z])[a-z]+|([a-z])[a-z]+-([a-z])[a-z]+)")
_SHORTEST_INITIALS: Final = 3
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
    return [name for name in dict.fromkeys([*code, *_prose_names(text)]) if re.search("[A-Za-z]", name)]


def _code_names(code: str) -> Iterator[str]:
    """Identifiers of a piece of code; a single word counts as one."""
    if re.fullmatch(r"\w+", code):
        yield code
    else:
        yield from (match[0] for match in re.finditer(r"[^\W\d]\w{2,}", code))


def _prose_names(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        token = _POSSESSIVE.sub("", match[0])
        if _looks_like_a_name(token) or (_CAPITALISED.fullmatch(token) and _names_something(token, text, match)):
            yield token


def _looks_like_a_name(token: str) -> bool:
    """Whether the letters alone show it, wherever the token stands."""
    if _IDENTIFIER.fullmatch(token):
        return "_" in token or bool(_HAS_INNER_CAPITAL.search(token))
    return len(token) > 1 and bool(_HAS_INNER_CAPITAL.match(token)) and not _AMOUNT.fullmatch(token)


def _names_something(token: str, text: str, match: re.Match[str]) -> bool:
    word = token.lower()
    if word in STOP_WORDS or word.replace("'", "") in STOP_WORDS or word in _OPENERS:
        return False
    if not _SENTENCE_START.search(text, max(0, match.start() - _LOOK_BACK), match.start()):
        return True
    following = re.match(r"\s+([a-z]+)\b", text[match.end() :])
    return bool(following and following[1] in _VERBS_AFTER_A_NAME) and not word.endswith(("ing", "s"))


def unknown_names(names: Sequence[str], known: Vocabulary) -> list[str]:
    """The names that `known` does not hold, in order."""
    unknown = [name for name in names if not _knows(known, name)]
    excused = _written_out(unknown, known)
    return [name for name in unknown if name not in excused]


def _knows(known: Vocabulary, name: str) -> bool:
    joined = _joined(name)
    if not joined or joined in known.forms or _folded(joined) in known.forms:
        return True
    if joined in known.initials or joined.removesuffix("s") in known.initials:
        return True
    parts = [part.lower() for part in re.split(r"[\W_]+", name) if part]
    return len(parts) > 1 and all(part in known.forms or _folded(part) in known.forms for part in parts)


@lru_cache(maxsize=512)
def vocabulary(text: str) -> Vocabulary:
    """The vocabulary of a plain text."""
    words = [_POSSESSIVE.sub("", match[0]) for match in _TOKEN.finditer(text)]
    atoms = [atom for word in words for atom in _PART.findall(word)]
    lower = [atom.lower() for atom in atoms]
    folded = [_folded(atom) for atom in lower]
    forms = {*lower, *folded}
    for word in set(words) - set(atoms):
        forms.update((_joined(word), _folded(_joined(word))))
    for atom in set(atoms):
        forms.update(_folded(hump.lower()) for hump in _HUMP.findall(atom))
    forms.update(map("".join, zip(lower, folded[1:], strict=False)))
    forms.update(map("".join, zip(lower, lower[1:], folded[2:], strict=False)))
    acronyms = frozenset(atom.lower().rstrip("s") for atom in atoms if re.fullmatch(r"[A-Z]{2,6}s?", atom))
    return Vocabulary(frozenset(forms), frozenset(_initials(text, atoms)), acronyms)


def _initials(text: str, atoms: Sequence[str]) -> Iterator[str]:
    """The abbreviations that runs of words would have, with and without their small words.

    Two letters abbreviate only words that belong together visibly (`key-value`, `Layer Normalisation`): among all
    neighbours of a passage nearly any two letters can be found.
    """
    for sequence in (atoms, [atom for atom in atoms if atom.lower() not in STOP_WORDS]):
        letters = "".join(atom[0].lower() for atom in sequence)
        for size in range(_SHORTEST_INITIALS, _LONGEST_INITIALS + 1):
            yield from (letters[at : at + size] for at in range(len(letters) - size + 1))
    yield from ("".join(filter(None, match.groups())).lower() for match in _TIGHT_PAIR.finditer(text))


def _joined(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def comparable(name: str) -> str:
    """A word or name in the form in which it is compared: joined, in lower case, singular, American, as its stem."""
    return _folded(_joined(name))


@lru_cache(maxsize=2**15)
def _folded(word: str) -> str:
    """A word in the singular and in American spelling, as its stem."""
    for pattern, replacement in _OTHER_SPELLINGS:
        word = pattern.sub(replacement, word)
    return stem(word)


def _written_out(names: Sequence[str], known: Vocabulary) -> set[str]:
    """Those of `names` that together are the long form of an acronym of the passage (`Stochastic Gradient Descent`)."""
    found: set[str] = set()
    for start in range(len(names)):
        for end in range(start + 2, min(len(names), start + _LONGEST_INITIALS) + 1):
            if "".join(name[0].lower() for name in names[start:end]) in known.acronyms:
                found.update(names[start:end])
    return found
