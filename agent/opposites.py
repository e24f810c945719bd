"""Words that turn a statement around: what negates, what negates softly, and pairs of opposites."""

from __future__ import annotations

import re
from typing import Final


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


NEGATIONS: Final = _words("""
    not no never none nor neither cannot without nothing nobody nowhere hardly
    fail fails failed failing unable isn't aren't wasn't weren't don't doesn't didn't can't couldn't won't wouldn't
    shouldn't hasn't haven't hadn't mustn't
    """)
"""Words that deny what follows them in their clause."""

SOFT_NEGATIONS: Final = _words("""
    absent absence avoid avoids avoided avoiding ban bans beyond cease ceases cut cuts disable disables disabled
    discard discards discarded drop drops dropped except exclude excludes excluded excluding forbid forbids
    forgets forgotten free few ignore ignores ignored ignoring impossible independent instead invariant lack
    lacks lacking little lose loses lost miss misses missing needless omit omits omitted only out prevent
    prevents prevented preventing prohibit prohibits rarely rather refuse refuses refused regardless reject
    rejects remove removes removed removing seldom skip skips skipped spare spares stop stops stopped too unless
    unlike unaffected unchanged useless zero hides hidden keeps against save saves saved block blocks blocked
    deny denies denied hard harder difficult halt halts unnecessary off away before yet nil invisible agnostic
    irrespective
""")
"""Words with which a writer can say the same as with a negation; they excuse one, but need none."""

_HARMLESS: Final = {
    "not": _words("only merely just necessarily"),
    "no": _words("more less fewer later matter doubt sooner"),
}
"""What makes another phrase of `not` and `no`: `not only`, `no more than`."""

_AXES: Final = """
    increase increases increased increasing rise rises rose rising grow grows grew growing growth raise raises raised
    raising climb climbs gain gains higher larger bigger more greater enlarge
    | decrease decreases decreased decreasing fall falls fell falling drop drops dropped shrink shrinks shrank shrinking
    reduce reduces reduced reducing lower lowers lowered lowering decline declines smaller less fewer diminish
    diminishes
    ; high highest large largest big biggest great greatest most maximum max maximal
    | low lowest small smallest least minimum min minimal
    ; maximise maximises maximised maximising maximize maximizes maximized maximizing maximisation maximization
    | minimise minimises minimised minimising minimize minimizes minimized minimizing minimisation minimization
    ; fast faster fastest quick quicker quickly | slow slower slowest slowly
    ; before earlier | after later
    ; early | late
    ; better best | worse worst
    ; long longer longest | short shorter shortest
    ; above | below
    ; positive positives positively | negative negatives negatively
    ; inside within | outside
    ; cheap cheaper cheapest | expensive costly
    ; strong stronger strongest strongly | weak weaker weakest weakly
    ; deep deeper deepest | shallow shallower
    ; wide wider widest | narrow narrower
    ; upper | lower
    ; same identical equal | different differ differs
    ; sparse | dense
    ; easy easier easily | hard harder difficult
    ; true | false
    ; input inputs | output outputs
    ; online | offline
    ; add adds added adding | remove removes removed removing subtract subtracts
    ; converge converges converged | diverge diverges diverged
    ; overestimate overestimates overestimated | underestimate underestimates underestimated
    ; overfit overfits overfitting | underfit underfits underfitting
    ; parallel | sequential sequentially
    ; accept accepts accepted | reject rejects rejected
    ; enable enables enabled | disable disables disabled
    ; include includes included | exclude excludes excluded
    ; improve improves improved improving improvement help helps helped
    | degrade degrades degraded worsen worsens hurt hurts harm harms
    ; begin begins began start starts started | end ends ended stop stops stopped
    ; first | last
    ; rows row | columns column
    ; encoder encoders | decoder decoders
    ; stable stably | unstable
    ; rare rarely | common frequent frequently often usually
    ; exact exactly | approximate approximately
    ; over | under
    ; near close closer | far farther further
    ; left | right
    ; forward | backward backwards
    ; local locally | global globally
    ; static | dynamic
    ; linear linearly | quadratic quadratically exponential exponentially
"""


def _sides() -> dict[str, tuple[tuple[int, int], ...]]:
    sides: dict[str, list[tuple[int, int]]] = {}
    for axis, pair in enumerate(_AXES.split(";")):
        for side, words in enumerate(pair.split("|")):
            for word in words.split():
                sides.setdefault(word, []).append((axis, side))
    return {word: tuple(found) for word, found in sides.items()}


SIDES: Final = _sides()
"""A word → the axes on which it has an opposite, each with its side, 0 or 1."""

_PREFIXED: Final = re.compile(r"non[a-z]{4,}|un(?!der|i[tfqov]|til|less)[a-z]{4,}")
"""Words that deny by their first letters (`unscaled`, `nonlinear`); `under`, `unit` and `uniform` do not."""

OPPOSING_PREFIXES: Final = ("un", "non", "in", "im", "ir", "dis", "mis", "a")
"""Prefixes that make the opposite of a word, where the word without them is one (`unstable`, `irregular`)."""


def are_opposites(one: str, other: str) -> bool:
    """Whether two words are opposites, by the list above or by a prefix."""
    one, other = one.lower(), other.lower()
    mine, theirs = SIDES.get(one, ()), SIDES.get(other, ())
    if any((axis, 1 - side) in theirs for axis, side in mine):
        return True
    return any(one in (prefix + other, prefix + "-" + other) or other == prefix + one for prefix in OPPOSING_PREFIXES)


def is_negation(word: str, following: str = "") -> bool:
    """Whether `word`, before `following`, denies; both in lower case."""
    return (word in NEGATIONS or word.endswith("n't")) and following not in _HARMLESS.get(word, ())


def is_prefixed(word: str) -> bool:
    """Whether a word in lower case has a prefix that denies."""
    return bool(_PREFIXED.fullmatch(word))
