"""Changes that make a false sentence of its passage's own words: names and numbers exchanged, subjects recombined.

Each is made as those of `evals.grounding_changes` are, and like them shares no code with the checks that it tests. What
stays true when it is exchanged is left alone: lists, ranges, products, and statements that hold either way round.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from random import Random
from typing import Final

from evals.grounding_changes import Change

_FIGURE: Final = re.compile(r"(?<![\w\\.,^{/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w.,]*\d)(?!\s*[.)]\s)(?![\w^])")
_JOINERS: Final = frozenset("and or to by nor plus minus times cdot vs of an the".split())
_EITHER_WAY: Final = re.compile(
    r"\b(?:both|between|same|similar\w*|equal\w*|equivalent|alike|identical|together|differ\w*|unlike|relatives?|related"
    r"|like|as well as|note on|compared?|either|among)\b",
    re.IGNORECASE,
)
_FORMULA: Final = re.compile(r"[=+<>|≈≤≥^]|\\(?:times|cdot|le|ge|approx|sum|frac)\b|```")
_VERB: Final = (
    r"(?:is|are|was|were|has|had|have|can|cannot|does|needs?|uses?|keeps?|gives?|makes?|takes?|adds?|learns?|replaces?|"
    r"reduces?|depends?|requires?|holds?|works?|grows?|lowers?|improves?|changes?|helps?|predicts?|trains?|computes?|"
    r"stores?|means?|reached|reaches|sets?|starts?|applies|scales?|normalises|combines?|divides?|splits?|cuts?|removes?|"
    r"reads?|sees?|puts?|turns?|runs?|shares?|treats?|drops?|measures?|counts?|introduced|showed|found|report|observed?|"
    r"outperforms?|generates?|avoids?|samples?|stops?|returns?|ignores?|follows?|fails?|builds?|selects?|multiplies|"
    r"solves?|compares?|allows?|forgets?|concatenates?|pads?|updates?|quantises|ranks?|scores?|chooses?|maps?|loses?)"
)
_CLAUSE: Final = re.compile(
    rf"(?P<subject>[A-Z*`\[][^.,;:!?|$\n]{{1,60}}?) (?P<verb>{_VERB})(?P<rest> [^|\n].*)", re.DOTALL
)
_TELLING: Final = re.compile(r"(?:is|are|was|were) (?:an?|the) |[^.;:]*(?:\d|\b[A-Z][A-Za-z]*[A-Z])")
_NO_SUBJECT: Final = frozenset(
    """
    it they this that these those he she we you one there here if when as for with in on at by from since because the a
    while although after before both each all some most many neither such what which who how an so then only and but or
    not without to during under over let take suppose its their another other every more small large first second last
    same rest idea example result results reason effect cost number point lesson problem difference
    loss model network student teacher method original alternative authors factor layer itself never
    """.split()
)
"""Words of a phrase that names nothing, or names what only the sentence before can tell."""
_DENIES: Final = re.compile(r"\b(?:not?|never|none|nor|without|cannot|hardly)\b|n[’']t\b", re.IGNORECASE)
_PIECE_END: Final = re.compile(r"(?<=[.!?])\s+|\n\s*\n|\n(?=\s*[-*\d|])")


def take_name_from_elsewhere(names: Sequence[str]) -> Change:
    """A change that replaces one of `names` by another one that the passage has, but not this sentence."""

    def change(sentence: str, passage: str, random: Random) -> str | None:
        prose = _without_targets(passage)
        inside = [name for name in names if _has(sentence, name)]
        others = [name for name in names if _has(prose, name) and not any(_akin(name, one) for one in inside)]
        if not inside or not others or _is_formula(sentence):
            return None
        return _renamed(sentence, {random.choice(inside): random.choice(others)})

    return change


def exchange_names(names: Sequence[str]) -> Change:
    """A change that puts two of `names` in each other's place."""

    def change(sentence: str, passage: str, random: Random) -> str | None:
        if _EITHER_WAY.search(sentence) or _is_formula(sentence):
            return None
        inside = [name for name in names if _has(sentence, name)]
        fitting = [pair for pair in combinations(inside, 2) if not _akin(*pair) and _apart(sentence, *pair)]
        if not fitting:
            return None
        one, other = random.choice(fitting)
        return _renamed(sentence, {one: other, other: one})

    return change


def exchange_numbers(sentence: str, passage: str, random: Random) -> str | None:
    """Two numbers of the sentence put in each other's place."""
    if _is_formula(sentence) or _EITHER_WAY.search(sentence):
        return None
    pairs = combinations(_FIGURE.finditer(sentence), 2)
    fitting = [(a, b) for a, b in pairs if a[0] != b[0] and _separated(sentence[a.end() : b.start()])]
    if not fitting:
        return None
    a, b = random.choice(fitting)
    return sentence[: a.start()] + b[0] + sentence[a.end() : b.start()] + a[0] + sentence[b.end() :]


def recombine(sentence: str, passage: str, random: Random) -> str | None:
    """What the sentence says of its subject, said of the subject of another sentence of the passage.

    Only what is told of one thing alone: its definition, or something with a number or a name.
    """
    said = _clause(sentence)
    if said is None or _DENIES.search(sentence) or not _TELLING.match(said["verb"] + said["rest"]):
        return None
    clauses = [_clause(piece) for piece in _PIECE_END.split(passage)]
    others = sorted({one["subject"] for one in clauses if one and _may_replace(one, said, sentence)})
    return f"{random.choice(others)} {said['verb']}{said['rest']}" if others else None


def _clause(sentence: str) -> re.Match[str] | None:
    """A sentence that begins with a short subject that names something."""
    found = _CLAUSE.fullmatch(sentence)
    return found if found and _is_subject(found["subject"]) else None


def _is_subject(phrase: str) -> bool:
    words = re.findall(r"[\w-]+", phrase)
    bare = words[1:] if words[:1] in (["The"], ["A"], ["An"]) else words
    vague = any(word.lower() in _NO_SUBJECT or word.endswith("ly") for word in bare)
    return 0 < len(bare) <= 4 and not vague and bare[0][0].isalpha()


def _may_replace(one: re.Match[str], said: re.Match[str], sentence: str) -> bool:
    """Whether the subject of `one` can stand before the verb of `said`, and is new to the sentence."""
    mine, theirs = _words(said["subject"]), _words(one["subject"])
    strange = not theirs & _words(sentence) and not any(_akin(a, b) for a in mine for b in theirs)
    abbreviated = _initials(one["subject"]) in mine or _initials(said["subject"]) in theirs
    return strange and not abbreviated and _is_plural(one["verb"]) == _is_plural(said["verb"])


def _is_plural(verb: str) -> bool | None:
    """None where the verb does not show it."""
    if verb in ("had", "can", "cannot", "reached", "introduced", "showed", "found", "observed"):
        return None
    return verb in ("are", "were", "have") or not verb.endswith("s")


def _words(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[^\W_]{2,}", text)} - {"the", "an"}


def _initials(phrase: str) -> str:
    return "".join(word[0] for word in re.findall(r"[^\W_]+", phrase) if word not in ("The", "A", "An")).lower()


def _has(text: str, name: str) -> bool:
    return bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text))


def _akin(one: str, other: str) -> bool:
    """Whether one name may be a form or a version of the other (`LoRA` and `QLoRA`, `GPT-2` and `GPT-3`)."""
    one, other = (re.sub(r"[\W\d]+|s$", "", name.lower()) for name in (one, other))
    return one in other or other in one


def _apart(sentence: str, one: str, other: str) -> bool:
    places = sorted((sentence.index(name), name) for name in (one, other))
    (start, first), (end, _) = places
    return _separated(sentence[start + len(first) : end])


def _separated(between: str) -> bool:
    """Whether more than a joiner stands between two things."""
    return bool(set(re.findall(r"[a-z]{2,}", _without_targets(between))) - _JOINERS)


def _is_formula(sentence: str) -> bool:
    return bool(_FORMULA.search(sentence))


def _renamed(sentence: str, names: dict[str, str]) -> str:
    pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.sub(rf"(?<![\w-])(?:{pattern})(?![\w-])", lambda match: names[match[0]], sentence)


def _without_targets(text: str) -> str:
    return re.sub(r"\]\([^)]*\)?", "]", text)
