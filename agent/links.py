"""Where a sentence points, beside its citations.

A sentence of an answer points nowhere that was not cited: an address in it is the source of a passage that it cites, or
stands in a cited note, which is the reader's own; so does an image or an element of HTML. So a page can neither put a
link before a reader nor have anything sent in the address of an image.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.evidence import Evidence

ADDRESS: Final = re.compile(
    r"(?:\b(?:(?:https?|ftp|file|blob)://|(?:data|javascript|mailto):(?=\S))|\bwww\.)[^\s<>\"'`)\]]+", re.IGNORECASE
)
"""What renderers of Markdown make a link of, closing brackets aside."""
_IMAGE: Final = re.compile(
    r"!\[[^\]]*\]\s*[(\[]|<(?:img|image|svg|iframe|video|audio|object|embed|link|script|style|a)\b[^<]*>?",
    re.IGNORECASE,
)
_TARGET: Final = re.compile(r"\]\(\s*<?([^)\s>]+)|^\s*\[[^\]]+\]:\s*(\S+)")
_SHOWN: Final = 60


def link_problem(sentence: str, cited: Sequence[Evidence]) -> str:
    """What a sentence points to without leave; empty where it points nowhere else than its citations."""
    image = _IMAGE.search(sentence)
    if image and not any(one.kind == "note" and image[0] in one.text for one in cited):
        return "an answer shows no images and no HTML; leave them out"
    targets = [match[0] for match in ADDRESS.finditer(sentence)]
    targets += [first or second for first, second in _TARGET.findall(sentence)]
    foreign = next((target for target in targets if not _is_cited(target, cited)), "")
    return f"{foreign[:_SHOWN]!r} is no source that the sentence cites; leave the address out" if foreign else ""


def _is_cited(target: str, cited: Sequence[Evidence]) -> bool:
    bare = target.rstrip(".,;:!?")
    return any(bare == one.source or (one.kind == "note" and bare in one.text) for one in cited)
