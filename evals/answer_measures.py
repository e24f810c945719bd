"""How good one answer is: right or not, close to a reference, cited from the right place, refused when it should be.

Texts are passed without footnote marks: in `about 30 [1]` the mark would satisfy a pattern that looks for a 1.
Nothing here needs a model.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from evals.errors import MeasureError
from evals.spans import Span, common_length, length, merged, overlaps

PATTERN_FLAGS = re.IGNORECASE
"""How accepted patterns are compiled, here and where a set is validated."""

_STRAIGHT_QUOTES = str.maketrans("‘’“”", "''\"\"")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def matches_all(text: str, patterns: Sequence[str]) -> bool:
    """Whether every regular expression is found in `text`; False without patterns, as nothing says what is right.

    Case is ignored, runs of white space in the text count as one space, and curly quotation marks equal straight ones.
    """
    plain = " ".join(text.translate(_STRAIGHT_QUOTES).split())
    return bool(patterns) and all(re.search(p.translate(_STRAIGHT_QUOTES), plain, PATTERN_FLAGS) for p in patterns)


def is_right(text: str, patterns: Sequence[str], *, refused: bool, answerable: bool) -> bool | None:
    """Whether the outcome is right: a refusal of an unanswerable question, a matching answer to any other.

    A refusal is never a right answer, even where its words happen to match. None for an answerable question without
    patterns, as nothing says what is right.
    """
    if not answerable:
        return refused
    return not refused and matches_all(text, patterns) if patterns else None


def exact_match(text: str, references: Sequence[str]) -> float:
    """1 when the text equals a reference after SQuAD's normalisation, else 0.

    Rajpurkar et al. 2016, doi:10.18653/v1/D16-1264.
    """
    return _best(lambda reference: float(_squad_tokens(text) == _squad_tokens(reference)), references)


def token_f1(text: str, references: Sequence[str]) -> float:
    """`2PR / (P + R)` over the bags of tokens, the best over the references.

    Tokens are SQuAD's: lower case, without ASCII punctuation and the articles a, an, the. Where either side has no
    token left, 1 if both have none, else 0 (as in SQuAD 2.0; Rajpurkar et al. 2018, doi:10.18653/v1/P18-2124).
    """
    return _best(lambda reference: _bag_f1(_squad_tokens(text), _squad_tokens(reference)), references)


def rouge_l(text: str, references: Sequence[str]) -> float:
    """`2PR / (P + R)` with P and R the longest common subsequence over the words of text and reference; the best.

    Words are runs of letters, digits and underscores in lower case, without stemming. 0 when either has no word.
    Lin 2004, https://aclanthology.org/W04-1013, with β = 1.
    """
    return _best(lambda reference: _subsequence_f1(_words(text), _words(reference)), references)


@dataclass(frozen=True, slots=True)
class CitationScores:
    """How citations meet the judged spans, each value in [0, 1].

    Attributes:
        precision: Share of the cited characters that were judged; each character counts once.
        recall: Share of the judged characters that are cited.
        hit_precision: Share of the citations that touch a judged span.
        hit_recall: Share of the judged spans that a citation touches.
    """

    precision: float
    recall: float
    hit_precision: float
    hit_recall: float


def citation_scores(cited: Sequence[Span], judged: Sequence[Span]) -> CitationScores | None:
    """Precision and recall of the cited spans against the judged ones; None where nothing was judged.

    Spans are compared by the characters that they share in one note, so that re-chunking changes nothing. An answer
    that cites nothing scores 0 everywhere: silence is not precision. The form is that of set precision and recall;
    the task is citation quality as in Gao et al. 2023, doi:10.18653/v1/2023.emnlp-main.398, here against people's
    spans instead of an entailment model.
    """
    judged_parts, cited_parts = merged(judged), merged(cited)
    if not judged_parts:
        return None
    if not cited_parts:
        return CitationScores(0.0, 0.0, 0.0, 0.0)
    shared = common_length(cited_parts, judged_parts)
    return CitationScores(
        precision=shared / length(cited_parts),
        recall=shared / length(judged_parts),
        hit_precision=sum(overlaps(span, judged_parts) for span in cited) / len(cited),
        hit_recall=sum(overlaps(span, cited_parts) for span in judged) / len(judged),
    )


@dataclass(frozen=True, slots=True)
class RefusalScores:
    """How well refusals separate what the notes answer from what they do not; None where a value has no case.

    Attributes:
        precision: Refused unanswerable questions / refused questions.
        recall: Refused unanswerable questions / unanswerable questions.
        false_refusal_rate: Refused answerable questions / answerable questions.
    """

    precision: float | None
    recall: float | None
    false_refusal_rate: float | None


def refusal_scores(outcomes: Iterable[tuple[bool, bool]]) -> RefusalScores:
    """Scores over `(answerable, refused)` pairs, one a question; "unanswerable" is the positive class."""
    counts = Counter(outcomes)
    right, wrong = counts[False, True], counts[True, True]
    return RefusalScores(
        precision=_share(right, right + wrong),
        recall=_share(right, right + counts[False, False]),
        false_refusal_rate=_share(wrong, wrong + counts[True, False]),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _best(score: Callable[[str], float], references: Sequence[str]) -> float:
    if not references:
        raise MeasureError("a comparison with references needs at least one; leave the question out of this measure")
    return max(score(reference) for reference in references)


def _squad_tokens(text: str) -> list[str]:
    bare = text.lower().translate(_NO_PUNCTUATION)
    return re.sub(r"\b(a|an|the)\b", " ", bare).split()


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _bag_f1(tokens: Sequence[str], reference: Sequence[str]) -> float:
    if not tokens or not reference:
        return float(tokens == reference)
    return 2 * sum((Counter(tokens) & Counter(reference)).values()) / (len(tokens) + len(reference))


def _subsequence_f1(words: Sequence[str], reference: Sequence[str]) -> float:
    if not words or not reference:
        return 0.0
    return 2 * _longest_common_subsequence(words, reference) / (len(words) + len(reference))


def _longest_common_subsequence(left: Sequence[str], right: Sequence[str]) -> int:
    """Its length, one big-integer step a word of `right` (Crochemore et al. 2001, doi:10.1016/S0020-0190(00)00214-X).

    A zero bit of `row` stands at each word of `left` where the length grows by one.
    """
    at: dict[str, int] = {}
    for position, word in enumerate(left):
        at[word] = at.get(word, 0) | 1 << position
    full = row = (1 << len(left)) - 1
    for word in right:
        hits = row & at.get(word, 0)
        row = ((row + hits) | (row - hits)) & full
    return len(left) - row.bit_count()
