"""Ways to change a sentence: some keep what it says, the others make it say what its passage does not.

Each change takes a sentence, the text of its passage and a source of randomness, and returns the changed sentence, or
None where the sentence has nothing to change. They work on the text as notes write it, formulas and tables included,
and share no code with the checks that they are there to test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

Change = Callable[[str, str, Random], str | None]
"""A sentence and its passage to the changed sentence."""

_FIGURE: Final = re.compile(r"(?<![\w\\.,^{-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w.,]*\d)(?!\s*[.)]\s)")
"""A number that stands on its own, no part of a name, an index or an exponent."""
_SPELLED: Final = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve")
_COUNT: Final = re.compile(rf"(?<!the )(?<!these )(?<!-)\b(?:{'|'.join(_SPELLED)})\b(?!-)")
_UNITS: Final = (
    (r"\bGiB\b", "MiB"),
    (r"\bMiB\b", "KiB"),
    (r"\bKiB\b", "GiB"),
    (r"\bGB\b", "MB"),
    (r"\bMB\b", "GB"),
    (r"\bTB\b", "GB"),
    (r"\bms\b", "s"),
    (r"\bmilliseconds\b", "seconds"),
    (r"(?<=\d )s\b", "ms"),
    (r"\bseconds\b", "minutes"),
    (r"\bhours\b", "days"),
    (r"\bdays\b", "hours"),
    (r"\bbytes\b(?= per| each|,|\.| for| of)", "bits"),
    (r"\bbits\b", "bytes"),
    (r"(?<=\d)[- ]bit\b", "-byte"),
    (r"\bmillion\b", "billion"),
    (r"\bbillion\b", "million"),
    (r"\btrillion\b", "billion"),
    (r"(?<=\d)M\b", "B"),
    (r"(?<=\d)B\b", "M"),
    (r"(?<=\d) ?\\?%", " ms"),
    (r"\bpercentage points\b", "percent"),
)
"""A unit as it stands behind a number → another one."""

_INSERTIONS: Final = (
    (r"\b(is|are|was|were) (?!not\b|no\b|never\b)", r"\1 not "),
    (r"\b(can|should|must|may|will|would|could) (?!not\b|no\b|never\b)", r"\1 not "),
    (r"\b(has|have) (?!not\b|no\b|never\b|been\b)", r"\1 no "),
    (
        r"(?<=[a-z] )(needs|uses|keeps|gives|makes|takes|adds|learns|replaces|reduces|depends|requires|holds|works|"
        r"grows|lowers|improves|changes|helps|predicts|trains|computes|stores|means) ",
        lambda match: f"does not {_bare(match[1])} ",
    ),
)
_DENIES: Final = re.compile(r"\b(?:not|no|never|none|nor|without|cannot|hardly|only)\b|n[’']t\b", re.IGNORECASE)
_REMOVALS: Final = (
    (r"\b(is|are|was|were|can|could|should|must|may|will|would|do|does|did) not\b", r"\1"),
    (r"\bcannot\b", "can"),
    (r"\b(is|are|was|were|do|does|did|could|should|would)n[’']t\b", r"\1"),
    (r"\bcan[’']t\b", "can"),
    (r"\bwithout\b", "with"),
    (r"\bnever\b", "always"),
    (r"\b(needs|has|have|adds|need) no\b", r"\1 a"),
)
_SWAPS: Final = """
    increases/decreases increase/decrease higher/lower larger/smaller faster/slower more/less before/after
    longer/shorter better/worse grows/shrinks rises/falls reduces/raises minimises/maximises largest/smallest
    above/below positive/negative always/never first/last stable/unstable supervised/unsupervised
    cheap/expensive improves/degrades strong/weak wide/narrow deeper/shallower upper/lower inside/outside
    early/late same/different dense/sparse
"""
_OPPOSITES: Final = {one: other for pair in _SWAPS.split() for one, other in (pair.split("/"), pair.split("/")[::-1])}


def change_number(sentence: str, passage: str, random: Random) -> str | None:
    """One number replaced by another of its size; it may happen to be one of the passage."""
    found = [*_FIGURE.finditer(sentence), *_COUNT.finditer(sentence)]
    if not found:
        return None
    match = random.choice(found)
    return _put(sentence, match, _other_number(match[0], random))


def take_number_from_elsewhere(sentence: str, passage: str, random: Random) -> str | None:
    """One number replaced by one that the passage has, but not this sentence."""
    found = list(_FIGURE.finditer(sentence))
    others = sorted({match[0] for match in _FIGURE.finditer(passage)} - {match[0] for match in found})
    if not found or not others:
        return None
    return _put(sentence, random.choice(found), random.choice(others))


def change_unit(sentence: str, passage: str, random: Random) -> str | None:
    """The unit or the order of magnitude of one number replaced."""
    fitting = [(match, other) for unit, other in _UNITS for match in _measured(sentence, unit)]
    if not fitting:
        return None
    match, other = random.choice(fitting)
    return _put(sentence, match, other)


def negate(sentence: str, passage: str, random: Random) -> str | None:
    """A `not` put in, where the sentence denies nothing yet: two negations may cancel."""
    if _DENIES.search(sentence):
        return None
    return _first_fitting(sentence, _INSERTIONS, random)


def affirm(sentence: str, passage: str, random: Random) -> str | None:
    """A `not`, `never` or `without` taken out."""
    return _first_fitting(sentence, _REMOVALS, random)


def swap_opposite(sentence: str, passage: str, random: Random) -> str | None:
    """One word replaced by its opposite."""
    found = [match for match in re.finditer(r"\b[a-z]+\b", sentence) if match[0] in _OPPOSITES]
    if not found:
        return None
    match = random.choice(found)
    return _put(sentence, match, _OPPOSITES[match[0]])


def swap_name(names: Sequence[str]) -> Change:
    """A change that replaces one of `names` by another one, which the passage does not have."""

    def change(sentence: str, passage: str, random: Random) -> str | None:
        inside = [name for name in names if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", sentence)]
        strangers = [name for name in names if name.lower() not in passage.lower()]
        if not inside or not strangers:
            return None
        chosen = random.choice(inside)
        other = random.choice(strangers)
        return re.sub(rf"(?<![\w-]){re.escape(chosen)}(?![\w-])", lambda _: other, sentence)

    return change


def rewrite_notation(sentence: str, passage: str, random: Random) -> str | None:
    """The same sentence with numbers, signs and formulas written in another way."""
    steps = (
        (r"(?<=\d) ?\\?%", " percent"),
        (r"(?<=\d)(?:\{,\}|,)(?=\d{3}\b)", ""),
        (r"(?<=\d) million\b", "M"),
        (r"(?<=\d) billion\b", "B"),
        (r"\\sqrt\{([^{}]*)\}", r"√\1"),
        (r"\\times|×", "x"),
        (r"10\^\{(-?\d+)\}", lambda match: f"1e{match[1]}"),
        (r"\\(?:alpha|beta|gamma|eta|theta|lambda|sigma|epsilon)\b", lambda match: _GREEK[match[0][1:]]),
        (r"\$([^$\n]+)\$", r"\1"),
        (r"\btwo\b", "2"),
        (r"\bthree\b", "3"),
        (r"'", "’"),
        (r"\*\*([^*]+)\*\*", r"\1"),
        (r"\[([^\]]+)\]\([^)]+\)", r"\1"),
    )
    changed = sentence
    for pattern, replacement in steps:
        changed = re.sub(pattern, replacement, changed)
    return changed if changed != sentence else None


def rewrite_words(sentence: str, passage: str, random: Random) -> str | None:
    """The same sentence with other words of the same meaning and another spelling."""
    changed = sentence
    for one, other in _SYNONYMS:
        changed = re.sub(rf"(?<![\w-]){one}(?![\w-])", other, changed)
    return changed if changed != sentence and not sentence.startswith("```") else None


def drop_aside(sentence: str, passage: str, random: Random) -> str | None:
    """The sentence without what stands in brackets or after its last semicolon."""
    changed = re.sub(r" \((?![^)]*\$)[^()]*\)", "", sentence)
    changed = re.sub(r"; [^;`$]*\.$", ".", changed)
    return changed if changed != sentence and len(changed) > 40 else None


def introduce(sentence: str, passage: str, random: Random) -> str | None:
    """The sentence behind an opening that adds nothing."""
    if not re.match(r"(?:The|A|An|In|With|For|This|It|At|On|By|If|When) ", sentence):
        return None
    opening = random.choice(("According to the notes, ", "In short, ", "Note that ", "As the notes say, ", "So "))
    return opening + sentence[0].lower() + sentence[1:]


_GREEK: Final = dict(
    zip(("alpha", "beta", "gamma", "eta", "theta", "lambda", "sigma", "epsilon"), "αβγηθλσε", strict=True)
)
_SYNONYMS: Final = (
    ("does not", "doesn't"),
    ("do not", "don't"),
    ("is not", "isn't"),
    ("cannot", "can't"),
    ("uses", "employs"),
    ("because", "since"),
    ("therefore", "thus"),
    ("usually", "typically"),
    ("needs", "requires"),
    ("about", "roughly"),
    ("often", "frequently"),
    ("found that", "observed that"),
    ("shows", "demonstrates"),
    ("normalisation", "normalization"),
    ("regularisation", "regularization"),
    ("quantisation", "quantization"),
    ("tokenisation", "tokenization"),
    ("optimiser", "optimizer"),
    ("minimises", "minimizes"),
    ("initialised", "initialized"),
    ("behaviour", "behavior"),
    ("colour", "color"),
    ("neighbours", "neighbors"),
    ("summarisation", "summarization"),
    ("modelling", "modeling"),
    ("large", "big"),
    ("begins", "starts"),
    ("whereas", "while"),
    ("hence", "so"),
    ("at most", "no more than"),
    ("for example", "for instance"),
    ("many", "numerous"),
    ("chosen", "selected"),
    ("whole", "entire"),
    ("makes", "renders"),
)


def _put(sentence: str, match: re.Match[str], replacement: str) -> str:
    return sentence[: match.start()] + replacement + sentence[match.end() :]


def _other_number(written: str, random: Random) -> str:
    """A number of the same size and form that differs."""
    if written in _SPELLED:
        return random.choice([word for word in _SPELLED if word != written])
    decimals = len(written.partition(".")[2])
    value = float(written.replace(",", ""))
    if re.fullmatch(r"(?:19|20)\d\d", written):
        return str(int(value) + random.choice((-3, -2, -1, 1, 2, 3)))
    factors = [0.5, 0.6, 0.7, 0.8, 1.2, 1.3, 1.5, 2.0, 3.0]
    changed = value * random.choice(factors) if value else 1.0
    if round(changed, decimals) == value:
        changed = value + 10**-decimals * random.choice((1, 2))
    return f"{changed:,.{decimals}f}" if "," in written else f"{changed:.{decimals}f}"


def _measured(sentence: str, unit: str) -> list[re.Match[str]]:
    """Where `unit` stands right behind a number."""
    return [m for m in re.finditer(unit, sentence) if re.search(r"\d[\s$-]*$|\d$", sentence[: m.start()] or "x")]


def _first_fitting(
    sentence: str, rules: Sequence[tuple[str, str | Callable[[re.Match[str]], str]]], random: Random
) -> str | None:
    fitting = [(rule, replacement) for rule, replacement in rules if re.search(rule, sentence)]
    if not fitting:
        return None
    rule, replacement = random.choice(fitting)
    return re.sub(rule, replacement, sentence, count=1)


def _bare(verb: str) -> str:
    """A verb without the ending of the third person."""
    return verb[:-1]
