"""Claims with the page that they cite, as WiCE gives them: one JSON object a line.

Fields read: `claim`, `evidence` (the sentences of the cited page) and `label` (`supported`, `partially_supported` or
`not_supported`). Kamoi et al., 2023, doi:10.18653/v1/2023.emnlp-main.470.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.evidence import Evidence
from evals.json_lines import parse_rows

_TITLE_MARK = "(meta data) TITLE: "
"""What precedes the page's title, in its first sentence."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, its label, and the whole page that it cites as one piece of evidence."""

    text: str
    label: str
    page: Evidence


def read_claims(path: Path) -> list[Claim]:
    """The claims of a file, in order.

    Raises:
        SetNotFound: There is no such file.
        InvalidSet: Lines are not such claims.
    """
    return parse_rows(path, lambda row: Claim(row.text("claim"), row.text("label"), _page(row.list("evidence"))))


def _page(listed: list[Any]) -> Evidence:
    sentences = [str(sentence) for sentence in listed if str(sentence).strip()]
    text = "\n\n".join(sentences)
    title = sentences[0].removeprefix(_TITLE_MARK) if sentences and sentences[0].startswith(_TITLE_MARK) else ""
    return Evidence("w1", "web", "", title, "", (), 0, len(text), text)
