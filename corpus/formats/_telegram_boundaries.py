"""Where one post ends and the next begins in the text of a channel's page.

Such a text has blank lines inside posts and none between them, so a boundary is looked for where a line follows
another directly. It is certain after a line of reactions or views and before `Forwarded from`, and taken for certain
where a finished line is followed by a title: a short line without a full stop and with a blank line below. A heading
inside a post has blank lines on both sides and stays.

All other boundaries are guesses, made only where posts must have been glued: Telegram sends no message beyond
`MAX_POST` characters. Then the cuts are chosen that are fewest, and fall where the words on both sides have the least
in common. Lists and code are not cut.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise

from corpus.formats._telegram_lines import (
    code_lines,
    forwarded_from,
    is_end_mark,
    is_finished,
    is_item,
    is_talking,
    is_title,
    is_title_sentence,
    may_open,
)

MAX_POST = 4096
"""Characters of the longest message that Telegram sends."""

_WINDOW = 1000
"""Characters on each side of a guessed boundary whose words are compared: about a paragraph or two."""

_WORD = re.compile(r"[^\W\d_]{4,}")
_STEM = 6
"""Letters of a word that are compared, so that `vector` and `vectors` are the same."""

_UNRELATED = 0.18
"""Similarity below which a cut is worth making. Measured on one page: at boundaries between untitled posts it was
0.08 to 0.16 (once 0.34, within a series on one subject), at most other places more."""

_AT_BLANK = 0.5
"""Further cost of a cut at a blank line, which as a rule lies inside a post."""

_TALKING_ON = 0.2
"""Further cost of a cut before a sentence that takes up what was said: `It ...`, `This ...`."""

_LEAST_POST = 250
"""Characters of a post that is cut out by a guess; the words of a shorter one tell too little."""

_LEAST_OPENING = 20
"""Characters of a line that is guessed to open a post; it also bounds the number of places that are weighed."""

_FORBIDDEN = 100.0
"""Cost that outweighs any number of cuts within a few messages."""


@dataclass(frozen=True, slots=True)
class _Page:
    """The lines of a page, with what is asked of them again and again.

    Attributes:
        lines: The lines without their ends.
        text: The lines joined.
        offsets: Where each line begins in the text, and one more for the end.
        in_code: For each line whether code is open where it begins.
    """

    lines: Sequence[str]
    text: str
    offsets: Sequence[int]
    in_code: Sequence[bool]

    @classmethod
    def of(cls, lines: Sequence[str]) -> _Page:
        offsets = [0, *accumulate(len(line) + 1 for line in lines)]
        return cls(lines, "\n".join(lines), offsets, code_lines(lines))

    def is_blank(self, number: int) -> bool:
        return not self.lines[number].strip()

    def similarity(self, number: int, start: int, end: int) -> float:
        """How much the words before line `number` have in common with those after it, from line `start` to `end`."""
        middle = self.offsets[number]
        before = self.text[max(self.offsets[start], middle - _WINDOW) : middle]
        return _similarity(before, self.text[middle : min(self.offsets[end], middle + _WINDOW)])

    def in_list(self, number: int, reach: int) -> bool:
        """Whether items stand among the `reach` last lines with text above line `number`, and below it."""
        above = (place for place in range(number - 1, -1, -1) if not self.is_blank(place))
        below = (place for place in range(number + 1, len(self.lines)) if not self.is_blank(place))
        return all(any(is_item(self.lines[place]) for place in islice(side, reach)) for side in (above, below))


def split_posts(lines: Sequence[str]) -> list[tuple[int, int]]:
    """The posts as ranges of line numbers, in order; together they hold every line with text."""
    page = _Page.of(lines)
    ranges = pairwise([*_certain_starts(page), len(lines)])
    return [post for start, end in ranges for post in _divide(page, start, end)]


def _certain_starts(page: _Page) -> list[int]:
    """Line numbers at which a post begins for sure, or almost so."""
    starts: list[int] = []
    before = -1
    for number in range(len(page.lines)):
        if page.is_blank(number):
            continue
        if before < 0 or _is_certain(page, before, number):
            starts.append(number)
        before = number
    return starts


def _is_certain(page: _Page, before: int, number: int) -> bool:
    """Whether a post begins at line `number`, where `before` is the last line above it that holds text."""
    line, above = page.lines[number], page.lines[before]
    if is_end_mark(line) or forwarded_from(above):
        return False
    if is_end_mark(above) or forwarded_from(line):
        return True
    return is_title(line) and before + 1 == number and is_finished(above) and _stands_alone(page, number)


def _stands_alone(page: _Page, number: int) -> bool:
    """Whether line `number` has a blank line below, and lies neither in code nor between two items of a list."""
    has_more = any(not page.is_blank(below) for below in range(number + 1, len(page.lines)))
    blank_below = number + 1 < len(page.lines) and page.is_blank(number + 1)
    return blank_below and has_more and not page.in_code[number] and not page.in_list(number, 1)


def _divide(page: _Page, start: int, end: int) -> list[tuple[int, int]]:
    """The lines from `start` to `end` as one post, or cut where guesses say so.

    Up to the length of a message only a lone sentence can begin another post, one that has little in common with what
    stands above it; beyond that length there must be a cut.
    """
    costs = dict(_cut_costs(page, start, end))
    if page.offsets[end] - page.offsets[start] <= MAX_POST:
        costs = {
            number: cost
            for number, cost in costs.items()
            if cost < 0 and is_title_sentence(page.lines[number]) and _stands_alone(page, number)
        }
    return _cheapest([start, *costs, end], page.offsets, costs)


def _cut_costs(page: _Page, start: int, end: int) -> Iterator[tuple[int, float]]:
    """The line numbers between `start` and `end` at which a post may begin, and what a cut there costs."""
    above = ""
    for number in range(start, end):
        line = page.lines[number]
        if page.is_blank(number):
            continue
        if above and _may_part(above, line) and not page.in_code[number] and not page.in_list(number, 2):
            at_blank = _AT_BLANK if page.is_blank(number - 1) else 0.0
            talking = _TALKING_ON if is_talking(line) else 0.0
            yield number, page.similarity(number, start, end) - _UNRELATED + at_blank + talking
        above = line


def _may_part(above: str, line: str) -> bool:
    """Whether the two lines can be the last of a post and the first of the next."""
    return len(line) >= _LEAST_OPENING and may_open(line) and is_finished(above)


def _similarity(before: str, after: str) -> float:
    """Cosine of the counts of the words of two texts: 0 where they share none, 1 where they are the same."""
    left, right = (Counter(word[:_STEM].lower() for word in _WORD.findall(text)) for text in (before, after))
    product = sum(count * right[word] for word, count in left.items())
    norms = math.sqrt(sum(c * c for c in left.values()) * sum(c * c for c in right.values()))
    return product / norms if norms else 0.0


def _cheapest(places: Sequence[int], offsets: Sequence[int], costs: Mapping[int, float]) -> list[tuple[int, int]]:
    """The posts between the cuts among `places` that cost least in all, by dynamic programming."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    for last in range(1, len(places)):
        options = []
        for first in range(last - 1, -1, -1):
            size = offsets[places[last]] - offsets[places[first]]
            if size > MAX_POST and first < last - 1:
                break
            options.append((best[first][0] + _size_cost(size) + costs.get(places[last], 0.0), first))
        best.append(min(options))
    cuts = [len(places) - 1]
    while cuts[-1] > 0:
        cuts.append(best[cuts[-1]][1])
    return [(places[first], places[last]) for first, last in pairwise(reversed(cuts))]


def _size_cost(size: int) -> float:
    """What the size of a post costs: one over the limit by as much again, or one too short, is all but forbidden."""
    return _FORBIDDEN * (max(0, size - MAX_POST) / MAX_POST + (size < _LEAST_POST))
